"""Packs a folder into one zip, the same bytes each time: python book/_ext/packed.py FOLDER FILE."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

MADE = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can hold
PACKED = {".png", ".webp", ".woff", ".woff2", ".jpg"}  # packed already


def pack(folder: Path, target: Path) -> None:
    """Pack all files of a folder under one name, that of the target; the target appears when it is whole.

    Raises:
        FileNotFoundError: the folder holds no built book.
    """
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"{folder} holds no index.html: make book")
    part = target.with_name(f"{target.name}.{os.getpid()}")
    with zipfile.ZipFile(part, "w") as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{target.stem}/{path.relative_to(folder).as_posix()}", MADE)
            info.external_attr = 0o644 << 16
            kind = zipfile.ZIP_STORED if path.suffix in PACKED else zipfile.ZIP_DEFLATED
            packed.writestr(info, path.read_bytes(), kind, 9)
    part.replace(target)


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{sys.argv[2]}: {Path(sys.argv[2]).stat().st_size / 1e6:.1f} MB; unpack it, then open index.html.")
