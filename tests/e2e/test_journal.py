"""The log of a server: one JSON object a line, each with the request that it is about."""

from __future__ import annotations

import json

import grpc
import pytest

from bridge.daemon.credentials import Credentials
from protos import code_index_pb2 as pb
from tests.conftest import codeindex, wait_for
from tests.e2e.serving import serving
from tests.e2e.test_access import KINDS, WITHIN_S, every_kind


@pytest.fixture
def server(home):
    with serving(home, "--log-format", "json") as running:
        yield running


def calls_of(server):
    """The lines that tell of calls, once there are any. Every line must be JSON."""
    return wait_for(
        lambda: [one for line in server.log.read_text().splitlines() if "method" in (one := json.loads(line))]
    )


@every_kind
async def test_a_call_of_any_kind_is_one_line_under_the_callers_id(server, kind):
    async with server.reached() as stub:
        await KINDS[kind](stub, (("codeindex-request", "bridge-1/42"), ("codeindex-workspace", "team/site")))
    (line,) = calls_of(server)
    assert (line["request"], line["code"], line["repository"]) == ("bridge-1/42", "OK", "team/site")
    assert line["caller"] == "owner"
    assert line["took_ms"] > 0


async def test_a_refused_call_is_told_without_its_token(server):
    async with server.reached(Credentials("cix_00000000_secret")) as stub:
        with pytest.raises(grpc.aio.AioRpcError):
            await KINDS["unary"](stub, ())
    (line,) = calls_of(server)
    assert (line["code"], line["caller"]) == ("UNAUTHENTICATED", "-")
    assert "secret" not in server.log.read_text()


@pytest.mark.parametrize("posing", ["", "a b", "x" * 65, '"}'])
async def test_an_id_that_could_pose_as_something_else_is_not_taken(server, posing):
    async with server.reached() as stub:
        await stub.GetStatus(pb.GetStatusRequest(), metadata=(("codeindex-request", posing),), timeout=WITHIN_S)
    (line,) = calls_of(server)
    assert len(line["request"]) == 16
    assert line["request"] != posing


async def test_what_goes_wrong_inside_is_logged_under_the_same_id(server):
    async with server.reached() as stub:
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.Outline(pb.OutlineRequest(limit=-1), metadata=(("codeindex-request", "r1"),), timeout=WITHIN_S)
    (line,) = calls_of(server)
    assert (line["request"], line["code"]) == ("r1", "INVALID_ARGUMENT")


def test_calls_of_this_machines_own_clients_are_not_told_of(server, project):
    assert codeindex(server.home, "status").returncode == 0
    assert not [line for line in server.log.read_text().splitlines() if "method" in json.loads(line)]
