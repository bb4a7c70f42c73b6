"""Who may call a server: certificates, tokens, scopes, repositories; each refusal has a code of its own."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import ssl
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from bridge.daemon.client import translated
from bridge.daemon.credentials import Credentials
from bridge.daemon.handshake import why_refused
from grpc_backend.access.tokens import TokenFile
from grpc_backend.rpc.guard import SCOPE_OF
from protos import code_index_pb2 as pb
from tests.conftest import codeindex
from tests.e2e.authority import PAST, Authority
from tests.e2e.serving import OWNER_TOKEN, Server, serving

WITHIN_S = 20
HELLO = pb.SyncRequest(hello=pb.Hello(client_id="t", protocol_min=1, protocol_max=1))


async def of(*messages):
    for message in messages:
        yield message


async def drained(stream):
    return [answer async for answer in stream]


async def read_out(stream):
    """Read to the end; what ended it is raised if it was no good end."""
    while await stream.read() is not grpc.aio.EOF:
        pass


# One method of each of the four kinds of call, as a function of a stub and metadata.
KINDS = {
    "unary": lambda stub, told: stub.Outline(pb.OutlineRequest(), metadata=told, timeout=WITHIN_S),
    "many answers": lambda stub, told: drained(
        stub.SearchSymbols(pb.SearchRequest(query="x"), metadata=told, timeout=WITHIN_S)
    ),
    "many requests": lambda stub, told: stub.BulkIndex(
        of(pb.IndexFileRequest(file_path="a.py", content="x = 1\n")), metadata=told, timeout=WITHIN_S
    ),
    "both": lambda stub, told: drained(stub.SyncIndex(of(HELLO), metadata=told, timeout=WITHIN_S)),
}
SCOPES = {"unary": "read", "many answers": "read", "many requests": "push", "both": "push"}
every_kind = pytest.mark.parametrize("kind", KINDS)


async def refusal(server: Server, shown: Credentials, kind: str = "unary", repository: str = "team/site"):
    """The status and our code of a call that is refused."""
    async with server.reached(shown) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await KINDS[kind](stub, (("codeindex-workspace", repository),))
    return refused.value.code(), translated(refused.value).code, refused.value.details()


@pytest.fixture
def server(home):
    with serving(home) as running:
        yield running


@pytest.fixture
def tokens(home):
    return TokenFile(home / "tokens.json")


@every_kind
async def test_no_token_and_an_unknown_one_are_refused(server, kind):
    for shown in (Credentials(), Credentials("wrong"), Credentials("cix_00000000_wrong")):
        status, code, text = await refusal(server, shown, kind)
        assert (status, code) == (grpc.StatusCode.UNAUTHENTICATED, "unauthenticated")
        assert "token" in text


async def test_a_stream_that_says_nothing_is_refused_all_the_same(server):
    async with server.reached(Credentials("wrong")) as stub:
        stream = stub.SyncIndex(timeout=WITHIN_S)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stream.read()
    assert translated(refused.value).code == "unauthenticated"


@every_kind
async def test_an_expired_token_is_refused(server, tokens, kind):
    token = tokens.create("old", ["read", "push"], ["*"], datetime.now(UTC) - timedelta(days=1))
    assert (await refusal(server, Credentials(token), kind))[:2] == (grpc.StatusCode.UNAUTHENTICATED, "token_expired")


@every_kind
async def test_a_token_without_the_scope_is_refused(server, tokens, kind):
    token = tokens.create("t", [scope for scope in ("read", "push", "admin") if scope != SCOPES[kind]], ["*"], None)
    status, code, text = await refusal(server, Credentials(token), kind)
    assert (status, code) == (grpc.StatusCode.PERMISSION_DENIED, "scope_denied")
    assert repr(SCOPES[kind]) in text


@every_kind
async def test_a_repository_outside_the_list_is_refused(server, tokens, kind):
    shown = Credentials(tokens.create("t", ["read", "push"], ["team/*"], None))
    for repository in ("other/site", ""):
        status, code, _ = await refusal(server, shown, kind, repository)
        assert (status, code) == (grpc.StatusCode.PERMISSION_DENIED, "repository_denied")


@every_kind
async def test_what_a_token_is_for_is_done(server, tokens, kind):
    token = tokens.create("t", [SCOPES[kind]], ["team/*"], None)
    async with server.reached(Credentials(token)) as stub:
        await KINDS[kind](stub, (("codeindex-workspace", "team/site"),))


async def test_a_hello_cannot_name_what_the_metadata_may_not(server, tokens):
    token = tokens.create("t", ["push"], ["team/*"], None)
    hello = pb.SyncRequest(hello=pb.Hello(client_id="t", workspace="other/site", protocol_min=1, protocol_max=1))
    async with server.reached(Credentials(token)) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await drained(stub.SyncIndex(of(hello), metadata=(("codeindex-workspace", "team/site"),), timeout=WITHIN_S))
    assert translated(refused.value).code == "repository_denied"


async def test_only_an_admin_may_end_the_server(server, tokens):
    token = tokens.create("t", ["read", "push"], ["*"], None)
    async with server.reached(Credentials(token)) as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Shutdown(pb.ShutdownRequest(), timeout=WITHIN_S)
        assert translated(refused.value).code == "scope_denied"
        assert (await stub.GetStatus(pb.GetStatusRequest(), timeout=WITHIN_S)).pid


async def test_a_token_sees_only_its_repositories_in_the_status(server, tokens):
    async with server.reached() as stub:
        for name in ("team/site", "other/site"):
            await KINDS["unary"](stub, (("codeindex-workspace", name),))
    async with server.reached(Credentials(tokens.create("t", ["read"], ["team/*"], None))) as stub:
        assert (await stub.GetStatus(pb.GetStatusRequest(), timeout=WITHIN_S)).workspaces == ["team/site"]


async def test_a_token_that_is_revoked_ends_the_streams_that_it_opened(server, tokens):
    token = tokens.create("t", ["push"], ["*"], None)
    async with server.reached(Credentials(token)) as stub:
        stream = stub.SyncIndex(timeout=WITHIN_S)
        await stream.write(HELLO)
        assert (await stream.read()).HasField("welcome")
        assert codeindex(server.home, "token", "revoke", token.split("_")[1]).returncode == 0
        await stream.write(pb.SyncRequest(heartbeat=pb.HeartBeat(client_id="t")))
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await read_out(stream)
    assert translated(ended.value).code == "unauthenticated"


async def test_the_command_makes_lists_and_revokes_tokens(server):
    made = codeindex(server.home, "token", "create", "ci", "--scope", "push", "--repository", "team/*", "--json")
    token = json.loads(made.stdout)["token"]
    listed = json.loads(codeindex(server.home, "token", "list", "--json").stdout)["tokens"]
    assert [(one["name"], one["scopes"], one["repositories"]) for one in listed] == [("ci", ["push"], ["team/*"])]
    async with server.reached(Credentials(token)) as stub:
        await KINDS["both"](stub, (("codeindex-workspace", "team/site"),))
    assert codeindex(server.home, "token", "revoke", listed[0]["id"]).returncode == 0
    assert (await refusal(server, Credentials(token), "both"))[1] == "unauthenticated"
    assert codeindex(server.home, "token", "revoke", listed[0]["id"]).returncode == 2


def test_the_machine_itself_needs_no_token(server):
    told = codeindex(server.home, "status", "--json")
    assert json.loads(told.stdout)["running"], told.stderr


def test_every_method_has_a_scope():
    assert SCOPE_OF.keys() == {method.name for method in pb.DESCRIPTOR.services_by_name["CodeIndexService"].methods}


# -- certificates


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.fixture
def mutual(home, authority):
    with serving(home, *authority.serving()) as running:
        yield running


async def test_each_certificate_that_will_not_do_is_refused_with_its_own_code(mutual, authority, tmp_path):
    foreign = Authority(tmp_path / "theirs")
    cases = {
        "certificate_required": authority.shown(OWNER_TOKEN),
        "certificate_untrusted": authority.shown(OWNER_TOKEN, *foreign.issue("dev@example")),
        "certificate_expired": authority.shown(OWNER_TOKEN, *authority.issue("old@example", **PAST)),
        "server_untrusted": foreign.shown(OWNER_TOKEN, *authority.issue("dev@example")),
    }
    for code, shown in cases.items():
        assert (await refusal(mutual, shown))[0] is grpc.StatusCode.UNAVAILABLE
        assert (await asyncio.to_thread(why_refused, f"localhost:{mutual.port}", shown)).code == code


async def test_a_certificate_without_a_token_is_not_enough(mutual, authority):
    shown = authority.shown("", *authority.issue("dev@example"))
    assert (await refusal(mutual, shown))[1] == "unauthenticated"
    assert await asyncio.to_thread(why_refused, f"localhost:{mutual.port}", shown) is None


async def test_certificate_and_token_together_are_let_in(mutual, authority):
    async with mutual.reached(authority.shown(OWNER_TOKEN, *authority.issue("dev@example"))) as stub:
        assert (await stub.GetStatus(pb.GetStatusRequest(), timeout=WITHIN_S)).pid


def shown_by(server: Server, authority: Authority, shown: Credentials) -> bytes:
    """The certificate that the server shows to a new caller."""
    import socket

    context = ssl.create_default_context(cafile=authority.file)
    context.load_cert_chain(shown.certificate, shown.key)
    with (
        socket.create_connection(("127.0.0.1", server.port), WITHIN_S) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as shaken,
    ):
        return shaken.getpeercert(binary_form=True)


async def test_certificates_are_renewed_under_open_streams_without_an_error(mutual, authority):
    shown = authority.shown(OWNER_TOKEN, *authority.issue("dev@example"))
    seen = set()
    async with contextlib.AsyncExitStack() as stack:
        streams = [await opened(stack, mutual, shown) for _ in range(10)]
        for round_ in range(1, 6):
            authority.issue("server", "localhost", "127.0.0.1")
            seen.add(await asyncio.to_thread(shown_by, mutual, authority, shown))
            for number, stream in enumerate(streams):
                delta = pb.Delta(sequence=round_, files=[file_of(f"{number}.py", round_)])
                await stream.write(pb.SyncRequest(delta=delta))
            for stream in streams:
                await acknowledged(stream, round_)
            await opened(stack, mutual, shown)
        for stream in streams:
            await stream.done_writing()
            await read_out(stream)
            assert await stream.code() is grpc.StatusCode.OK
    assert len(seen) == 5


def file_of(path: str, round_: int) -> pb.FileState:
    content = f"def f{round_}(): pass\n".encode()
    return pb.FileState(path=path, size=len(content), digest=hashlib.sha256(content).digest(), content=content)


async def opened(stack, server, shown):
    """A stream of a channel of its own whose manifest is told."""
    stub = await stack.enter_async_context(server.reached(shown))
    name = f"team/{uuid.uuid4()}"  # of its own: of two on one only one leads
    stream = stub.SyncIndex(metadata=(("codeindex-workspace", name),), timeout=60)
    await stream.write(HELLO)
    await stream.write(pb.SyncRequest(manifest=pb.ManifestPage(last=True)))
    while not (answer := await stream.read()).HasField("welcome"):
        assert answer is not grpc.aio.EOF
    return stream


async def acknowledged(stream, sequence: int) -> None:
    while not ((answer := await stream.read()).HasField("ack") and answer.ack.sequence >= sequence):
        assert answer is not grpc.aio.EOF


async def test_an_authority_that_is_taken_away_lets_no_new_caller_in(mutual, authority, tmp_path):
    shown = authority.shown(OWNER_TOKEN, *authority.issue("dev@example"))
    async with mutual.reached(shown) as before:
        assert await before.GetStatus(pb.GetStatusRequest(), timeout=WITHIN_S)
        trusted = authority.file.read_bytes()
        ours = authority.shown(*shown[:1], *shown[2:])._replace(authorities=tmp_path / "kept.pem")
        ours.authorities.write_bytes(trusted)
        authority.file.write_bytes(Authority(tmp_path / "theirs").file.read_bytes())
        assert (await refusal(mutual, ours))[0] is grpc.StatusCode.UNAVAILABLE
        assert (await asyncio.to_thread(why_refused, f"localhost:{mutual.port}", ours)).code == "certificate_untrusted"
        assert await before.GetStatus(pb.GetStatusRequest(), timeout=WITHIN_S)


async def test_files_that_do_not_fit_yet_change_nothing(mutual, authority):
    shown = authority.shown(OWNER_TOKEN, *authority.issue("dev@example"))
    first = await asyncio.to_thread(shown_by, mutual, authority, shown)
    _, key = authority.issue("other", "localhost")
    (key.parent / "server.key").write_bytes(key.read_bytes())
    assert await asyncio.to_thread(shown_by, mutual, authority, shown) == first
    assert "stay as they were" in mutual.log.read_text()
    authority.issue("server", "localhost", "127.0.0.1")
    assert await asyncio.to_thread(shown_by, mutual, authority, shown) != first


def test_files_that_are_no_certificate_are_refused_at_the_start(home, authority):
    _, key = authority.issue("other", "localhost")
    flags = ["--tls-certificate", str(authority.file), "--tls-key", str(key)]
    ran = codeindex(home, "daemon", "--listen", "127.0.0.1:0", *flags)
    assert ran.returncode == 2
    assert "no certificate and its key" in ran.stderr
