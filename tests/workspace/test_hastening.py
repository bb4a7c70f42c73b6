"""What is told first, of files that are not indexed yet."""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace

import pytest

from bridge.daemon.subjects import Subject
from bridge.workspace import hastening, literal_scan
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.hastening import MAX_DEFINITIONS, MAX_FILES, Hastener
from bridge.workspace.last_words import LastWords
from tests.workspace.conftest import LIMIT_BYTES, grow
from tests.workspace.test_teller import Told

FILES = {"defines.py": "def wanted(): pass\n", "uses.py": "    wanted()\n", "silent.py": "other()\n"}


def hastener_of(root, told):
    return Hastener(WorkspaceFilter(root), told.stream, LastWords(told.stream), LIMIT_BYTES)


async def told_first(root, subject, paths):
    """What is told, in order, and whether that is all that matters."""
    told = Told(root)
    listening = asyncio.create_task(told.listen())
    try:
        covered = await hastener_of(root, told).tell_first(subject, paths)
        await told.stream._outbox.join()
    finally:
        listening.cancel()
    return list(told.last), covered


@pytest.mark.parametrize(
    ("subject", "expected", "covered"),
    [
        (Subject("wanted"), ["defines.py", "uses.py"], True),
        (Subject("nobody"), [], True),
    ],
)
async def test_what_says_the_name_is_told_and_it_is_known_whether_that_is_all(tmp_path, subject, expected, covered):
    root = grow(tmp_path / "root", FILES)
    assert await told_first(root, subject, list(FILES)) == (expected, covered)


async def test_what_is_ignored_by_now_is_not_told(tmp_path):
    """The daemon may have asked for it before a rule file changed."""
    root = grow(tmp_path / "root", FILES)
    (root / ".gitignore").write_text("defines.py\n")
    assert (await told_first(root, Subject("wanted"), list(FILES)))[0] == ["uses.py"]


async def test_what_is_asked_again_goes_on_behind_what_was_told(tmp_path, monkeypatch):
    more = {f"more_{number}.py": "def wanted(): pass\n" for number in range(200)}
    root = grow(tmp_path / "root", more)
    clock = itertools.cycle([0.0, 0.0, 60.0])
    monkeypatch.setattr(literal_scan, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    told = Told(root)
    listening = asyncio.create_task(told.listen())
    hastener = hastener_of(root, told)
    for asked in (1, 2, 3):
        assert not await hastener.tell_first(Subject("wanted"), list(more))
        await told.stream._outbox.join()
        assert len(told.last) == asked * MAX_DEFINITIONS
    listening.cancel()


async def test_a_scan_that_is_gone_on_with_says_it_has_all_only_if_nothing_was_passed_over(tmp_path, monkeypatch):
    quiet = {f"quiet_{number}.py": "other()\n" for number in range(150)}
    files = {**quiet, "uses.py": "    wanted()\n"}
    root = grow(tmp_path / "root", files)
    for module in (literal_scan, hastening):  # one round of one stride of files, then no more
        ticks = itertools.chain([0.0, 0.0], itertools.repeat(60.0))
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=ticks.__next__))
    told = Told(root)
    listening = asyncio.create_task(told.listen())
    hastener = hastener_of(root, told)
    assert not await hastener.tell_first(Subject("wanted"), list(files))
    monkeypatch.undo()
    assert await hastener.tell_first(Subject("wanted"), list(files))
    await told.stream._outbox.join()
    assert set(told.last) == {"uses.py"}
    listening.cancel()


async def test_files_that_put_names_together_are_never_ruled_out(tmp_path):
    root = grow(tmp_path / "root", {**FILES, "a.scss": ".users { &__row { color: red } }\n"})
    assert await told_first(root, Subject("users__row"), [*FILES, "a.scss"]) == ([], False)


async def test_an_answer_does_not_wait_for_more_once_a_definition_is_found(tmp_path, monkeypatch):
    more = {f"more_{number}.py": "    wanted()\n" for number in range(200)}
    root = grow(tmp_path / "root", {**FILES, **more})
    clock = itertools.cycle([0.0, 0.0, 60.0])  # a round begins, reads one stride of files, and is over
    monkeypatch.setattr(literal_scan, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert await told_first(root, Subject("wanted"), [*FILES, *more]) == (["defines.py"], False)


async def test_more_files_than_there_is_time_for_are_not_said_to_be_all(tmp_path):
    more = {f"more_{number}.py": "    wanted()\n" for number in range(MAX_FILES + 1)}
    root = grow(tmp_path / "root", more)
    told, covered = await told_first(root, Subject("wanted", everywhere=True), list(more))
    assert (len(told), covered) == (MAX_FILES, False)
