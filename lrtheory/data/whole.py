"""Whole image sets that are too large or not free to bundle: found on this computer, or downloaded."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lrtheory.data.images import CIFAR_CLASSES, FASHION_CLASSES, Images
from lrtheory.data.sources import DataFile, DataNotAvailable, Info, content, info

Bytes = NDArray[np.uint8]

_TIMEOUT = 60  # seconds without an answer from the server
_IDX_BYTES = {8}  # type code of unsigned bytes in the IDX format
_CIFAR_RECORD = 1 + 3 * 32 * 32
_CIFAR_TRAINING = tuple(f"cifar-10-batches-bin/data_batch_{n}.bin" for n in range(1, 6))
_CIFAR_TEST = "cifar-10-batches-bin/test_batch.bin"


def fashion_mnist() -> Images:
    """Load all of Fashion-MNIST, 60000 + 10000 images.

    Example:
        >>> info("fashion_mnist").where, len(info("fashion_mnist").files)  # known without the images
        ('whole', 4)
        >>> fashion_mnist().x_train.shape  # doctest: +SKIP
        (60000, 28, 28)

    Raises:
        DataNotAvailable: it is not here and could not be downloaded, or a file found is a wrong one.
    """
    source = info("fashion_mnist")
    arrays = [read_idx(read_file(source, file)) for file in source.files]
    return _images(arrays[0], arrays[1], arrays[2], arrays[3], FASHION_CLASSES, source)


def cifar10() -> Images:
    """Load all of CIFAR-10, 50000 + 10000 images, from the binary archive, in memory.

    Example:
        >>> info("cifar10").where, info("cifar10").files[0].name  # known without the images
        ('whole', 'cifar-10-binary.tar.gz')
        >>> cifar10().x_train.shape  # doctest: +SKIP
        (50000, 32, 32, 3)

    Raises:
        DataNotAvailable: it is not here and could not be downloaded, or a file found is a wrong one.
    """
    source = info("cifar10")
    x_train, y_train, x_test, y_test = read_cifar(read_file(source, source.files[0]))
    return _images(x_train, y_train, x_test, y_test, CIFAR_CLASSES, source)


def folders(source: Info) -> tuple[Path, ...]:
    """Folders in which the files of a whole set are looked for, first to last; the last is the cache."""
    import pooch  # type: ignore[import-untyped]

    named = os.environ.get("LRTHEORY_DATA")
    own = (Path(named) / source.folder,) if named else ()
    return (*own, Path(source.system), Path(pooch.os_cache("lrtheory")) / source.folder)


def found_file(source: Info, file: DataFile) -> Path | None:
    """First place that has a file, compressed or (for .gz) not; None if no place has it."""
    plain = file.name if file.name.endswith(".tar.gz") else file.name.removesuffix(".gz")
    for folder in folders(source):
        for name in (file.name, plain):
            if (folder / name).is_file():
                return folder / name
    return None


def read_file(source: Info, file: DataFile) -> bytes:
    """Content of a file of a whole set, found or downloaded, and checked.

    Raises:
        DataNotAvailable: not here and not to be had, or the file found is a wrong one.
    """
    path = found_file(source, file) or _downloaded(source, file)
    return content(path.read_bytes(), file, str(path))


def read_idx(packed: bytes) -> Bytes:
    """Array of bytes in the IDX format of MNIST.

    Raises:
        ValueError: another format or type.
    """
    if len(packed) < 4 or packed[:2] != b"\0\0" or packed[2] not in _IDX_BYTES:
        raise ValueError(f"an IDX file of bytes starts with 00 00 08, got {packed[:3].hex(' ')}")
    shape = tuple(int(n) for n in np.frombuffer(packed, ">u4", count=packed[3], offset=4))
    return np.frombuffer(packed, np.uint8, offset=4 + 4 * packed[3]).reshape(shape)


def read_cifar(archive: bytes) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """Training images and labels, test images and labels, of the binary CIFAR-10 archive.

    Nothing is unpacked to disk, and nothing is unpickled.

    Raises:
        ValueError: a batch is missing from the archive.
    """
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        training = b"".join(_member(tar, name) for name in _CIFAR_TRAINING)
        test = _member(tar, _CIFAR_TEST)
    return *_cifar_records(training), *_cifar_records(test)


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise ValueError(f"the CIFAR-10 archive must hold {name}, and does not; get the binary version")
    return file.read()


def _cifar_records(packed: bytes) -> tuple[Bytes, Bytes]:
    table = np.frombuffer(packed, np.uint8).reshape(-1, _CIFAR_RECORD)
    return table[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), table[:, 0]


def _downloaded(source: Info, file: DataFile) -> Path:
    """Path of a file after downloading it to the cache."""
    looked = ", ".join(str(folder) for folder in folders(source))
    missing = (
        f"{source.title} ({source.license}, {source.url}): {file.name} is in none of {looked}; "
        f"get it with: {source.get}"
    )
    if os.environ.get("LRTHEORY_OFFLINE") == "1":
        raise DataNotAvailable(f"{missing} (LRTHEORY_OFFLINE=1 forbids downloads here)")
    import pooch

    try:
        path = pooch.retrieve(
            file.url, known_hash=f"md5:{file.md5}", fname=file.name, path=folders(source)[-1],
            downloader=pooch.HTTPDownloader(timeout=_TIMEOUT, progressbar=False),
        )
    except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong digest is a ValueError
        raise DataNotAvailable(f"{missing}; the download failed: {error}") from error
    return Path(path)


def _images(
    x_train: Bytes, y_train: Bytes, x_test: Bytes, y_test: Bytes, classes: tuple[str, ...], source: Info
) -> Images:
    return Images(
        x_train, y_train, x_test, y_test, np.arange(len(y_train)), np.arange(len(y_test)), classes, source
    )
