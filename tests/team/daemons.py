"""Daemons over one store: started on ports that stay theirs, ended gently or not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TOKEN = "open sesame"
STOPPED_WITHIN_S = 30


def free_ports(number: int) -> list[int]:
    """Ports that nobody had a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Daemon:
    """One of a server's daemons."""

    def __init__(self, home: Path, port: int, store: str, within: Sequence[str] = ()) -> None:
        """`within`: a command that runs it elsewhere."""
        self._within = within
        self.address = f"127.0.0.1:{port}"
        self.home = home
        self._store = store
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start; it listens when this returns."""
        self.home.mkdir(exist_ok=True)
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "bridge", "--home", str(self.home), "daemon", "--listen", self.address]
        with os.fdopen(reading) as report, (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._within, *command, "--ready-fd", str(writing)],
                env={**os.environ, "CODEINDEX_TOKEN": TOKEN, "CODEINDEX_STORE": self._store, "CODEINDEX_WORKERS": "1"},
                stderr=log,
                pass_fds=(writing,),
            )
            os.close(writing)
            said = report.read()
        assert said.startswith("ok "), said + (self.home / "log").read_text()

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOPPED_WITHIN_S)

    def stop(self) -> int:
        """Tell it to go; it finishes the calls under way. Returns its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(STOPPED_WITHIN_S)

    def log(self) -> str:
        """What it said."""
        return (self.home / "log").read_text()
