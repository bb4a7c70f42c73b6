"""Files that other programs use are replaced as a whole, with a copy of what was there."""

from __future__ import annotations

import pytest

from bridge.errors import CannotChange
from bridge.setup.files import read, replace


def test_a_new_file_is_the_users_alone_and_has_no_copy(tmp_path):
    file = tmp_path / "deep" / "settings.json"
    assert read(file) is None
    assert replace(file, None, "new") is None
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o600)
    assert list(file.parent.iterdir()) == [file]


def test_rights_links_and_line_ends_stay_and_every_copy_is_kept(tmp_path):
    real = tmp_path / "dotfiles.json"
    real.write_bytes(b"one\r\n")
    real.chmod(0o640)
    link = tmp_path / "settings.json"
    link.symlink_to(real)
    first = replace(link, read(link), "two\r\n")
    second = replace(link, "two\r\n", "three")
    assert link.is_symlink()
    assert real.read_text() == "three"
    assert real.stat().st_mode & 0o777 == 0o640
    assert [first.read_bytes(), second.read_bytes()] == [b"one\r\n", b"two\r\n"]
    assert first.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == sorted([real, link, first, second])


def test_what_another_program_wrote_meanwhile_is_not_lost(tmp_path):
    file = tmp_path / "settings.json"
    file.write_text("theirs")
    with pytest.raises(CannotChange, match="run this again"):
        replace(file, "older", "ours")
    assert (file.read_text(), list(tmp_path.iterdir())) == ("theirs", [file])


def test_what_cannot_be_read_or_written_is_an_error_that_names_the_file(tmp_path):
    (tmp_path / "latin.json").write_bytes(b"\xe9")
    for call in (lambda: read(tmp_path / "latin.json"), lambda: read(tmp_path)):
        with pytest.raises(CannotChange, match="left alone"):
            call()
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotChange, match="cannot be"):
        replace(tmp_path / "file" / "settings.json", None, "x")
