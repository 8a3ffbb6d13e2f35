"""The command that starts a process that reads the environment and writes a small folder of its own, no more.

It is bubblewrap (Linux): no network, no other process in sight, no rights, all that is bound read-only.
Neither the package nor a checkout is bound, so checks and reference answers are not there to be read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

SCRATCH = 64_000_000  # bytes of the folder that can be written, /tmp
_NOBODY = 65534
_HERE = Path(__file__).parent
_SYSTEM = ("/lib", "/lib32", "/lib64", "/bin", "/sbin")
_SETTINGS = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/fonts")

Command = list[str]


def why_not() -> str | None:
    """Why no sandbox is to be had here; None where one was started and left again."""
    if not sys.platform.startswith("linux"):
        return f"the sandbox is bubblewrap, which needs Linux; this is {sys.platform}"
    for tool in ("bwrap", *(["setpriv"] if os.geteuid() == 0 else [])):
        if not shutil.which(tool):
            return f"{tool} is not installed (Debian: apt-get install bubblewrap util-linux)"
    tried = subprocess.run(
        command([sys.executable, "-I", "-c", "import numpy"]), capture_output=True, text=True, check=False
    )
    if tried.returncode:
        said = (tried.stderr.strip().splitlines() or ["no word"])[-1]
        return f"bubblewrap cannot start Python here: {said[:200]}"
    return None


def command(inside: Sequence[str], *, without: Sequence[str] = ("lrtheory",)) -> Command:
    """The command line that runs another one inside a new sandbox.

    Root becomes a user without rights there; another user stays who he is, in a user namespace.

    Args:
        inside: the command and its arguments.
        without: packages of the environment that are hidden.
    """
    root = os.geteuid() == 0
    unshare = (
        ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"] if root else ["--unshare-all"]
    )
    rights = ["--cap-drop", "ALL"]
    if root:
        for right in ("SETUID", "SETGID", "SETPCAP"):
            rights += ["--cap-add", f"CAP_{right}"]
    return [
        *("bwrap", *unshare, *rights, "--die-with-parent", "--new-session", "--clearenv"),
        *_variables(),
        *("--proc", "/proc", "--dev", "/dev"),
        *_scratch("/tmp"),  # first: an environment may lie below it
        *_scratch("/dev/shm"),
        *_bound(without),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"),
        *(_without_rights() if root else ()),
        *inside,
    ]


def _without_rights() -> Command:
    drop = ["--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", *drop]


def _variables() -> Iterator[str]:
    values = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "TMPDIR": "/tmp",
    }
    values |= {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")}
    # what keeps some builds of OpenBLAS right on some processors
    values |= {name: os.environ[name] for name in ("OPENBLAS_CORETYPE",) if name in os.environ}
    for name, value in values.items():
        yield from ("--setenv", name, value)


def _scratch(path: str) -> Command:
    return ["--perms", "1777", "--size", str(SCRATCH), "--tmpfs", path]


def _bound(without: Sequence[str]) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for path in map(Path, _SYSTEM):
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for setting in _SETTINGS:
        yield from ("--ro-bind-try", setting, setting)
    made = {Path("/tmp")}
    for folder in environment():
        for parent in reversed(folder.parents[:-1]):
            if parent not in made:
                made.add(parent)
                yield from ("--perms", "0755", "--dir", str(parent))
        yield from ("--ro-bind", str(folder), str(folder))
    for name in without:
        for site in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
            if (hidden := Path(site) / name).is_dir():
                yield from ("--tmpfs", str(hidden), "--remount-ro", str(hidden))
    yield from ("--perms", "0755", "--dir", "/judge")
    for file in ("worker.py", "plain.py"):
        yield from ("--ro-bind", str(_HERE / file), f"/judge/{file}")


@cache
def environment() -> tuple[Path, ...]:
    """Folders that the interpreter and its packages lie in, outside of /usr."""
    prefixes = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    prefixes |= {Path(prefix) for prefix in (sys.prefix, sys.base_prefix)}  # an interpreter behind a link
    return tuple(sorted(each for each in prefixes if not each.is_relative_to("/usr")))
