"""Reading: a regular file of the workspace, whole, or a reason; never a wait, never a file outside."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import socket
import threading
from pathlib import Path

import pytest

from bridge.workspace import reading
from bridge.workspace.reading import Content, Digest, Gone, Unreadable, digest_file, read_file
from tests.conftest import wait_for
from tests.workspace.conftest import LIMIT_BYTES, grow, without_privilege

MIB = 1024 * 1024


@pytest.fixture
def root(tmp_path: Path) -> Path:
    grow(tmp_path / "outside", {"secret": "secret"})
    return grow(tmp_path / "root", {"a.py": "text", "s/t/b.py": "below"})


def reason(found: object) -> str:
    assert isinstance(found, Unreadable), found
    assert found.detail
    return found.reason


def open_descriptors() -> set[str]:
    return {one.name for one in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize("path", ["a.py", "s/t/b.py"])
def test_a_file_is_read_with_its_stat_and_digest(root: Path, path: str) -> None:
    text = (root / path).read_bytes()
    status = (root / path).stat()
    found = read_file(root, path, LIMIT_BYTES)
    assert isinstance(found, Content)
    assert (found.data, found.digest) == (text, hashlib.sha256(text).digest())
    assert (found.stat.path, found.stat.size, found.stat.mtime_ns) == (path, len(text), status.st_mtime_ns)
    assert found.stat.inode == status.st_ino
    assert digest_file(root, path, LIMIT_BYTES) == Digest(found.digest, found.stat)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_sizes_around_a_block(root: Path, size: int) -> None:
    data = os.urandom(size)
    (root / "data").write_bytes(data)
    found = read_file(root, "data", 4 * MIB)
    assert isinstance(found, Content)
    assert found.data == data
    digest = digest_file(root, "data", 4 * MIB)
    assert isinstance(digest, Digest)
    assert digest.digest == hashlib.sha256(data).digest()


@pytest.mark.parametrize("read", [read_file, digest_file])
class TestRefusals:
    def test_the_limit(self, root: Path, read) -> None:
        (root / "big").write_bytes(b"x" * (LIMIT_BYTES + 1))
        assert reason(read(root, "big", LIMIT_BYTES)) == "too_large"
        (root / "big").write_bytes(b"x" * LIMIT_BYTES)
        assert not isinstance(read(root, "big", LIMIT_BYTES), Unreadable)

    @pytest.mark.parametrize(
        "path",
        ["../outside/secret", "s/../a.py", "/etc/passwd", "", ".", "./a.py", "s//t", "a.py/", ".git/config", "a\0b"],
    )
    def test_paths_that_no_workspace_has(self, root: Path, read, path: str) -> None:
        grow(root, [".git/config"])
        assert reason(read(root, path, LIMIT_BYTES)) == "not_in_workspace"

    @pytest.mark.parametrize("path", ["missing", "s/missing", "missing/a", "a.py/b", "s/t"])
    def test_what_is_no_file_any_more_is_gone(self, root: Path, read, path: str) -> None:
        assert read(root, path, LIMIT_BYTES) == Gone()

    def test_special_files_never_make_it_wait(self, root: Path, read) -> None:
        os.mkfifo(root / "pipe")
        assert reason(read(root, "pipe", LIMIT_BYTES)) == "not_regular"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(root / "socket"))
            assert reason(read(root, "socket", LIMIT_BYTES)) == "not_regular"

    def test_links_are_not_followed(self, root: Path, read) -> None:
        (root / "link").symlink_to(root / "a.py")
        assert reason(read(root, "link", LIMIT_BYTES)) == "symlink"
        (root / "s").rename(root / "was")
        (root / "s").symlink_to(root / "was")
        assert read(root, "s/t/b.py", LIMIT_BYTES) == Gone()
        (root / "was" / "t").rename(root / "t")
        (root / "was" / "t").symlink_to(root / "t")
        assert read(root, "was/t/b.py", LIMIT_BYTES) == Gone()

    def test_no_descriptor_is_left_open(self, root: Path, read) -> None:
        os.mkfifo(root / "pipe")
        (root / "link").symlink_to("a.py")
        before = open_descriptors()
        for path in ("a.py", "s/t/b.py", "pipe", "link", "missing", "s/missing/x", "s/t", "../x"):
            read(root, path, LIMIT_BYTES)
        assert open_descriptors() == before

    def test_out_of_descriptors_is_no_property_of_the_file(self, root: Path, read) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            with pytest.raises(OSError, match="Too many open files") as caught:
                read(root, "a.py", LIMIT_BYTES)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert caught.value.errno == errno.EMFILE


def test_a_file_without_permission_is_unreadable(root: Path) -> None:
    (root / "a.py").chmod(0)
    root.chmod(0o755)
    with without_privilege(root):
        assert read_file(root, "a.py", LIMIT_BYTES) == Unreadable("unreadable", "Permission denied")


def test_a_file_that_changes_while_it_is_read_is_read_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write happens between the two looks at the file, by way of the real read call."""
    writes = iter([b"grown much longer", b"and again, longer than before"])
    real = os.read

    def read(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if text := next(writes, None):
            (root / "a.py").write_bytes(text)
        return data

    monkeypatch.setattr(reading.os, "read", read)
    found = read_file(root, "a.py", LIMIT_BYTES)
    assert isinstance(found, Content)
    assert found.data.startswith(b"grown much longer") or found.data == b"and again, longer than before"
    settled = read_file(root, "a.py", LIMIT_BYTES)
    assert isinstance(settled, Content)
    assert settled.data == b"and again, longer than before"
    # What was read too early is recognised by its stat.
    assert found.data == settled.data or found.stat != settled.stat


def test_a_file_that_never_stops_growing_stops_at_the_limit(root: Path) -> None:
    stop = threading.Event()

    def grow_for_ever() -> None:
        with (root / "log").open("ab", buffering=0) as log:
            while not stop.is_set() and log.tell() < 64 * MIB:
                log.write(b"x" * 4096)

    writer = threading.Thread(target=grow_for_ever)
    writer.start()
    try:
        found = [read_file(root, "log", MIB) for _ in range(20)]
    finally:
        stop.set()
        writer.join()
    for one in found:
        assert (
            isinstance(one, Gone) or (isinstance(one, Content) and len(one.data) <= MIB) or reason(one) == "too_large"
        )


def test_a_folder_swapped_for_a_link_again_and_again_never_leads_outside(root: Path) -> None:
    """The link points to a folder with a file of the same name and another text."""
    outside = grow(root.parent / "elsewhere", {"b.py": "secret"})
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (root / "s" / "t").rename(root / "s" / "real")
            (root / "s" / "t").symlink_to(outside)
            (root / "s" / "t").unlink()
            (root / "s" / "real").rename(root / "s" / "t")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        found = [read_file(root, "s/t/b.py", LIMIT_BYTES) for _ in range(2000)]
        # On a busy machine the swapper may have stood still at the link all the while.
        wait_for(lambda: isinstance(read_file(root, "s/t/b.py", LIMIT_BYTES), Content))
    finally:
        stop.set()
        swapper.join()
    assert {one.data for one in found if isinstance(one, Content)} <= {b"below"}
    assert all(isinstance(one, Content | Gone) for one in found)
