"""Which changes are in the sample: those of one token whose place has a low hash. Needs mutmut and libcst.

So a new room or an edited function leaves the rest of the sample as it was. Left out are words in quotation
marks and the defaults of parameters. mutmut cannot change what runs when a module is imported, and leaves
decorated functions alone; decorators that hand on the same function are taken as none here.
"""

import difflib
import hashlib
import io
import tokenize

import libcst as cst
from mutmut.mutation import file_mutation

SHARE = 1 / 28  # of all one-token changes
TRANSPARENT = {"sensible", "cache", "lru_cache"}  # decorators


def one_token(before, after):
    """The line in which two functions differ, before and after; None if a word or more than a token does."""
    was, now = (list(tokenize.generate_tokens(io.StringIO(text).readline)) for text in (before, after))
    blocks = difflib.SequenceMatcher(None, [t.string for t in was], [t.string for t in now], False)
    changed = [each for each in blocks.get_opcodes() if each[0] != "equal"]
    if len(changed) != 1:
        return None
    _, first, last, start, end = changed[0]
    tokens = [*was[first:last], *now[start:end]]
    if (
        last - first > 1
        or end - start > 1
        or any(t.type == tokenize.STRING or t.string == "None" for t in tokens)
    ):
        return None
    return was[first].line.strip(), now[min(start, len(now) - 1)].line.strip()


def drawn(place):
    """Whether a place is in the sample."""
    return int(hashlib.sha256(repr(place).encode()).hexdigest()[:8], 16) < SHARE * 16**8


def sampled(create_mutations):
    """Mutmut's list of the changes of a file, without those that are not in the sample."""

    def wrapped(filename, *arguments):
        module, mutations, *rest = create_mutations(filename, *arguments)
        seen, kept = {}, []
        for each in mutations:
            function = each.contained_by_top_level_function
            if not isinstance(function, cst.FunctionDef):
                continue
            changed = function.deep_replace(each.original_node, each.mutated_node)
            lines = one_token(cst.Module([function]).code, cst.Module([changed]).code)
            if not lines or not changed.params.deep_equals(function.params):
                continue
            place = (filename, function.name.value, *lines)
            seen[place] = seen.get(place, 0) + 1
            if drawn((*place, seen[place])):
                kept.append(each)
        return module, kept, *rest

    return wrapped


def transparent(skip):
    """Mutmut's choice of what to leave alone, less functions whose decorators hand the same one on."""

    def wrapped(visitor, node):
        if isinstance(node, cst.FunctionDef) and node.decorators:
            calls = [each.decorator for each in node.decorators]
            names = [each.func if isinstance(each, cst.Call) else each for each in calls]
            if all(isinstance(each, cst.Name) and each.value in TRANSPARENT for each in names):
                return False
        return skip(visitor, node)

    return wrapped


def draw():
    """Let mutmut make the changes of the sample only."""
    file_mutation.create_mutations = sampled(file_mutation.create_mutations)
    visitor = file_mutation.MutationVisitor
    visitor._skip_node_and_children = transparent(visitor._skip_node_and_children)
