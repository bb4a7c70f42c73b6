"""A network between daemon and database that swallows everything for a while, in a network namespace. Needs root."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.errors import BridgeError, DaemonFailed
from bridge.session import Session
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.storage.postgres.engine import PostgresEngine
from protos import code_index_pb2 as pb
from tests.team.daemons import Daemon, free_ports
from tests.team.server import Server, packaged

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.getuid() != 0 or not shutil.which("ip"), reason="needs root and iproute2"),
]
HERE, THERE, NETWORK = "10.213.77.1", "10.213.77.2", "10.213.77.0/30"
HEALS_WITHIN_S = 60


class Network:
    """A namespace, and the cable to it."""

    def __init__(self) -> None:
        self.name = f"codeindex{os.getpid()}"
        self._cable = f"ci{os.getpid()}"

    def lay(self) -> None:
        inside = f"{self._cable}i"
        for command in (
            f"netns add {self.name}",
            f"link add {self._cable} type veth peer name {inside} netns {self.name}",
            f"addr add {HERE}/30 dev {self._cable}",
            f"link set {self._cable} up",
            f"-n {self.name} addr add {THERE}/30 dev {inside}",
            f"-n {self.name} link set {inside} up",
            f"-n {self.name} link set lo up",
        ):
            ip(command)

    def cut(self) -> None:
        ip(f"link set {self._cable} down")

    def mend(self) -> None:
        ip(f"link set {self._cable} up")

    def take_away(self) -> None:
        ip(f"netns del {self.name}")


def ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True)


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    made.lay()
    yield made
    made.take_away()


@pytest.fixture
def database(network) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="codeindex-pg-"))
    folder.chmod(0o755)
    server = Server(folder, packaged(), {"listen_addresses": HERE, "port": "54777"})
    server.admit(NETWORK)
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def daemon(network, database, home) -> Iterator[Daemon]:
    """One beyond the cable; its socket is reached from here all the same."""
    store = f"postgresql://codeindex@{HERE}:54777/postgres"
    made = Daemon(home, free_ports(1)[0], store, within=("ip", "netns", "exec", network.name))
    made.start()
    yield made
    made.stop()


async def test_a_partition_heals_without_damage(network, database, daemon, home, tmp_path):
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    session = Session(home, [root])
    session.start()
    workspace = (await session.workspaces())[0]

    async def found(name: str) -> tuple[list[str], bool]:
        require = await workspace.requirement(wait_ms=2000)
        page = await workspace.client.search(pb.SearchRequest(query=f'"{name}"', require=require))
        return [hit.symbol.path for hit in page.hits], page.freshness.complete

    (root / "a.py").write_text("def before():\n    pass\n")
    assert await found("before") == (["a.py"], True)
    network.cut()
    (root / "a.py").write_text("def meanwhile():\n    pass\n")
    for name in ("before", "meanwhile"):
        with pytest.raises(DaemonFailed, match=r"the database cannot be reached|Deadline Exceeded"):
            await found(name)
    network.mend()
    news = asyncio.Event()
    session.listen(news.set)
    complete = False
    async with asyncio.timeout(HEALS_WITHIN_S):
        while not complete:
            try:
                paths, complete = await found("meanwhile")
            except BridgeError:
                await news.wait()
                news.clear()
    assert paths == ["a.py"]
    assert await found("before") == ([], True)
    await session.close()
    engine = PostgresEngine(database.dsn(), EXTRACTOR_VERSION)
    (name,) = engine.workspaces()
    assert [one.symbol.name for file in engine.files(name) for one in engine.outline(name, file.path)] == ["meanwhile"]
    engine.close()
