"""A team's server and the machines that push to it and pull from it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess

import grpc
import pytest

from bridge.daemon.credentials import Credentials, open_channel
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.bases import FORM
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceStub
from tests.conftest import codeindex, stop_daemon, wait_for
from tests.team.daemons import TOKEN, Daemon

COMMIT = "github.com/team/project@main"
METADATA = (("codeindex-workspace", COMMIT),)


@pytest.fixture
def cloned(project):
    """A clone of the team's repository."""
    subprocess.run(["git", "-C", project, "remote", "add", "origin", "git@github.com:team/project.git"], check=True)
    return project


@pytest.fixture
def other_home(tmp_path):
    path = tmp_path / "other"
    yield path
    stop_daemon(path)


def run(home, server: Daemon, *arguments: str) -> dict:
    """A verb's document."""
    done = codeindex(home, *arguments, "--json", CODEINDEX_TOKEN=TOKEN, CODEINDEX_UPSTREAM=server.address)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def push(home, server: Daemon, root, *more: str) -> dict:
    return run(home, server, "push", "--workspace", str(root), *more)["pushed"][0]


async def remote_state(stub) -> dict[str, bytes]:
    pages = stub.GetRemoteState(pb.GetRemoteStateRequest(), metadata=METADATA)
    return {file.path: file.digest async for page in pages for file in page.files}


def reached(server: Daemon):
    return open_channel(server.address, Credentials(TOKEN), ())


async def test_a_push_brings_the_server_to_what_is_here_and_sends_only_what_differs(server, home, cloned):
    first = push(home, server, cloned)
    sources = [path for path in cloned.rglob("*") if path.suffix in (".py", ".go") and "build" not in path.parts]
    assert (first["changed"], first["contents"], first["removed"]) == (3, 3, 0)
    async with reached(server) as channel:
        stub = CodeIndexServiceStub(channel)
        state = await remote_state(stub)
        assert state == {str(path.relative_to(cloned)): hashlib.sha256(path.read_bytes()).digest() for path in sources}
        again = push(home, server, cloned)
        assert (again["changed"], again["contents"], again["generation"]) == (0, 0, first["generation"])
        (cloned / "app/views.py").write_text("def changed_view():\n    pass\n")
        (cloned / "app/util.go").unlink()
        (cloned / "app/copied.py").write_bytes((cloned / "app/http/response.py").read_bytes())
        third = push(home, server, cloned)
        assert (third["changed"], third["contents"], third["removed"]) == (2, 1, 1)
        found = [
            hit.symbol.path
            async for result in stub.SearchSymbols(
                pb.SearchRequest(query='"changed_view"', paged=True), metadata=METADATA
            )
            for hit in result.page.hits
        ]
        assert found == ["app/views.py"]
        assert (await remote_state(stub)).keys() == {"app/views.py", "app/copied.py", "app/http/response.py"}


async def test_with_an_upstream_a_second_machine_parses_nothing(server, home, other_home, cloned):
    push(home, server, cloned)
    pulled = run(other_home, server, "pull", "--workspace", str(cloned))
    assert (pulled["fetched"], pulled["parsed"]) == (3, 0)
    assert pulled["freshness"]["complete"]
    here = run(home, server, "search", "set_cookie", "--workspace", str(cloned))
    there = run(other_home, server, "search", "set_cookie", "--workspace", str(cloned))
    assert [one["symbol"] for one in here["symbols"]] == [one["symbol"] for one in there["symbols"]]
    (cloned / "app/new.py").write_text("def nobody_has_seen_this():\n    pass\n")
    assert run(other_home, server, "pull", "--workspace", str(cloned))["parsed"] == 1


def test_a_machine_without_an_index_begins_with_the_teams_base(server, home, other_home, cloned):
    push(home, server, cloned)
    wait_for(lambda: list((server.home / "bases").glob("*.base")))
    (cloned / "app/new.py").write_text("def nobody_has_seen_this():\n    pass\n")
    pulled = run(other_home, server, "pull", "--workspace", str(cloned))
    assert (pulled["fetched"], pulled["parsed"], pulled["freshness"]["complete"]) == (3, 1, True)
    assert "a base of 3 contents was taken over" in (other_home / "daemon.log").read_text()
    for name in ("set_cookie", "nobody_has_seen_this"):
        here = run(home, server, "search", name, "--workspace", str(cloned))
        there = run(other_home, server, "search", name, "--workspace", str(cloned))
        assert here["symbols"]
        assert [one["symbol"] for one in here["symbols"]] == [one["symbol"] for one in there["symbols"]]
    (cloned / "app/later.py").write_text("def and_this():\n    pass\n")
    assert run(other_home, server, "pull", "--workspace", str(cloned))["parsed"] == 1
    assert (other_home / "daemon.log").read_text().count("taken over") == 1
    assert not list((other_home / "bases").iterdir())


async def test_a_base_is_for_who_may_read_the_repository_and_can_use_it(server, home, cloned):
    push(home, server, cloned)
    wait_for(lambda: list((server.home / "bases").glob("*.base")))

    async def parts(stub, form: int, extractor: int) -> int:
        request = pb.FetchBaseRequest(form=form, extractor=extractor)
        return len([part async for part in stub.FetchBase(request, metadata=METADATA)])

    async with reached(server) as channel:
        stub = CodeIndexServiceStub(channel)
        assert await parts(stub, FORM, EXTRACTOR_VERSION) == 1
        assert await parts(stub, FORM + 1, EXTRACTOR_VERSION) == 0
        assert await parts(stub, FORM, EXTRACTOR_VERSION + 1) == 0
    made = codeindex(server.home, "token", "create", "reader", "--scope", "read", "--repository", "github.com/other/*")
    token = made.stdout.split()[-1]
    async with open_channel(server.address, Credentials(token), [("grpc.use_local_subchannel_pool", 1)]) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await parts(CodeIndexServiceStub(channel), FORM, EXTRACTOR_VERSION)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_without_its_upstream_a_machine_goes_on_alone(server, home, cloned):
    server.kill()
    pulled = codeindex(home, "pull", "--workspace", str(cloned), CODEINDEX_UPSTREAM=server.address)
    assert pulled.returncode == 3
    assert f"{server.address} is away" in pulled.stderr
    found = run(home, server, "search", "HttpResponse", "--workspace", str(cloned))
    assert found["freshness"]["complete"]
    assert found["symbols"]
    (cloned / "app/new.py").write_text("def parsed_here():\n    pass\n")
    alone = run(home, server, "search", "parsed_here", "--workspace", str(cloned))
    assert server.address in alone["freshness"]["upstream_away"]
    assert [one["path"] for one in alone["symbols"]] == ["app/new.py"]
    server.start()
    again = run(home, server, "search", "parsed_here", "--workspace", str(cloned))
    assert "upstream_away" not in again["freshness"]


async def test_a_snapshot_is_committed_whole_or_not_at_all(server, home, cloned):
    push(home, server, cloned)
    never_sent = pb.FileState(path="x.py", digest=hashlib.sha256(b"never").digest(), size=5)
    async with reached(server) as channel:
        stub = CodeIndexServiceStub(channel)
        before = await remote_state(stub)
        tree = await stub.GetTree(pb.GetTreeRequest(folders=[""]), metadata=METADATA)
        root = tree.nodes[0].digest
        for request, status in (
            (pb.CommitSnapshotRequest(expected=tree.generation - 1, root=root), grpc.StatusCode.ABORTED),
            (pb.CommitSnapshotRequest(expected=tree.generation, files=[never_sent]), grpc.StatusCode.NOT_FOUND),
            (pb.CommitSnapshotRequest(expected=tree.generation, removed=["app"], root=root), grpc.StatusCode.DATA_LOSS),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await stub.CommitSnapshot(request, metadata=METADATA)
            assert refused.value.code() is status
        assert await remote_state(stub) == before
        same = pb.CommitSnapshotRequest(expected=tree.generation, root=root)
        assert (await stub.CommitSnapshot(same, metadata=METADATA)).generation == tree.generation + 1


async def test_contents_come_whole_or_are_refused(server):
    content = b"def sent_in_parts():\n    pass\n"
    digest = hashlib.sha256(content).digest()

    def part(offset: int, end: int, said: bytes = digest) -> pb.FileChunk:
        return pb.FileChunk(path="a.py", digest=said, size=len(content), offset=offset, data=content[offset:end])

    async with reached(server) as channel:
        stub = CodeIndexServiceStub(channel)
        for chunks, code in (
            ([part(10, 20)], "bad_content"),
            ([part(0, 10), part(15, len(content))], "bad_content"),
            ([part(0, len(content), hashlib.sha256(b"other").digest())], "bad_content"),
        ):
            reply = await stub.UploadFile(iter(chunks), metadata=METADATA)
            assert ([one.code for one in reply.errors], reply.taken) == ([code], 0)
        asked = pb.FindMissingRequest(files=[pb.FileState(path="a.py", digest=digest)])
        assert list((await stub.FindMissing(asked, metadata=METADATA)).missing) == [0]
        reply = await stub.UploadFile(iter([part(0, 10), part(10, len(content))]), metadata=METADATA)
        assert (list(reply.errors), reply.taken) == ([], 1)
        assert list((await stub.FindMissing(asked, metadata=METADATA)).missing) == []


async def test_an_upload_that_broke_goes_on_in_the_midst_of_a_file(server, home, cloned):
    content = b"def sent_in_parts():\n    pass\n" + b"# more\n" * 100_000
    (cloned / "app/large.py").write_bytes(content)
    digest, half = hashlib.sha256(content).digest(), len(content) // 2
    first_half = pb.FileChunk(path="app/large.py", digest=digest, size=len(content), data=content[:half])
    asked = pb.FindMissingRequest(files=[pb.FileState(path="app/large.py", digest=digest)])
    async with reached(server) as channel:
        stub = CodeIndexServiceStub(channel)
        for patience_s in (0.01, 0.1, 1.0, 5.0):  # what has come when a stream is broken off is up to gRPC
            uploading = stub.UploadFile(metadata=METADATA)
            await uploading.write(first_half)
            await asyncio.sleep(patience_s)
            uploading.cancel()
            await asyncio.sleep(patience_s)
            if (found := await stub.FindMissing(asked, metadata=METADATA)).offsets:
                break
        assert list(found.offsets) == [half]
        elsewhere = await stub.FindMissing(asked, metadata=(("codeindex-workspace", "github.com/team/other@main"),))
        assert list(elsewhere.offsets) == []
        pushed = push(home, server, cloned)
        assert pushed["contents"] == 4
        assert pushed["bytes_sent"] < len(content) - half + 10_000
        assert list((await stub.FindMissing(asked, metadata=METADATA)).missing) == []
    found = run(home, server, "search", "repo:github.com/team/* sent_in_parts")
    assert [one["path"] for one in found["symbols"]] == ["app/large.py"]


async def test_a_content_is_not_known_to_who_may_not_read_where_it_is(server, home, cloned):
    push(home, server, cloned)
    secret = (cloned / "app/views.py").read_bytes()
    asked = pb.FileState(path="app/views.py", digest=hashlib.sha256(secret).digest())
    for repositories, missing in (("github.com/other/*", [0]), ("github.com/team/*", [])):
        made = codeindex(server.home, "token", "create", "reader", "--scope", "read", "--repository", repositories)
        token = made.stdout.split()[-1]
        name = repositories.replace("*", "project@main")
        async with open_channel(server.address, Credentials(token), [("grpc.use_local_subchannel_pool", 1)]) as channel:
            stub = CodeIndexServiceStub(channel)
            metadata = (("codeindex-workspace", name),)
            found = await stub.FindMissing(pb.FindMissingRequest(files=[asked]), metadata=metadata)
            assert list(found.missing) == missing
        codeindex(server.home, "token", "revoke", "reader")


def test_the_command_line_asks_a_server_and_starts_no_daemon(server, home, cloned):
    def ask(*arguments: str):
        return codeindex(home, "--server", server.address, *arguments, "--json", CODEINDEX_TOKEN=TOKEN)

    found = json.loads(ask("search", "set_cookie", "--workspace", str(cloned)).stdout)
    assert found["freshness"]["complete"]
    assert [one["path"] for one in found["symbols"]] == ["app/http/response.py"]
    (cloned / "app/late.py").write_text("def set_cookie():\n    pass\n")
    again = json.loads(ask("search", "set_cookie", "--workspace", str(cloned)).stdout)
    assert {one["path"] for one in again["symbols"]} == {"app/http/response.py", "app/late.py"}
    status = json.loads(ask("status", "--workspace", str(cloned)).stdout)
    (name,) = status["workspaces"]
    assert name.startswith("github.com/team/project@")
    assert not (home / "daemon.json").exists()


def test_a_server_that_cannot_be_one_is_refused(home, project):
    done = codeindex(home, "--server", "nonsense", "search", "x", "--workspace", str(project))
    assert done.returncode == 2
    assert "HOST:PORT" in done.stderr
