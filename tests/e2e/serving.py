"""A daemon that serves others: started for a test, reached as a client would, ended by its pid."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bridge.daemon.credentials import Credentials, open_channel
from protos.code_index_pb2_grpc import CodeIndexServiceStub

OWNER_TOKEN = "open sesame"
OWNER = Credentials(OWNER_TOKEN)


class Server:
    """A running one. `log` holds its stderr."""

    def __init__(self, home: Path, address: str, log: Path) -> None:
        self.home = home
        self.address = address
        self.port = int(address.rpartition(":")[2])
        self.log = log

    @contextlib.asynccontextmanager
    async def reached(self, shown: Credentials = OWNER):
        """A stub that shows these credentials, on a connection of its own."""
        async with open_channel(f"localhost:{self.port}", shown, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            yield CodeIndexServiceStub(channel)


@contextlib.contextmanager
def serving(home: Path, *flags: str, **environ: str) -> Iterator[Server]:
    """A daemon in the foreground on a free port of this machine."""
    log = home / "served.log"
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "bridge", "--home", str(home), "daemon", "--listen", "127.0.0.1:0", *flags]
    with log.open("w") as stderr, os.fdopen(reading) as report:
        daemon = subprocess.Popen(
            [*command, "--ready-fd", str(writing)],
            env={**os.environ, "PYTHONFAULTHANDLER": "1", "CODEINDEX_TOKEN": OWNER_TOKEN, **environ},
            stderr=stderr,
            pass_fds=(writing,),
        )
        os.close(writing)
        try:
            said = report.read()
            assert said.startswith("ok "), said + log.read_text()
            yield Server(home, said.removeprefix("ok "), log)
        finally:
            daemon.terminate()
            daemon.wait(timeout=20)
    assert daemon.returncode == 0, f"exit {daemon.returncode}: {log.read_text()}"
