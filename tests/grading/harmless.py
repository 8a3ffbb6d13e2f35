"""Submissions that do what is forbidden beside a right answer. Only for the sandbox.

Each destroys at most the one canary that is named to it; none touches a parent folder.
"""

HARMLESS = {
    "plain": "",
    "detached child": """
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(600)
    os._exit(0)
""",
    "two hundred children": """
import os, time
for _ in range(200):
    try: child = os.fork()
    except OSError: break
    if child == 0:
        time.sleep(600)
        os._exit(0)
""",
    "large file": """
try:
    with open('/tmp/large', 'wb') as f:
        for _ in range(4000): f.write(bytes(10 ** 6))
except OSError: pass
""",
    "much output": "for _ in range(1000): print('x' * 100_000)",
    "socket": """
import socket
try: socket.create_connection(('127.0.0.1', 80), timeout=1)
except OSError: pass
""",
    "deletes a canary": """
import os
try: os.remove({canary!r})
except OSError: pass
""",
    "overwrites a canary": """
try: open({canary!r}, 'w').write('gone')
except OSError: pass
""",
    "windows": """
%matplotlib inline
%pip install nothing
!pip install nothing
import matplotlib.pyplot as plt
""",
}

# Looks for the checks, the judge and the package: what it finds of them is its answer.
LOOKS = """
import os
def step(x, lr):
    found = []
    for folder, inside, files in os.walk('/'):
        inside[:] = [each for each in inside if os.path.join(folder, each) not in ('/proc', '/sys')]
        if os.path.basename(folder) == 'lrtheory':
            found += [folder, *inside, *files][:9] if inside or files else []
        found += [f for f in files if f in ('worker_process.py', 'test_hostile.py', 'coin_toss.md')]
    return found
"""
