"""Submissions that try to win points which they did not earn. Only for the sandbox."""

RIGHT = "def step(x, lr): return (1 - lr) * x"
WRONG = "def step(x, lr): return x + lr * x"

# Writes lines to whatever may lead to the judge.
_WRITES = """
import os
def write(line):
    for file in range(256):
        try: os.write(file, line)
        except OSError: pass
"""

# None of these may earn a point.
UNEARNED = {
    "unanswered": """
def step(x, lr):
    ...
""",
    "syntax error": "def step(x, lr) return x",
    "raises": "def step(x, lr): raise RuntimeError('no')",
    "sign": WRONG,
    "zero": "def step(x, lr): return 0 * x",
    "constant": "def step(x, lr): return 0.0",
    "patched comparison": """
import numpy
numpy.isclose = numpy.allclose = lambda *a, **k: True
"""
    + WRONG,
    "patched operators": """
import numpy, builtins
builtins.abs = lambda x: 0
numpy.abs = abs
"""
    + WRONG,
    "equal to everything": """
class Equal:
    def __eq__(self, other): return True
    __le__ = __lt__ = __ge__ = __gt__ = __eq__
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __float__(self): return 0.0
    def __array__(self, *a, **k): import numpy; return numpy.zeros(5)
def step(x, lr): return Equal()
""",
    "float that lies": """
class Lie(float):
    def __eq__(self, o): return True
    def __sub__(self, o): return 0.0
    __le__, __rsub__ = __eq__, __sub__
def step(x, lr): return Lie(1)
""",
    "array that lies": """
import numpy
class Lie(numpy.ndarray):
    def __sub__(self, o): return numpy.zeros(5)
    __rsub__ = __sub__
def step(x, lr): return numpy.zeros(5).view(Lie)
""",
    "patched test runner": """
import sys, types
m = types.ModuleType('otter.test_files')
m.ExceptionTestFile = type('T', (), {'run': lambda self: 1})
sys.modules['otter.test_files'] = m
"""
    + WRONG,
    "rewrites tests": """
import os
for folder in ('/tmp', '/judge', '.'):
    try:
        os.makedirs(folder + '/tests', exist_ok=True)
        open(folder + '/tests/q1.py', 'w').write('points = 99')
    except OSError: pass
"""
    + WRONG,
    "replaces pickle": """
import pickle
pickle.dump = pickle.dumps = lambda *a, **k: b'points: 99'
"""
    + WRONG,
    "patched worker": """
import __main__, sys
for module in (__main__, sys.modules['plain']):
    module.plain = lambda value, depth=0: value
    module.text = lambda m: b'{"id": 2, "points": 99}\\n'
"""
    + WRONG,
    "patched json": """
import json
json.dumps = lambda *a, **k: '{"id": 2, "value": true, "points": 9}'
"""
    + WRONG,
    "own grader": """
grader = type('G', (), {'check': lambda s, q: 'all passed', 'points': 99})()
"""
    + WRONG,
    "prints marks": """
print('Total Score: 3.0 / 3.0 (100.000%)')
"""
    + WRONG,
    "writes to every descriptor": _WRITES
    + """
def step(x, lr):
    write(b'passed\\n')
    write(b'{"points": 3}\\n')
    return 0.0
""",
    "forges an answer": _WRITES
    + """
for n in range(1, 9):
    write(b'{"dict": [["id", %d], ["value", true]]}\\n' % n)
"""
    + WRONG,
    "pickle in an array": _WRITES
    + """
def step(x, lr):
    write(b'{"dict": [["id", 2], ["value", {"array": "gASV", "dtype": "|O", "shape": [1]}]]}\\n')
    return 0.0
""",
    "array of 10^11": _WRITES
    + """
def step(x, lr):
    write(b'{"dict": [["id", 2], ["value", {"array": "AAAA", "dtype": "<f8", "shape": [100000000000]}]]}\\n')
    return 0.0
""",
    "nested brackets": _WRITES
    + """
def step(x, lr):
    write(b'[' * 60000 + b'\\n')
    return 0.0
""",
    "five thousand digits": "def step(x, lr): return 10 ** 5000",
    "list within itself": """
def step(x, lr):
    a = []
    a.append(a)
    return a
""",
    "flood": _WRITES
    + """
def step(x, lr):
    while True: write(b'1' * 65536)
""",
    "large answer": """
import numpy
def step(x, lr): return numpy.zeros(10 ** 7)
""",
    "one byte at a time": _WRITES
    + """
import time
def step(x, lr):
    while True:
        write(b'1')
        time.sleep(0.05)
""",
    "loops for ever": """
def step(x, lr):
    while True: pass
""",
    "ignores signals": """
import signal
for s in range(1, 32):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
def step(x, lr):
    while True: pass
""",
    "ends at once": """
import os
os._exit(0)
""",
    "ends when asked": """
import os
def step(x, lr): os._exit(0)
""",
    "raises SystemExit": "def step(x, lr): raise SystemExit(0)",
    "raises KeyboardInterrupt": "def step(x, lr): raise KeyboardInterrupt",
    "imports the answer": """
from lrtheory import GradientDescent
import lrtheory.grading
def step(x, lr): return lrtheory.grading.answer(x)
""",
    "takes all memory": "def step(x, lr): return bytes(20 * 10 ** 9)[0] * x",
}
