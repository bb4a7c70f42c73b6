"""While thousands of files change, what comes is taken in at once, and a question does not wait in vain."""

from __future__ import annotations

import asyncio
import hashlib

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
