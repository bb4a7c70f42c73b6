"""A digest is no key: who may not read a repository learns nothing by naming what is in it, nor gets it that way."""

from __future__ import annotations

import grpc
import pytest

from bridge.daemon.client import translated
from bridge.daemon.credentials import Credentials
from grpc_backend.access.tokens import TokenFile
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.tree import Tree
from grpc_backend.model import FileState
from protos import code_index_pb2 as pb
from tests.e2e.serving import serving
from tests.e2e.test_access import WITHIN_S, acknowledged, drained, file_of
from tests.e2e.test_metrics import opened_as

OURS = (("codeindex-workspace", "team/site"),)
THEIRS = (("codeindex-workspace", "other/site"),)


@pytest.fixture
def server(home):
    with serving(home) as running:
        yield running


@pytest.fixture
async def stub(server, home):
    """What a token for team/* can reach, on a server where other/site holds one file."""
    whole = file_of("secret.py", 1)
    async with server.reached() as owner:
        pushed = pb.IndexFileRequest(file_path=whole.path, content=whole.content.decode())
        assert (await owner.IndexFile(pushed, metadata=THEIRS, timeout=WITHIN_S)).success
    token = TokenFile(home / "tokens.json").create("t", ["read", "push"], ["team/*"], None)
    async with server.reached(Credentials(token)) as reached:
        yield reached


def bare(path: str = "mine.py") -> pb.FileState:
    named = file_of(path, 1)
    named.ClearField("content")
    return named


async def test_a_stream_must_send_what_only_others_have(stub):
    stream = await opened_as(stub, "team/site")
    await stream.write(pb.SyncRequest(delta=pb.Delta(sequence=1, files=[bare()])))
    while not (answer := await stream.read()).need.contents:
        assert not answer.ack.sequence
    await stream.write(pb.SyncRequest(contents=pb.ContentBatch(files=[file_of("mine.py", 1)])))
    await acknowledged(stream, 1)
    again = await opened_as(stub, "team/fork")
    await again.write(pb.SyncRequest(delta=pb.Delta(sequence=1, files=[bare()])))
    await acknowledged(again, 1)  # it is in a repository of ours now
    for one in (stream, again):
        one.cancel()


async def test_what_only_others_have_is_missing_and_not_to_be_fetched(stub):
    missing = await stub.FindMissing(pb.FindMissingRequest(files=[bare()]), metadata=OURS, timeout=WITHIN_S)
    assert list(missing.missing) == [0]
    wanted = pb.FetchExtractionsRequest(extractor=EXTRACTOR_VERSION, files=[bare()])
    assert not await drained(stub.FetchExtractions(wanted, metadata=OURS, timeout=WITHIN_S))


async def test_a_snapshot_takes_only_what_was_sent_or_may_be_read(stub):
    await stub.GetTree(pb.GetTreeRequest(folders=[""]), metadata=OURS, timeout=WITHIN_S)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await committed(stub, OURS, 0)
    assert translated(refused.value).code == "not_found"
    whole = file_of("mine.py", 1)
    chunk = pb.FileChunk(path=whole.path, digest=whole.digest, size=whole.size, data=whole.content)

    async def chunks():
        yield chunk

    assert (await stub.UploadFile(chunks(), metadata=OURS, timeout=WITHIN_S)).taken == 1
    assert await committed(stub, OURS, 0) > 0
    assert await committed(stub, (("codeindex-workspace", "team/fork"),), 0) > 0


async def committed(stub, told, expected: int) -> int:
    whole = bare()
    root = Tree().changed([], [FileState(whole.path, whole.size, digest=whole.digest)])
    request = pb.CommitSnapshotRequest(expected=expected, files=[whole], root=root)
    return (await stub.CommitSnapshot(request, metadata=told, timeout=WITHIN_S)).generation
