"""What a person sees of a server that does not let the person in, and that a certificate can be renewed at work."""

from __future__ import annotations

import json

import pytest

from bridge.daemon.client import DaemonClient
from bridge.daemon.server_link import ServerLink
from bridge.errors import CertificateExpired
from grpc_backend.access.tokens import TokenFile
from protos import code_index_pb2 as pb
from tests.conftest import codeindex
from tests.e2e.authority import PAST, Authority
from tests.e2e.serving import serving


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.fixture
def server(home, authority):
    with serving(home, *authority.serving()) as running:
        yield running


@pytest.fixture
def person(tmp_path):
    """A person's home on a machine of their own."""
    folder = tmp_path / "person"
    folder.mkdir(mode=0o700)
    return folder


def configure(person, server, authority, token, pair=()):
    """What the person has in servers.toml."""
    names = dict(zip(("tls_certificate", "tls_key"), pair, strict=False))
    said = {"token": token, "tls_authorities": authority.file, **names}
    lines = [f'["localhost:{server.port}"]', *(f'{name} = "{value}"' for name, value in said.items())]
    file = person / "servers.toml"
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    return f"localhost:{server.port}"


def made(server, **what):
    return TokenFile(server.home / "tokens.json").create("t", what.get("scopes", ["read", "push"]), ["*"], None)


def test_who_has_all_that_is_needed_searches(server, person, authority, project):
    address = configure(person, server, authority, made(server), authority.issue("ann"))
    ran = codeindex(person, "--server", address, "search", "HttpResponse", cwd=project)
    assert ran.returncode == 0, ran.stderr
    assert "app/http/response.py" in ran.stdout
    ran = codeindex(person, "--server", address, "status", cwd=project)
    assert ran.returncode == 0, ran.stderr
    assert "3 of 3 files" in ran.stdout


TOLD = {
    "none": "wants a certificate",
    "foreign": "not issued by an authority that the server trusts",
    "expired": "certificate has expired",
    "no token": "token create",
    "no scope": "needs the scope 'read'",
}


@pytest.mark.parametrize("case", TOLD)
@pytest.mark.parametrize("verb", [("search", "HttpResponse"), ("status",)])
def test_who_lacks_something_is_told_what(server, person, authority, project, case, verb):
    pairs = {
        "none": (),
        "foreign": Authority(person.parent / "theirs").issue("ann"),
        "expired": authority.issue("ann", **PAST),
    }
    scopes = ["push"] if case == "no scope" else ["read", "push"]
    token = "" if case == "no token" else made(server, scopes=scopes)
    address = configure(person, server, authority, token, pairs.get(case, authority.issue("bob")))
    ran = codeindex(person, "--server", address, *verb, cwd=project)
    assert ran.returncode == 3
    assert TOLD[case] in ran.stderr


def test_a_file_with_a_token_that_others_can_read_is_not_used(server, person, authority, project):
    address = configure(person, server, authority, made(server), authority.issue("ann"))
    (person / "servers.toml").chmod(0o644)
    ran = codeindex(person, "--server", address, "status", cwd=project)
    assert ran.returncode == 2
    assert "chmod 600" in ran.stderr


def test_the_status_of_several_tells_of_each_and_who_one_is(server, person, project, authority):
    token = made(server, scopes=["read"])
    address = configure(person, server, authority, token, authority.issue("ann"))
    several = f"{address},localhost:1"
    text = (person / "servers.toml").read_text()
    (person / "servers.toml").write_text(text.replace(f'["{address}"]', f'["{several}"]'))
    ran = codeindex(person, "--server", several, "status", "--json", cwd=project)
    told = json.loads(ran.stdout)
    assert [(one["address"], one["running"]) for one in told["daemons"]] == [(address, True), ("localhost:1", False)]
    assert told["daemons"][1]["code"] == "daemon_unreachable"
    assert told["daemons"][0]["load"]["pending_files"] == 0
    assert (told["caller"]["scopes"], told["caller"]["repositories"]) == (["read"], ["*"])
    shown = codeindex(person, "--server", several, "status", cwd=project).stdout
    assert f"you: t ({token.split('_')[1]}): read on *" in shown
    assert "localhost:1: localhost:1 cannot be reached" in shown


async def test_a_certificate_that_was_renewed_is_taken_up_without_a_restart(server, person, authority):
    address = configure(person, server, authority, made(server), authority.issue("ann", **PAST))
    link = ServerLink(address, person)
    client = DaemonClient(link, "team/site")
    with pytest.raises(CertificateExpired):
        await client.status(pb.GetStatusRequest())
    authority.issue("ann")
    assert (await client.status(pb.GetStatusRequest())).pid
    first = await link.channel()
    await link.lost(first)
    assert await link.channel() is first  # nothing is new
    authority.issue("ann")
    await link.lost(first)
    assert await link.channel() is not first
    assert (await client.status(pb.GetStatusRequest())).pid
    await link.close()
