"""What one client has seen stands against what another one read before."""

from __future__ import annotations

import asyncio
import hashlib

from protos import code_index_pb2 as pb
from tests.conftest import wait_for
from tests.daemon.test_sync_contents import TEXT, Client, client_of, parts

OLD, NEW = b"def old(): pass\n", b"def new(): pass\n"


def file_of(text, *, content=False):
    described = pb.FileState(path="a.py", size=len(text), mtime_ns=5, digest=hashlib.sha256(text).digest())
    if content:
        described.content = text
    return described


async def until_complete(client):
    while not (await client.hear("progress")).freshness.complete:
        pass


async def indexed(leader, service):
    await leader.begin(file_of(OLD))
    await leader.hear("need")
    leader.say(contents=pb.ContentBatch(files=[file_of(OLD, content=True)]))
    await until_complete(leader)
    return await service.workspace("w")


async def sight(service, text):
    """Another client asks, and sees that."""
    onlooker = Client(service)
    onlooker.say(hello=pb.Hello(client_id="two", protocol_min=1, protocol_max=1))
    await onlooker.hear("welcome")
    onlooker.say(sighting=pb.Sighting(sequence=1, files=[file_of(text)]))
    return onlooker


async def test_what_was_read_before_a_sighting_does_not_outdo_it(tmp_path):
    async with client_of(tmp_path) as (leader, service):
        workspace = await indexed(leader, service)
        onlooker = await sight(service, NEW)
        assert (await leader.hear("need")).digests == ["a.py"]
        # What the leader was about to send when it was asked.
        leader.say(delta=pb.Delta(sequence=1, files=[file_of(OLD, content=True)]))
        leader.say(status=pb.SyncStatus())
        await leader.hear("progress")
        await workspace.wait_until(lambda: not workspace.wanted)
        assert "a.py" in workspace.layer().paths, "shown as it was before the sighting"
        assert not workspace.freshness().complete
        leader.say(contents=pb.ContentBatch(files=[file_of(NEW)]))
        while (await leader.hear("need")).contents != ["a.py"]:
            pass
        leader.say(contents=pb.ContentBatch(files=[file_of(NEW, content=True)]))
        await until_complete(leader)
        assert workspace.files["a.py"].digest == file_of(NEW).digest
        await onlooker.close()


async def test_a_second_sighting_waits_for_an_answer_of_its_own(tmp_path):
    async with client_of(tmp_path) as (leader, service):
        workspace = await indexed(leader, service)
        onlooker = await sight(service, NEW)
        assert (await leader.hear("need")).digests == ["a.py"]
        onlooker.say(sighting=pb.Sighting(sequence=2, files=[file_of(NEW + b"\n")]))
        assert (await leader.hear("need")).digests == ["a.py"]
        leader.say(contents=pb.ContentBatch(files=[file_of(OLD)]))  # so it was when the first was answered
        leader.say(delta=pb.Delta(sequence=1))
        await leader.hear("ack")
        assert "a.py" in workspace.layer().paths
        leader.say(contents=pb.ContentBatch(files=[file_of(OLD)]))  # and so it is again by now
        await until_complete(leader)
        assert "a.py" not in workspace.layer().paths
        await onlooker.close()


async def succeeded(silent, service):
    """Another client has seen a file, leads now, and has been asked for what the silent one was asked for."""
    workspace = await indexed(silent, service)
    second = await sight(service, NEW)
    assert (await silent.hear("need")).digests == ["a.py"]
    workspace.pass_lead(workspace.leader)
    assert (await second.hear("need")).digests == ["a.py"]
    return workspace, second


async def test_who_leads_next_is_asked_what_a_silent_leader_owes(tmp_path):
    async with client_of(tmp_path) as (silent, service):
        _, second = await succeeded(silent, service)
        second.say(contents=pb.ContentBatch(files=[file_of(OLD)]))
        second.say(manifest=pb.ManifestPage(files=[file_of(OLD)], last=True))
        await until_complete(second)
        await second.close()


async def test_who_leads_next_is_asked_for_contents_too(tmp_path):
    """Also for one whose digest was asked for once more, and came, while the content was still on its way."""
    async with client_of(tmp_path) as (leader, service):
        workspace = await indexed(leader, service)
        second = await sight(service, NEW)
        assert (await leader.hear("need")).digests == ["a.py"]
        second.say(sighting=pb.Sighting(sequence=2, files=[file_of(NEW + b"\n")]))
        assert (await leader.hear("need")).digests == ["a.py"]
        leader.say(contents=pb.ContentBatch(files=[file_of(NEW)]))
        assert (await leader.hear("need")).contents == ["a.py"]
        leader.say(contents=pb.ContentBatch(files=[file_of(NEW)]))
        leader.say(delta=pb.Delta(sequence=1))
        await leader.hear("ack")
        workspace.pass_lead(workspace.leader)
        assert (await second.hear("need")).digests == ["a.py"]
        second.say(contents=pb.ContentBatch(files=[file_of(NEW)]))
        second.say(manifest=pb.ManifestPage(files=[file_of(NEW)], last=True))
        assert (await second.hear("need")).contents == ["a.py"]
        second.say(contents=pb.ContentBatch(files=[file_of(NEW, content=True)]))
        await until_complete(second)
        await second.close()


async def test_what_a_silent_leader_says_later_does_not_outdo_who_leads_since(tmp_path):
    async with client_of(tmp_path) as (silent, service):
        workspace, leader = await succeeded(silent, service)
        leader.say(manifest=pb.ManifestPage(files=[file_of(OLD)], last=True))  # it was seen before, too
        silent.say(contents=pb.ContentBatch(files=[file_of(OLD)]))
        silent.say(delta=pb.Delta(sequence=1, files=[file_of(OLD, content=True)]))
        assert (await leader.hear("need")).digests == ["a.py"], "so the silent one has seen it since"
        assert workspace.contested == {"a.py"}
        leader.say(contents=pb.ContentBatch(files=[file_of(NEW)]))
        leader.say(contents=pb.ContentBatch(files=[file_of(NEW)]))
        while (await leader.hear("need")).contents != ["a.py"]:
            pass
        silent.say(contents=pb.ContentBatch(files=[file_of(OLD, content=True)]))
        silent.say(status=pb.SyncStatus())
        await silent.hear("progress")
        assert workspace.wanted_digest("a.py") == file_of(NEW).digest
        leader.say(contents=pb.ContentBatch(files=[file_of(NEW, content=True)]))
        await until_complete(leader)
        assert workspace.files["a.py"].digest == file_of(NEW).digest
        await leader.close()


async def test_a_change_is_taken_in_at_once(tmp_path):
    """Of a rename, no half is committed while it is looked up whether the other one is known."""
    async with client_of(tmp_path) as (leader, service):
        workspace = await indexed(leader, service)
        wanted, look_up = [], service.ingest._in_reader

        async def noting(*arguments):
            wanted.append(dict(workspace.wanted))
            return await look_up(*arguments)

        service.ingest._in_reader = noting
        renamed = file_of(OLD)
        renamed.path = "b.py"
        leader.say(delta=pb.Delta(sequence=1, deleted=["a.py"], files=[renamed]))
        await leader.hear("ack")
        assert wanted == [{}]
        assert list(workspace.files) == ["b.py"]


async def test_what_came_by_itself_is_not_what_was_asked_for(tmp_path):
    async with client_of(tmp_path) as (leader, service):
        workspace = await indexed(leader, service)
        leader.say(delta=pb.Delta(sequence=1, files=[file_of(NEW, content=True)]))
        leader.say(delta=pb.Delta(sequence=2, files=[file_of(TEXT)]))
        assert (await leader.hear("need")).contents == ["a.py"]
        await asyncio.to_thread(wait_for, lambda: service.ingest.figures.extracted == 2)
        leader.say(delta=pb.Delta(sequence=3))
        leader.say(status=pb.SyncStatus())
        await leader.hear("progress")
        assert workspace.leader._window.owed() == ["a.py"]
        leader.say(contents=pb.ContentBatch(files=parts()))
        await until_complete(leader)
        assert workspace.leader._window.owed() == []


async def test_a_content_that_went_wrong_before_the_answer_is_asked_for_after_it(tmp_path):
    async with client_of(tmp_path) as (leader, service):
        await indexed(leader, service)
        onlooker = await sight(service, TEXT)
        assert (await leader.hear("need")).digests == ["a.py"]
        leader.say(delta=pb.Delta(sequence=1, files=[file_of(TEXT)]))
        assert (await leader.hear("need")).contents == ["a.py"]
        leader.say(contents=pb.ContentBatch(files=parts()[1:]))  # the first one is lost
        assert (await leader.hear("error")).code == "bad_content"
        leader.say(contents=pb.ContentBatch(files=[file_of(TEXT)]))
        assert (await leader.hear("need")).contents == ["a.py"]
        leader.say(contents=pb.ContentBatch(files=parts()))
        await until_complete(leader)
        await onlooker.close()
