"""The manifest: what is there, what is left out and why, and what differs."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import FileStat, by_likely_interest, compare, is_racy, look, scan
from tests.workspace.conftest import LIMIT_BYTES, grow, without_privilege

SECOND_NS = 1_000_000_000


def stat(path: str, mtime_ns: int = 1, size: int = 0) -> FileStat:
    return FileStat(path, size, mtime_ns, 0)


def reasons(skipped: list) -> dict[str, str]:
    return {one.path: one.reason for one in skipped}


def test_files_are_told_with_their_stat(tmp_path: Path) -> None:
    root = grow(tmp_path, {"a.py": "four", "s/b.py": ""})
    status = os.lstat(root / "a.py")
    found = scan(WorkspaceFilter(root), LIMIT_BYTES)
    assert FileStat("a.py", 4, status.st_mtime_ns, status.st_ino) in found.files
    assert {file.path for file in found.files} == {"a.py", "s/b.py"}
    assert found.skipped == []


def test_what_is_left_out_is_told_with_its_reason(tmp_path: Path) -> None:
    root = grow(tmp_path / "root", {"big": "x" * (LIMIT_BYTES + 1), "fits": "x" * LIMIT_BYTES, "d/a": ""})
    grow(tmp_path / "outside", {"secret": ""})
    (root / "link_in").symlink_to("fits")
    (root / "link_out").symlink_to(tmp_path / "outside" / "secret")
    (root / "folder_link").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(".")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
    (root / os.fsdecode(b"bad\xff")).write_text("")
    (root / os.fsdecode(b"worse\xff")).mkdir()
    (root / os.fsdecode(b"worse\xff") / "inside").write_text("")
    found = scan(WorkspaceFilter(root), LIMIT_BYTES)
    assert {file.path for file in found.files} == {"fits", "d/a"}
    assert reasons(found.skipped) == {
        "big": "too_large",
        **dict.fromkeys(("link_in", "link_out", "folder_link", "loop"), "symlink"),
        **dict.fromkeys(("pipe", "socket"), "not_regular"),
        **dict.fromkeys(("bad\\xff", "worse\\xff"), "bad_name"),
    }
    assert str(LIMIT_BYTES) in next(one.detail for one in found.skipped if one.path == "big")


def test_an_unreadable_folder_is_told_and_the_rest_is_scanned(tmp_path: Path) -> None:
    root = grow(tmp_path, ["a.py", "locked/b.py"])
    root.chmod(0o755)
    (root / "locked").chmod(0)
    with without_privilege(root):
        found = scan(WorkspaceFilter(root), LIMIT_BYTES)
        looked = look(WorkspaceFilter(root), ["locked/b.py"], LIMIT_BYTES)
    (root / "locked").chmod(0o755)
    assert ([file.path for file in found.files], reasons(found.skipped)) == (["a.py"], {"locked": "unreadable"})
    assert (looked.files, looked.gone) == ([], ["locked/b.py"])
    assert reasons(looked.skipped) == {"locked/b.py": "unreadable"}


def test_a_root_that_is_gone_is_an_error_not_an_empty_workspace(tmp_path: Path) -> None:
    filter_ = WorkspaceFilter(grow(tmp_path / "root", ["a"]))
    (tmp_path / "root").rename(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError):
        scan(filter_, LIMIT_BYTES)


def test_folders_are_announced_before_they_are_listed(tmp_path: Path) -> None:
    root = grow(tmp_path, {"a": "", "s/deep/b": "", "out/c": "", ".gitignore": "out\n"})
    announced: list[str] = []

    def on_folder(folder: str) -> None:
        announced.append(folder)
        (root / folder / "made_meanwhile").write_text("")

    found = scan(WorkspaceFilter(root), LIMIT_BYTES, on_folder)
    assert set(announced) == {"", "s", "s/deep"}
    assert {"made_meanwhile", "s/made_meanwhile", "s/deep/made_meanwhile"} <= {file.path for file in found.files}


def test_looking_at_paths(tmp_path: Path) -> None:
    root = grow(
        tmp_path / "root", {"a": "1", "s/b": "", "s/t/c": "", "s/x.log": "", "n.log": "", ".gitignore": "*.log\n"}
    )
    grow(tmp_path / "outside", ["secret"])
    (root / "link").symlink_to(tmp_path / "outside")
    found = look(
        WorkspaceFilter(root), ["a", "s", "s/b", "missing", "n.log", "link", "link/secret", "a/below"], LIMIT_BYTES
    )
    assert sorted(file.path for file in found.files) == ["a", "s/b", "s/t/c"]
    assert set(found.gone) == {"missing", "n.log", "link", "link/secret", "a/below"}
    assert found.folders == ["s"]
    assert reasons(found.skipped) == {"link": "symlink"}
    everything = look(WorkspaceFilter(root), ["", "a", "s/b"], LIMIT_BYTES)
    assert sorted(file.path for file in everything.files) == [".gitignore", "a", "s/b", "s/t/c"]
    assert everything.folders == [""]


def test_a_folder_that_became_a_file_is_gone_and_there(tmp_path: Path) -> None:
    root = grow(tmp_path, ["a/b", "a/c/d", "ab"])
    filter_ = WorkspaceFilter(root)
    scan(filter_, LIMIT_BYTES)
    (root / "a").rename(tmp_path / "moved")
    grow(root, ["a"])
    found = look(filter_, ["a"], LIMIT_BYTES)
    assert [file.path for file in found.files] == found.gone == ["a"]
    assert not filter_.has_met("a/c")
    assert look(filter_, ["a"], LIMIT_BYTES).gone == []


def test_rules_of_a_folder_met_anew_are_read_anew(tmp_path: Path) -> None:
    root = grow(tmp_path, {"a/.gitignore": "x\n", "a/x": ""})
    filter_ = WorkspaceFilter(root)
    scan(filter_, LIMIT_BYTES)
    (root / "a" / ".gitignore").unlink()
    assert {file.path for file in look(filter_, ["a"], LIMIT_BYTES).files} == {"a/x"}


def test_what_was_touched_last_comes_first_and_tests_last() -> None:
    order = by_likely_interest([stat("old.py", 1), stat("tests/t.py", 9), stat("new.py", 5), stat("a/vendor/v.go", 3)])
    assert [file.path for file in order] == ["new.py", "old.py", "tests/t.py", "a/vendor/v.go"]


def test_differences() -> None:
    old = {file.path: file for file in (stat("same"), stat("touched"), stat("gone"), stat("grown", size=1))}
    new = {file.path: file for file in (stat("same"), stat("touched", 2), stat("new"), stat("grown", size=2))}
    changed, gone = compare(old, new)
    assert (set(changed), gone) == ({"touched", "new", "grown"}, ["gone"])


def test_a_file_written_at_the_time_of_the_look_is_racy() -> None:
    now = 1_700_000_000 * SECOND_NS + 123
    files = {file.path: file for file in (stat("fresh", now - 1000), stat("old", now - SECOND_NS))}
    assert compare(files, files, looked_at_ns=now) == (["fresh"], [])
    assert compare(files, files) == ([], [])
    whole_second = now - 123
    assert is_racy(whole_second, whole_second + SECOND_NS)  # a clock of seconds: the tick is that coarse
    assert not is_racy(whole_second, whole_second + 3 * SECOND_NS)
    assert is_racy(now + 60 * SECOND_NS, now)
