"""Fixtures that every kind of test may use: a home of its own, a project of its own, real processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import grpc
import pytest
from hypothesis import HealthCheck, settings

from protos.code_index_pb2_grpc import CodeIndexServiceServicer, add_CodeIndexServiceServicer_to_server

# No test asserts a time: on a busy machine an example may take as long as it likes.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

FILES = {
    "app/http/response.py": '''"""Responses."""


class HttpResponseBase:
    """What all responses share."""

    def set_cookie(self, key, value=""):
        """Set a cookie."""
        self.cookies[key] = value


class HttpResponse(HttpResponseBase):
    """A response with a body."""

    def __init__(self, content=b""):
        self.content = content
''',
    "app/views.py": '''from app.http.response import HttpResponse


def index(request):
    """Say hello."""
    response = HttpResponse(b"hello")
    response.set_cookie("seen", "1")
    return response
''',
    "app/util.go": """package app

// Greeter greets.
type Greeter struct {
\tName string
}

// Greet says hello.
func (g *Greeter) Greet() string {
\treturn "hello " + g.Name
}
""",
    "notes.txt": "In no language that is indexed.\n",
    ".gitignore": "build/\n*.log\n",
    "build/out.py": "def ignored_by_git():\n    pass\n",
}


def wait_for(condition, within_s: float = 10.0):
    """Poll `condition` until it is true; return what it returned. Fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within_s} s: {condition}"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stop_daemon(home: Path, within_s: float = 10.0) -> None:
    """End the daemon of a home by its pid, and wait until it is gone."""
    with contextlib.suppress(OSError, ValueError):
        pid = json.loads((home / "daemon.json").read_text())["pid"]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_running(pid), within_s)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with a short path; its daemon is stopped at the end."""
    path = Path(tempfile.mkdtemp(prefix="ci-home-"))
    yield path
    stop_daemon(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server: PyPI's, or that whose programs CODEINDEX_POSTGRESQL names."""
    from tests.team.server import packaged, running

    with running(Path(os.environ.get("CODEINDEX_POSTGRESQL") or packaged())) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small git repository in two languages."""
    root = tmp_path / "project"
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def codeindex(home: Path, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the real command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bridge", "--home", str(home), *arguments],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class ChannelLink:
    """A link to whom a channel reaches."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    async def channel(self) -> grpc.aio.Channel:
        return self._channel

    async def close(self) -> None:
        await self._channel.close()


@pytest.fixture
async def link_to() -> AsyncIterator[Callable[[CodeIndexServiceServicer], Awaitable[ChannelLink]]]:
    """Make a link to a server in this process, which answers as a servicer does."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(servicer: CodeIndexServiceServicer) -> ChannelLink:
            server = grpc.aio.server()
            add_CodeIndexServiceServicer_to_server(servicer, server)
            port = server.add_insecure_port("127.0.0.1:0")
            await server.start()
            stack.push_async_callback(server.stop, 0)
            link = ChannelLink(grpc.aio.insecure_channel(f"127.0.0.1:{port}"))
            stack.push_async_callback(link.close)
            return link

        yield make
