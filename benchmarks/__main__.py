"""The same as python -m lrtheory bench: run all workloads, or those named."""

from __future__ import annotations

import sys

from lrtheory.__main__ import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))
