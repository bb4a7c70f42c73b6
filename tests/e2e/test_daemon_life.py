"""One daemon a home: started when needed, found by all, gone when idle, replaced when killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from bridge.daemon.endpoint import find, find_or_start
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceStub
from tests.conftest import codeindex, is_running, wait_for
from tests.e2e.mcp_client import OPENING


def daemons_of(home: Path) -> list[int]:
    """Pids of the daemons of a home, by their command lines."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"grpc_backend" in words and os.fsencode(home) in words and is_running(int(process.name)):
            found.append(int(process.name))
    return found


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in children.read_text().split()] if children.exists() else []


def test_ten_at_once_start_one_daemon(home, project):
    with ThreadPoolExecutor(10) as pool:
        ran = list(pool.map(lambda _: codeindex(home, "search", "HttpResponse", cwd=project), range(10)))
    assert [one.returncode for one in ran] == [0] * 10, [one.stderr for one in ran]
    assert len(daemons_of(home)) == 1


def test_a_killed_daemon_is_replaced_and_nothing_is_lost(home, project):
    assert codeindex(home, "search", "HttpResponse", cwd=project).returncode == 0
    (pid,) = daemons_of(home)
    workers = workers_of(pid)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_running(pid))
    ran = codeindex(home, "search", "set_cookie", "--json", cwd=project)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["freshness"]["indexed_files"] == 3
    assert daemons_of(home) != [pid]
    wait_for(lambda: not any(map(is_running, workers)))


def test_an_idle_daemon_goes_and_leaves_nothing(home, project):
    assert codeindex(home, "search", "index", cwd=project, CODEINDEX_IDLE_SECONDS="0.3").returncode == 0
    endpoint = find(home)
    wait_for(lambda: not daemons_of(home))
    assert endpoint is None or not Path(endpoint.address.removeprefix("unix:")).exists()
    assert not (home / "daemon.json").exists()
    assert list((home / "run").iterdir()) == []


def test_a_killed_bridge_lets_the_daemon_go(home, project):
    bridge = subprocess.Popen(
        [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "CODEINDEX_IDLE_SECONDS": "0.5"},
    )
    try:
        bridge.stdin.write(OPENING)
        bridge.stdin.flush()
        endpoint = wait_for(lambda: find(home))
        stub = CodeIndexServiceStub(grpc.insecure_channel(endpoint.address))
        wait_for(lambda: stub.GetStatus(pb.GetStatusRequest()).streams == 1)
    finally:
        bridge.kill()
        bridge.wait()
    wait_for(lambda: not daemons_of(home))


def test_a_daemon_reads_what_it_holds_of_a_root_before_the_bridge_that_starts_it_has_a_session(home, project):
    bridge = subprocess.Popen(
        [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:  # no client says anything, so nobody has said hello to the daemon
        endpoint = wait_for(lambda: find(home))
        stub = CodeIndexServiceStub(grpc.insecure_channel(endpoint.address))
        status = wait_for(lambda: (said := stub.GetStatus(pb.GetStatusRequest())).workspaces and said)
        assert list(status.workspaces) == [str(project)]
        assert status.streams == 0
    finally:
        bridge.kill()
        bridge.wait()


def test_a_daemon_whose_home_is_gone_goes_too(home):
    find_or_start(home)
    (pid,) = daemons_of(home)
    (home / "daemon.json").unlink()
    wait_for(lambda: not is_running(pid), 15)


def test_a_long_home_path_still_gets_a_socket(tmp_path, project):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    try:
        assert codeindex(deep, "search", "index", cwd=project).returncode == 0
        address = find(deep).address.removeprefix("unix:")
        assert len(address) < 104
        assert Path(address).parent.stat().st_mode & 0o777 == 0o700
    finally:
        codeindex(deep, "stop")


def test_a_home_that_others_can_enter_is_closed_to_them(home):
    home.chmod(0o755)
    find_or_start(home)
    assert home.stat().st_mode & 0o777 == 0o700


def test_health_and_reflection_answer(home):
    channel = grpc.insecure_channel(find_or_start(home).address)
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "codeindex.CodeIndexService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    (answer,) = reflection.ServerReflectionInfo(iter([request]), timeout=5)
    names = [service.name for service in answer.list_services_response.service]
    assert "codeindex.CodeIndexService" in names


def test_a_message_of_nearly_50_mib_passes(home):
    stub = CodeIndexServiceStub(
        grpc.insecure_channel(find_or_start(home).address, [("grpc.max_send_message_length", 50 * 1024 * 1024)])
    )
    answer = stub.IndexFile(pb.IndexFileRequest(file_path="big.unknown", content="x" * (49 * 1024 * 1024)), timeout=30)
    assert not answer.success
    assert "language" in answer.error


def test_work_under_way_is_finished_when_the_daemon_is_told_to_stop(home):
    endpoint = find_or_start(home)
    stub = CodeIndexServiceStub(grpc.insecure_channel(endpoint.address))
    content = "".join(f"def f{number}(): pass\n" for number in range(20_000))
    call = stub.IndexFile.future(pb.IndexFileRequest(file_path="a.py", content=content), timeout=20)
    stub.Shutdown(pb.ShutdownRequest(grace_ms=15_000), timeout=5)
    assert call.result().symbols_count == 20_000
    wait_for(lambda: not daemons_of(home))


@pytest.fixture
def tcp_daemon(home):
    """A daemon on a free loopback port; yields its address."""
    daemon = subprocess.Popen(
        [sys.executable, "-m", "bridge", "--home", str(home), "daemon", "--listen", "127.0.0.1:0"],
        env={**os.environ, "CODEINDEX_TOKEN": "open sesame"},
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in daemon.stderr:
        if "codeindex daemon listens on" in line:
            yield line.split()[-1]
            break
    daemon.terminate()
    daemon.communicate(timeout=10)
    assert daemon.returncode == 0


def test_a_tcp_listener_wants_its_token(tcp_daemon):
    stub = CodeIndexServiceStub(grpc.insecure_channel(tcp_daemon))
    for metadata in ((), (("authorization", "Bearer wrong"),)):
        with pytest.raises(grpc.RpcError) as refused:
            stub.GetStatus(pb.GetStatusRequest(), metadata=metadata, timeout=5)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        with pytest.raises(grpc.RpcError) as refused:
            list(stub.SearchSymbols(pb.SearchRequest(query="x"), metadata=metadata, timeout=5))
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    told = stub.GetStatus(pb.GetStatusRequest(), metadata=(("authorization", "Bearer open sesame"),), timeout=5)
    assert told.daemon_version
