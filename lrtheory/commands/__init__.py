"""The commands of ``python -m lrtheory``: one module a group; they print, and compute nothing."""
