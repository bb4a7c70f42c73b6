"""What is told of a root, where the disk changes under the hand of whoever reads it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import os
import time
from types import SimpleNamespace

import pytest

from bridge.daemon.subjects import Subject
from bridge.workspace import contents
from bridge.workspace import teller as tellers
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.known import Known
from bridge.workspace.manifest import FileStat, Looked
from bridge.workspace.stream import SyncStream
from bridge.workspace.teller import Teller
from protos import code_index_pb2 as pb
from tests.conftest import wait_for
from tests.workspace.conftest import LIMIT_BYTES, grow


class Told:
    """Listens to a stream that goes nowhere; knows the last word on every path."""

    def __init__(self, root):
        self.stream = SyncStream(None, WorkspaceFilter(root), str(root), None, lambda _progress: None, lambda *_: None)
        self.described = asyncio.Event()
        self.last = {}

    async def listen(self):
        while True:
            request = await self.stream._outbox.get()
            if request.WhichOneof("request") == "manifest":
                self.last.update((one.path, one) for one in request.manifest.files)
                if request.manifest.last:
                    self.described.set()
            else:
                self.last.update(dict.fromkeys(request.delta.deleted))
                self.last.update((one.path, one) for one in (*request.delta.files, *request.delta.skipped))
                self.stream._take(pb.SyncResponse(ack=pb.SyncAck(sequence=request.delta.sequence)))
            self.stream._outbox.task_done()


@contextlib.asynccontextmanager
async def telling(root, **welcome):
    """A teller at work, and what it has told."""
    told = Told(root)
    teller = Teller(WorkspaceFilter(root), told.stream, pb.Welcome(max_file_bytes=LIMIT_BYTES, **welcome))
    tasks = [asyncio.create_task(teller.run()), asyncio.create_task(told.listen())]
    try:
        async with asyncio.timeout(20):
            await told.described.wait()
            yield teller, told
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def aged(root):
    """Have the times of all files prove something."""
    for file in root.rglob("*"):
        os.utime(file, (1e9, 1e9))
    return root


async def flushed(teller, told):
    await teller.flush()
    await told.stream._outbox.join()


async def test_a_file_that_is_away_when_it_is_read_and_back_as_it_was_is_told_again(tmp_path, monkeypatch):
    root = grow(tmp_path / "root", {"b.py": "b"})
    real = contents.read_file

    def away(*arguments):
        monkeypatch.setattr(contents, "read_file", real)
        (root / "a.py").rename(tmp_path / "away.py")
        return real(*arguments)

    async with telling(root) as (teller, told):
        monkeypatch.setattr(contents, "read_file", away)
        (root / "a.py").write_text("a")
        await flushed(teller, told)
        assert "a.py" in told.last
        assert told.last["a.py"] is None
        (tmp_path / "away.py").rename(root / "a.py")
        await flushed(teller, told)
        assert told.last["a.py"].content == b"a"


async def test_what_is_written_again_before_its_digest_is_told_is_in_doubt(tmp_path, monkeypatch):
    """Many are told by their stats first, and a stat may prove nothing."""
    monkeypatch.setattr(tellers, "BULK_CHANGES", 1)
    root = aged(grow(tmp_path / "root", {"a.py": "1", "b.py": "1"}))
    real, asked, doubts = tellers.digest_entry, [], []
    async with telling(root) as (teller, told):
        loop = asyncio.get_running_loop()

        def overtaken(*arguments):
            if not asked:
                asked.append(told.stream.sequence)
                status = (root / "a.py").stat()
                (root / "a.py").write_text("3")
                os.utime(root / "a.py", ns=(status.st_atime_ns, status.st_mtime_ns))
                doubt = asyncio.run_coroutine_threadsafe(teller.recheck(["a.py"], asked[0]), loop)
                doubts.append(doubt.result())
            return real(*arguments)

        monkeypatch.setattr(tellers, "digest_entry", overtaken)
        for name in ("a.py", "b.py"):
            (root / name).write_text("2")
        await flushed(teller, told)
        assert doubts[0].outdated == {"a.py"}
        assert told.last["a.py"].digest == hashlib.sha256(b"3").digest()
        since = await teller.recheck(["a.py"], asked[0])
        assert since.outdated == {"a.py"}, "an answer to a question from before that does not have it"


def test_what_the_daemon_asks_for_is_the_last_word_where_there_is_no_other():
    known = Known()
    known.noted(pb.FileState(path="a.py"))
    known.answered(pb.FileState(path="a.py", digest=b"asked for"))
    known.answered(pb.FileState(path="a.py", digest=b"asked for"))
    assert known.racy == {"a.py": b"asked for"}
    known.noted(pb.FileState(path="a.py", digest=b"told"))
    assert known.racy == {"a.py": b"told"}
    known.noted(pb.FileState(path="a.py", digest=b"told", mtime_ns=1))
    assert known.racy == {}


def test_after_another_content_was_asked_for_what_was_told_before_is_news():
    """Told, overwritten, asked for, and restored, all within a tick: its stat is that of what was told."""
    known = Known()
    before = pb.FileState(path="a.py", digest=b"told")
    known.noted(before)
    known.answered(pb.FileState(path="a.py", digest=b"asked for"))
    assert not known.confirm(before)
    known.noted(before)
    assert known.confirm(before)


def test_a_file_that_was_asked_for_with_another_stat_than_was_told_is_news():
    known, looked = Known(), Looked([FileStat("a.py", 4, 1, 7)], [], [], [])
    known.take(looked)
    known.answered(pb.FileState(path="a.py", size=4, mtime_ns=1, inode=7, digest=b"told"))
    assert known.take(looked) == ([], [], [])
    known.answered(pb.FileState(path="a.py", size=5, mtime_ns=2, inode=7, digest=b"asked for"))
    assert known.take(looked) == (["a.py"], [], [])


async def test_a_question_learns_that_the_root_is_gone_from_whoever_looked_before(tmp_path, monkeypatch):
    """The watcher's loop has taken the event and is looking: the question's own hints are empty."""
    root = grow(tmp_path / "root", {"a.py": "a"})
    looking, looked = asyncio.Event(), asyncio.Event()
    async with telling(root) as (teller, _told):
        loop = asyncio.get_running_loop()

        def slow(*_arguments):
            loop.call_soon_threadsafe(looking.set)
            asyncio.run_coroutine_threadsafe(looked.wait(), loop).result()
            raise FileNotFoundError

        monkeypatch.setattr(tellers, "look", slow)
        (root / "b.py").write_text("b")
        await looking.wait()
        flushing = asyncio.create_task(teller.flush())
        await asyncio.sleep(0)
        looked.set()
        with pytest.raises(tellers._RootUnreadable):
            await flushing
        assert not teller.described


async def test_only_sources_are_told_and_the_others_counted(tmp_path):
    root = grow(tmp_path / "root", {"a.py": "a", "b.txt": "b", "c/d.bin": "d"})
    async with telling(root, sources=pb.Sources(extensions=["py"])) as (teller, told):
        (root / "c/more.txt").write_text("more")
        (root / "c/e.py").write_text("e")
        await flushed(teller, told)
        assert set(told.last) == {"a.py", "c/e.py"}
        assert teller.emptiness == ""


async def test_a_file_that_is_asked_for_is_told_before_the_root_is_listed(tmp_path):
    root = grow(tmp_path / "root", {"a.py": "a", "b/c.py": "c"})
    told = Told(root)
    teller = Teller(WorkspaceFilter(root), told.stream, pb.Welcome(max_file_bytes=LIMIT_BYTES))
    listening = asyncio.create_task(told.listen())
    for path in ("b/c.py", "b", "gone.py", ""):
        await teller.tell_first(Subject(path=path))
    await told.stream._outbox.join()
    listening.cancel()
    assert set(told.last) == {"b/c.py"}
    assert told.last["b/c.py"].digest


async def test_why_nothing_is_told_is_said(tmp_path):
    root = grow(tmp_path / "root", {".gitignore": "*\n", "a.py": "a", "b/c.py": "c"})
    async with telling(root, sources=pb.Sources(extensions=["py"])) as (teller, told):
        assert told.last == {}
        assert "3 of the files and folders looked at are ignored" in teller.emptiness
        assert ".gitignore" in teller.emptiness


async def test_a_deletion_that_is_about_to_be_told_is_news_to_an_answer(tmp_path, monkeypatch):
    root = grow(tmp_path / "root", {"a.py": "a"})
    async with telling(root) as (teller, told):
        tell_next, reached, let = told.stream.tell_next, asyncio.Event(), asyncio.Event()

        async def held(batches):
            reached.set()
            await let.wait()
            return await tell_next(batches)

        monkeypatch.setattr(told.stream, "tell_next", held)
        (root / "a.py").unlink()
        flushing = asyncio.create_task(teller.flush())
        await reached.wait()
        assert "a.py" not in teller._known.files
        assert (await teller.recheck(["a.py"], told.stream.sequence)).outdated == {"a.py"}
        let.set()
        await flushing
        assert not await teller.recheck(["a.py"], told.stream.sequence)


async def test_what_goes_in_two_messages_is_news_to_an_answer_of_in_between(tmp_path, monkeypatch):
    """A rename told by halves: an answer that has neither name tells of no file that anyone could doubt."""
    grow(tmp_path, {"old.py": "", "other.py": ""})
    async with telling(aged(tmp_path)) as (teller, told):
        monkeypatch.setattr(contents, "BATCH_FILES", 1)
        asked_at, tell_next = told.stream.sequence, told.stream.tell_next
        between = []

        async def watched(batches):
            more = await tell_next(batches)
            between.append(await teller.recheck(["other.py"], asked_at))
            return more

        monkeypatch.setattr(told.stream, "tell_next", watched)
        (tmp_path / "old.py").rename(tmp_path / "new.py")
        await flushed(teller, told)
        assert told.stream.sequence == asked_at + 2
        assert between[0].jumbled
        assert (await teller.recheck(["other.py"], asked_at + 1)).jumbled
        assert not await teller.recheck(["other.py"], asked_at + 2)


@pytest.mark.parametrize("walks", ["scan", "look"])
async def test_a_single_hint_from_during_a_walk_is_told_before_a_question(tmp_path, monkeypatch, walks):
    """It may be the one half of a rename of which the walk has missed the other."""
    root = aged(grow(tmp_path / "root", {"a.py": "a"}))
    real, walked = getattr(tellers, walks), []

    def walk(*arguments):
        found = real(*arguments)
        if not walked:
            walked.append(found)
            (root / "b.py").write_text("b")
        return found

    async with telling(root) as (teller, told):
        monkeypatch.setattr(tellers, walks, walk)
        if walks == "scan":
            teller._watcher.lost()
        else:
            grow(root, {"new/c.py": "c"})
        assert await teller.flush()
        await told.stream._outbox.join()
        assert told.last["b.py"].content == b"b"


async def test_what_was_told_after_a_question_is_news_to_its_answer(tmp_path):
    """The question did not wait for the flush, which is over when its answer comes."""
    root = aged(grow(tmp_path / "root", {"a.py": "a", "b.py": "b"}))
    async with telling(root) as (teller, told):
        asked_at = told.stream.sequence
        (root / "a.py").write_text("a2")
        await flushed(teller, told)
        assert (await teller.recheck(["a.py", "b.py"], asked_at)).outdated == {"a.py"}
        assert not await teller.recheck(["a.py", "b.py"], told.stream.sequence)


async def test_a_content_that_left_no_trace_in_the_stat_is_news_to_an_answer(tmp_path, monkeypatch):
    root = grow(tmp_path / "root", {"a.py": "a"})
    async with telling(root) as (teller, told):
        (root / "a.py").write_text("b")
        in_an_hour_ns = time.time_ns() + 3_600_000_000_000
        os.utime(root / "a.py", ns=(in_an_hour_ns, in_an_hour_ns))
        await flushed(teller, told)
        assert not await teller.recheck(["a.py"], told.stream.sequence)
        (root / "a.py").write_text("c")
        os.utime(root / "a.py", ns=(in_an_hour_ns, in_an_hour_ns))
        teller._watcher.drain()  # someone else has the hint, and is not done with it
        assert (await teller.recheck(["a.py"], told.stream.sequence)).outdated == {"a.py"}
        await flushed(teller, told)
        assert told.last["a.py"].digest == hashlib.sha256(b"c").digest()
        assert not await teller.recheck(["a.py"], told.stream.sequence)
        monkeypatch.setattr(contents, "time", SimpleNamespace(time_ns=lambda: 2 * in_an_hour_ns))
        assert not await teller.recheck(["a.py"], told.stream.sequence)
        assert not teller._known.racy, "its time proves by now what it says"


async def test_what_is_renamed_while_it_is_looked_at_is_looked_at_again(tmp_path, monkeypatch):
    """Otherwise neither name would be told, and an answer would lack the file and say that it is complete."""
    root = aged(grow(tmp_path / "root", {"a.py": "a", "b.py": "b"}))
    real = tellers.look

    def renamed_meanwhile(*arguments):
        monkeypatch.setattr(tellers, "look", real)
        looked = real(*arguments)
        (root / "a.py").rename(root / "c.py")
        return looked

    async with telling(root) as (teller, told):
        monkeypatch.setattr(tellers, "look", renamed_meanwhile)
        (root / "a.py").write_text("a2")
        assert await teller.flush()
        await told.stream._outbox.join()
        assert told.last["a.py"] is None
        assert told.last["c.py"].content == b"a2"
        assert await teller.recheck(["b.py"], 0), "asked before that, it may have seen neither"
        assert not await teller.recheck(["b.py"], told.stream.sequence)


async def test_a_root_that_is_never_still_is_said_to_be_so(tmp_path, monkeypatch):
    root = grow(tmp_path / "root", {"a.py": "a"})
    real, names = tellers.look, itertools.count()

    def restless(*arguments):
        looked = real(*arguments)
        (root / "x.py").write_text(f"x{next(names)}")
        (root / "y.py").write_text(f"y{next(names)}")
        return looked

    async with telling(root) as (teller, _told):
        monkeypatch.setattr(tellers, "look", restless)
        (root / "a.py").write_text("a2")
        assert not await teller.flush()


async def test_what_was_told_first_goes_again_if_the_rules_leave_it_out_by_then(tmp_path):
    root = grow(tmp_path / "root", {"a.py": "a", "b/c.py": "c"})
    told = Told(root)
    teller = Teller(WorkspaceFilter(root), told.stream, pb.Welcome(max_file_bytes=LIMIT_BYTES))
    listening = asyncio.create_task(told.listen())
    await teller.tell_first(Subject(path="b/c.py"))
    (root / ".gitignore").write_text("b/\n")
    running = asyncio.create_task(teller.run())
    try:
        async with asyncio.timeout(20):
            await told.described.wait()
            await asyncio.to_thread(wait_for, lambda: teller.described)
            await flushed(teller, told)
        assert told.last["b/c.py"] is None
        assert told.last["a.py"] is not None
    finally:
        running.cancel()
        listening.cancel()
        await asyncio.gather(running, listening, return_exceptions=True)


async def test_the_manifest_waits_for_a_question_that_has_waited_for_the_list(tmp_path, monkeypatch):
    """Until what the question is about is indexed; and that needs no second look before the answer."""
    root = aged(grow(tmp_path / "root", {"a.py": "def wanted(): pass\n", "b.py": "b"}))
    told = Told(root)
    teller = Teller(WorkspaceFilter(root), told.stream, pb.Welcome(max_file_bytes=LIMIT_BYTES))
    acknowledge, delayed = told.stream._take, []
    monkeypatch.setattr(told.stream, "_take", delayed.append)
    asking = asyncio.create_task(teller.tell_first(Subject("wanted")))
    tasks = [asyncio.create_task(teller.run()), asyncio.create_task(told.listen())]
    try:
        async with asyncio.timeout(20):
            await asyncio.to_thread(wait_for, lambda: delayed)
            assert set(told.last) == {"a.py"}
            assert not told.described.is_set()
            assert not await teller.recheck(["a.py"], told.stream.sequence)
            acknowledge(delayed.pop())
            await asking
            await told.described.wait()
            assert set(told.last) == {"a.py", "b.py"}
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
