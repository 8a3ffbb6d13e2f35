"""The part of a source text that can change a number: no comments, no docstrings, no blank lines."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

Span = tuple[tuple[int, int], tuple[int, int]]


def code_only(source: str) -> str:
    """Source without comments, docstrings and blank lines; the same text on every Python version.

    Works on the text, by position, since ``ast.unparse`` writes differently in each Python version.
    Lines of a string that spans several lines are kept as they are.
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = source.split("\n")
    tree = ast.parse(source)
    docstrings = [node for node in map(_docstring, ast.walk(tree)) if node is not None]
    kept_whole: set[int] = set()
    for node in _strings(tree):
        if node not in docstrings and node.end_lineno is not None and node.end_lineno > node.lineno:
            kept_whole.update(range(node.lineno - 1, node.end_lineno))
    cuts = [*(_span(node, lines) for node in docstrings), *_comments(source)]
    touched: set[int] = set()
    for (first, start), (last, end) in sorted(cuts, reverse=True):
        lines[first : last + 1] = [lines[first][:start] + lines[last][end:], *[""] * (last - first)]
        touched.update(range(first, last + 1))
    out = []
    for number, line in enumerate(lines):
        if number in kept_whole and number not in touched:
            out.append(line)
        elif line.strip():
            out.append(line.rstrip())
    return "\n".join(out)


def _docstring(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, _DOCUMENTED) or not node.body:
        return None
    first = node.body[0]
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return None
    return first.value if isinstance(first.value.value, str) else None


def _strings(tree: ast.AST) -> Iterator[ast.expr]:
    """String expressions, outermost only: positions inside an f-string differ between Python versions."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
        ):
            yield node
        else:
            waiting += ast.iter_child_nodes(node)


def _span(node: ast.expr, lines: list[str]) -> Span:
    """Start and end of a node as (line, character), from zero; the tree counts columns in bytes."""
    def character(line: int, byte: int) -> int:
        return len(lines[line].encode()[:byte].decode())

    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    return (first, character(first, node.col_offset)), (last, character(last, node.end_col_offset or 0))


def _comments(source: str) -> list[Span]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        ((t.start[0] - 1, t.start[1]), (t.end[0] - 1, t.end[1])) for t in tokens if t.type == tokenize.COMMENT
    ]
