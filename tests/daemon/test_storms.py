"""While thousands of files change, what comes is taken in at once, and a question does not wait in vain."""

from __future__ import annotations

import asyncio
import hashlib
import threading

import pytest

from grpc_backend.index import service as services
from grpc_backend.index.service import Requirement
from grpc_backend.rpc import progress
from protos import code_index_pb2 as pb
from tests.daemon.test_sync_contents import client_of


def changed(number):
    text = b"def changed_%d(): pass\n" % number
    return pb.FileState(
        path=f"{number}.py", size=len(text), mtime_ns=5, digest=hashlib.sha256(text).digest(), content=text
    )


def gated(engine):
    """An event that is set when an engine is given a commit, and one that its commits wait for."""
    given, gate, commit = asyncio.Event(), threading.Event(), engine.commit
    loop = asyncio.get_running_loop()

    def gated_commit(step):
        loop.call_soon_threadsafe(given.set)
        gate.wait()
        return commit(step)

    engine.commit = gated_commit
    return given, gate


def described(number):
    file = changed(number)
    file.ClearField("content")
    return file


async def test_a_change_with_its_content_is_taken_in_while_others_hold_the_store(tmp_path):
    async with client_of(tmp_path) as (client, service):
        await client.begin()
        await client.hear("progress")
        (session,) = service.sessions.values()
        workspace = await service.workspace("w")
        async with service._committer.holding:
            client.say(delta=pb.Delta(sequence=1, files=[changed(1)]))
            await workspace.wait_until(lambda: session.received() == 1)
        assert (await client.hear("ack")).sequence == 1


@pytest.mark.parametrize(("most", "waits"), [(2, True), (1, False)])
async def test_a_question_waits_for_few_files_and_not_for_very_many(tmp_path, monkeypatch, most, waits):
    monkeypatch.setattr(services, "SETTLE_FILES", most)
    monkeypatch.setattr(services, "SETTLE_WITHIN_S", 60.0)
    async with client_of(tmp_path) as (client, service):
        await client.begin()
        await client.hear("progress")
        ((name, session),) = service.sessions.items()
        workspace = await service.workspace("w")
        client.say(delta=pb.Delta(sequence=1, files=[described(1), described(2)]))
        await client.hear("need")
        assert session.unsettled_files() == 2
        asking = asyncio.create_task(service.fresh_enough(workspace, Requirement(name, sequence=1), 60.0))
        if not waits:
            assert not (await asking).complete
        client.say(contents=pb.ContentBatch(files=[changed(1), changed(2)]))
        assert (await asking).complete is waits
        assert (await client.hear("ack")).sequence == 1


async def test_progress_that_takes_long_to_count_is_told_less_often(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    monkeypatch.setattr(progress, "COSTS", 1e12)
    async with client_of(tmp_path) as (client, service):
        await client.begin(described(1), described(2))
        workspace = await service.workspace("w")
        assert (await client.hear("progress")).freshness.pending_files == 2
        client.say(contents=pb.ContentBatch(files=[changed(1)]))
        await workspace.wait_until(lambda: "1.py" in workspace.files)
        client.say(contents=pb.ContentBatch(files=[changed(2)]))
        assert (await client.hear("progress")).freshness.complete, "no word of the first file alone"


@pytest.mark.parametrize("later", [pb.Delta(sequence=2, files=[changed(1)]), pb.Delta(sequence=2, deleted=["1.py"])])
async def test_what_is_being_stored_is_not_shown_once_something_else_was_told(tmp_path, later):
    """It may be in the store at any moment, and is in no list of what the store has yet."""
    first = changed(2)
    first.path = "1.py"
    async with client_of(tmp_path) as (client, service):
        await client.begin()
        await client.hear("progress")
        given, gate = gated(service.engine)
        workspace = await service.workspace("w")
        (session,) = service.sessions.values()
        try:
            client.say(delta=pb.Delta(sequence=1, files=[first]))
            await given.wait()
            assert not workspace.layer().paths, "it is what was told last"
            client.say(delta=later)
            await workspace.wait_until(lambda: session.received() == 2)
            assert workspace.layer().paths == {"1.py"}
        finally:
            gate.set()
        while (await client.hear("ack")).sequence != 2:
            pass
        assert not workspace.layer().paths


async def test_what_is_gone_is_looked_for_once_a_change(tmp_path, monkeypatch):
    """Thousands of files may be told as gone that are not known any more, and each might be a folder."""
    async with client_of(tmp_path) as (client, service):
        await client.begin()
        await client.hear("progress")
        workspace = await service.workspace("w")
        for path in ("a/b/c.py", "a/d.py", "ab.py", "e.py"):
            await service.ingest.push(workspace, path, b"x = 1\n")
        looks, known = [], workspace.known
        monkeypatch.setattr(workspace, "known", lambda: looks.append(1) or known())
        gone = service.ingest.remove(workspace, ["e.py", "nowhere", "a/b/", "f.py", *map(str, range(100))])
        assert sorted(gone) == ["a/b/c.py", "e.py"]
        assert len(looks) == 1
        assert sorted(service.ingest.remove(workspace, ["a"])) == ["a/b/c.py", "a/d.py"]
        await workspace.wait_until(lambda: set(workspace.files) == {"ab.py"} and not workspace.wanted)
