"""Whole data sets: where they are looked for, how they are checked, what is said when they are not here."""

import gzip
import hashlib
import http.server
import io
import tarfile
import threading
from dataclasses import replace

import numpy as np
import pytest

from lrtheory import data
from lrtheory.__main__ import main
from lrtheory.data import whole
from lrtheory.data.sources import DataFile, DataNotAvailable, content, info, names


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """No network, an empty cache and an empty $LRTHEORY_DATA, which is returned."""
    monkeypatch.setenv("LRTHEORY_OFFLINE", "1")
    monkeypatch.setenv("LRTHEORY_DATA", str(tmp_path / "own"))
    monkeypatch.setattr("pooch.os_cache", lambda name: tmp_path / "cache")
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


@pytest.mark.parametrize("name", ["fashion_mnist", "cifar10"])
def test_a_set_that_is_not_here_says_where_it_was_looked_for_and_how_to_get_it(offline, name, monkeypatch):
    source = replace(info(name), system=str(offline / "system"))
    monkeypatch.setattr(whole, "info", lambda _: source)
    with pytest.raises(DataNotAvailable) as raised:
        getattr(data, name)()
    message = str(raised.value)
    for words in (
        source.title, source.license, source.files[0].name, str(offline / source.folder),
        str(offline / "system"), f"get it with: python -m lrtheory data fetch {name}",
        "LRTHEORY_OFFLINE=1 forbids downloads",
    ):
        assert words in message


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"not a data set", "is not the expected file and was not used; delete it and get it again"),
        (gzip.compress(b"not a data set"), "is not the expected file"),
        (gzip.compress(b"not a data set" * 99)[:30], "is damaged .* and was not used; delete it and get it"),
    ],
    ids=["not packed", "packed", "cut off"],
)
def test_a_wrong_file_is_reported_by_path_and_not_used(offline, packed, message):
    path = offline / "fashion-mnist" / "train-images-idx3-ubyte.gz"
    path.parent.mkdir()
    path.write_bytes(packed)
    with pytest.raises(DataNotAvailable, match=f"{path} {message}"):
        data.fashion_mnist()
    assert main(["data", "verify", "fashion_mnist"]) == 1


def small_set(offline, packed_content=b"\0\0\x08\x01\0\0\0\x02\x05\x07", url=""):
    """A whole set of one tiny file under a name of its own."""
    digest = hashlib.sha256(packed_content).hexdigest()
    packed = gzip.compress(packed_content, mtime=0)
    file = DataFile("tiny.gz", digest, hashlib.md5(packed).hexdigest(), url)
    source = replace(info("fashion_mnist"), folder="tiny", system=str(offline / "system"), files=(file,))
    return source, packed


@pytest.mark.parametrize("place", ["own/tiny", "own/system", "cache/tiny"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_right_file_is_found_in_every_place_compressed_anew_or_not(offline, place, compressed):
    source, packed = small_set(offline)
    folder = offline.parent / place
    folder.mkdir(parents=True)
    unpacked = gzip.decompress(packed)
    name, written = ("tiny.gz", gzip.compress(unpacked, 1, mtime=99)) if compressed else ("tiny", unpacked)
    (folder / name).write_bytes(written)
    assert whole.found_file(source, source.files[0]) == folder / name
    assert whole.read_idx(whole.read_file(source, source.files[0])).tolist() == [5, 7]


def test_the_own_folder_comes_before_the_others(offline):
    source, packed = small_set(offline)
    for folder in (offline / "tiny", offline / "system", offline.parent / "cache" / "tiny"):
        folder.mkdir(parents=True)
        (folder / "tiny.gz").write_bytes(packed)
    assert whole.found_file(source, source.files[0]) == offline / "tiny" / "tiny.gz"


@pytest.fixture
def server(tmp_path):
    """Address of a web server on this computer, and the folder that it serves."""
    served = tmp_path / "served"
    served.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(served))

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", served
        running.shutdown()
        thread.join()


def test_a_download_is_checked_and_kept_in_the_cache(offline, server, monkeypatch):
    address, served = server
    source, packed = small_set(offline, url=f"{address}/tiny.gz")
    (served / "tiny.gz").write_bytes(packed)
    with pytest.raises(DataNotAvailable, match="forbids downloads"):
        whole.read_file(source, source.files[0])
    monkeypatch.delenv("LRTHEORY_OFFLINE")
    assert whole.read_file(source, source.files[0]) == gzip.decompress(packed)
    assert whole.found_file(source, source.files[0]) == offline.parent / "cache" / "tiny" / "tiny.gz"


@pytest.mark.parametrize("served_content", [None, b"another file"])
def test_a_failed_download_is_said_and_leaves_nothing(offline, server, monkeypatch, served_content):
    address, served = server
    monkeypatch.delenv("LRTHEORY_OFFLINE")
    source, _ = small_set(offline, url=f"{address}/tiny.gz")
    if served_content is not None:
        (served / "tiny.gz").write_bytes(served_content)
    with pytest.raises(DataNotAvailable, match=r"get it with: .*; the download failed: "):
        whole.read_file(source, source.files[0])
    assert whole.found_file(source, source.files[0]) is None


def test_an_idx_file_is_read_in_its_shape():
    packed = b"\0\0\x08\x02" + (2).to_bytes(4, "big") + (3).to_bytes(4, "big") + bytes(range(6))
    assert whole.read_idx(packed).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="an IDX file of bytes starts with 00 00 08, got 00 00 0d"):
        whole.read_idx(b"\0\0\x0d\x01")


def cifar_archive(batches):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, values in batches.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            member.size = len(values)
            tar.addfile(member, io.BytesIO(values))
    return packed.getvalue()


def test_the_cifar_archive_is_read_plane_by_plane_in_order():
    def record(label):
        return bytes([label]) + bytes([1] * 1024 + [2] * 1024 + [3] * 1023 + [label])

    batches = {f"data_batch_{n}": record(n) for n in (3, 1, 2, 5, 4)} | {"test_batch": record(9) + record(0)}
    x_train, y_train, x_test, y_test = whole.read_cifar(cifar_archive(batches))
    assert y_train.tolist() == [1, 2, 3, 4, 5] and y_test.tolist() == [9, 0]
    assert x_train.shape == (5, 32, 32, 3) and x_test.shape == (2, 32, 32, 3)
    assert x_train[0, 0, 0].tolist() == [1, 2, 3] and x_train[4, 31, 31].tolist() == [1, 2, 5]


def test_a_cifar_archive_of_another_version_is_refused():
    message = r"must hold cifar-10-batches-bin/data_batch_1\.bin, and does not; get the binary version"
    with pytest.raises(ValueError, match=message):
        whole.read_cifar(cifar_archive({"batches": b""}))


def test_a_tar_archive_is_checked_as_it_is():
    packed = cifar_archive({})
    file = DataFile("x.tar.gz", hashlib.sha256(packed).hexdigest())
    assert content(packed, file, "x") == packed


WHOLE_FASHION = any(
    whole.found_file(info("fashion_mnist"), file) for file in info("fashion_mnist").files[:1]
)


@pytest.mark.skipif(not WHOLE_FASHION, reason="Fashion-MNIST is not on this computer")
def test_the_subset_is_a_part_of_the_whole():
    subset, everything = data.fashion_mnist_subset(), data.fashion_mnist()
    assert everything.x_train.shape == (60000, 28, 28) and everything.x_test.shape == (10000, 28, 28)
    assert np.array_equal(everything.x_train[subset.train_index], subset.x_train)
    assert np.array_equal(everything.y_train[subset.train_index], subset.y_train)
    assert np.array_equal(everything.x_test[subset.test_index], subset.x_test)
    assert np.array_equal(everything.y_test[subset.test_index], subset.y_test)


def test_the_command_line_says_what_there_is_and_where(offline, capsys):
    assert main(["data", "list"]) == 0
    out = capsys.readouterr().out
    for source in map(info, names()):
        assert source.title in out and source.license in out and source.credit in out
    assert main(["data", "where", "cifar10"]) == 0
    assert f"looked in {offline / 'cifar-10'}" in capsys.readouterr().out
    assert main(["data", "fetch", "airfoil"]) == 0
    assert "nothing to fetch, it is bundled" in capsys.readouterr().out


def test_verify_checks_what_is_here(offline, capsys):
    assert main(["data", "verify", "airfoil", "fashion_mnist_subset", "digits", "cifar10"]) == 0
    out = capsys.readouterr().out
    assert out.count("is the right file") == 4 and "cifar-10-binary.tar.gz is not here" in out
