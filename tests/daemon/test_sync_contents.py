"""Contents on a stream: in parts that may get lost, and never more at once than the window."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

import pytest

from grpc_backend.config import DaemonConfig
from grpc_backend.index.service import IndexService
from grpc_backend.rpc.sync_session import WINDOW_BYTES, SyncSession
from grpc_backend.storage.memory import MemoryEngine
from protos import code_index_pb2 as pb

TEXT = b"def wanted(): pass\n" + b"# as long as three parts\n" * 40
DIGEST = hashlib.sha256(TEXT).digest()
PART_BYTES = len(TEXT) // 3 + 1


class Client:
    """One end of a stream; what the other end says is read as it is asked for."""

    def __init__(self, service):
        self._requests = asyncio.Queue()
        self._answers = SyncSession(service, "w").converse(self._sent())

    async def _sent(self):
        while (request := await self._requests.get()) is not None:
            yield request

    def say(self, **request):
        self._requests.put_nowait(pb.SyncRequest(**request))

    async def hear(self, kind):
        """The next answer of a kind."""
        async for response in self._answers:
            if response.WhichOneof("response") == kind:
                return getattr(response, kind)
        raise AssertionError(f"the stream ended without {kind}")

    async def begin(self, *files):
        self.say(hello=pb.Hello(client_id="one", protocol_min=1, protocol_max=1))
        await self.hear("welcome")
        self.say(manifest=pb.ManifestPage(files=files, last=True))

    async def close(self):
        self._requests.put_nowait(None)
        async for _ in self._answers:
            pass


@contextlib.asynccontextmanager
async def client_of(tmp_path):
    service = IndexService(MemoryEngine(), DaemonConfig(tmp_path))
    service.start()
    client = Client(service)
    try:
        async with asyncio.timeout(30):
            yield client, service
            await client.close()
    finally:
        await service.close()


def parts():
    whole = {"path": "a.py", "size": len(TEXT), "mtime_ns": 5, "digest": DIGEST}
    return [
        pb.FileState(offset=start, content=TEXT[start : start + PART_BYTES], **whole)
        for start in range(0, len(TEXT), PART_BYTES)
    ]


@pytest.mark.parametrize("order", [[1, 2], [0, 2], [0, 2, 1], [0, 1, 1], [0, 1, 0, 2]])
async def test_a_part_that_is_lost_repeated_or_reordered_is_an_error_with_a_retry(tmp_path, order):
    described = pb.FileState(path="a.py", size=len(TEXT), mtime_ns=5, digest=DIGEST)
    async with client_of(tmp_path) as (client, service):
        await client.begin(described)
        assert (await client.hear("need")).contents == ["a.py"]
        sent = parts()
        for index in order:
            client.say(contents=pb.ContentBatch(files=[sent[index]]))
        error = await client.hear("error")
        assert (error.code, error.file_path) == ("bad_content", "a.py")
        assert (await client.hear("need")).digests == ["a.py"]
        workspace = await service.workspace("w")
        assert not workspace.files
        client.say(contents=pb.ContentBatch(files=[described]))
        while (await client.hear("need")).contents != ["a.py"]:
            pass
        client.say(contents=pb.ContentBatch(files=sent))
        while not (await client.hear("progress")).freshness.complete:
            pass
        assert workspace.files["a.py"].digest == DIGEST
        assert [one.symbol.name for one in service.engine.outline("w", "a.py")] == ["wanted"]


async def test_a_whole_content_that_is_not_its_digest_is_asked_for_again(tmp_path):
    described = pb.FileState(path="a.py", size=len(TEXT), mtime_ns=5, digest=DIGEST)
    async with client_of(tmp_path) as (client, service):
        await client.begin(described)
        await client.hear("need")
        wrong = pb.FileState()
        wrong.CopyFrom(described)
        wrong.content = TEXT.replace(b"wanted", b"forged")
        client.say(contents=pb.ContentBatch(files=[wrong]))
        assert (await client.hear("error")).code == "bad_content"
        assert (await client.hear("need")).digests == ["a.py"]
        assert not (await service.workspace("w")).files


async def test_a_slow_client_is_not_asked_for_more_than_the_window(tmp_path):
    """What is asked for and has not come takes no memory; what comes is bounded by what was asked for."""
    size = WINDOW_BYTES // 8
    files = [
        pb.FileState(path=f"{number}.py", size=size, mtime_ns=5, digest=bytes([number]) * 32) for number in range(100)
    ]
    async with client_of(tmp_path) as (client, _service):
        await client.begin(*files)
        asked = set((await client.hear("need")).contents)
        assert len(asked) * size <= WINDOW_BYTES
        come = sorted(asked)[: len(asked) // 2]
        client.say(contents=pb.ContentBatch(deleted=come))
        more = set((await client.hear("need")).contents)
        assert len(more) == len(come)
        assert not more & asked


async def test_folders_that_are_as_they_were_need_no_manifest(tmp_path):
    described = pb.FileState(path="a/a.py", size=len(TEXT), mtime_ns=5, inode=7, digest=DIGEST)
    folders = pb.FolderDigests(
        paths=["a", "b"],
        digests=[hashlib.blake2b(b"a.py\0%d\x005\x007\n" % len(TEXT), digest_size=16).digest(), b"other"],
    )
    async with client_of(tmp_path) as (client, service):
        await client.begin(described)
        await client.hear("need")
        described.content = TEXT
        client.say(contents=pb.ContentBatch(files=[described]))
        while not (await client.hear("progress")).freshness.complete:
            pass
        gone = pb.SkippedFile(path="a/huge_once.py", reason="too_large")
        client.say(delta=pb.Delta(sequence=1, skipped=[gone]))
        await client.hear("ack")
        await client.close()
        again = Client(service)
        again.say(hello=pb.Hello(client_id="two", protocol_min=1, protocol_max=1))
        assert (await again.hear("welcome")).files == 2
        again.say(folders=folders)
        assert (await again.hear("differing")).folders == ["b"]
        again.say(manifest=pb.ManifestPage(last=True, unsupported=3))
        while not (progress := await again.hear("progress")).freshness.complete:
            pass
        assert list((await service.workspace("w")).files) == ["a/a.py"]
        assert progress.freshness.indexed_files == 1
        assert (await service.workspace("w")).unsupported == 3
        await again.close()


async def test_progress_that_is_not_read_takes_no_memory(tmp_path):
    async with client_of(tmp_path) as (client, service):
        await client.begin()
        assert (await client.hear("progress")).freshness.complete
        for number in range(300):
            await service.ingest.push(await service.workspace("w"), f"{number}.py", b"def f(): pass\n")
        (session,) = service.sessions.values()
        assert session._outbox.qsize() <= 1
        assert (await client.hear("progress")).freshness.indexed_files == 300
