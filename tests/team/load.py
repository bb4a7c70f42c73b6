"""Clients of a team's server that change files and ask, each in a root of its own, and check every answer.

A complete answer must have what the client last wrote and nothing of what it wrote before; one that is not complete
says so and proves nothing. What an answer has had is acknowledged: it must never be gone again.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path

from bridge.daemon.server_link import ServerLink
from bridge.errors import BridgeError
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

FILES = 4


class Client:
    """One client, and what it counted."""

    def __init__(self, link: ServerLink, root: Path, number: int) -> None:
        self.root = root
        self.session = WorkspaceSession(link, root)
        self.name = f"client{number}"
        self._link = link
        self._rng = random.Random(number)
        self.asked = asyncio.Event()
        self.edits = self.complete = self.incomplete = 0
        self.current: dict[str, str] = {}
        self.wrong: list[str] = []
        self.failed: list[str] = []

    async def run(self, until: asyncio.Event) -> None:
        """Change and ask until told to stop; then ask for everything once more."""
        self.session.syncer.start()
        while not until.is_set():
            path = f"f{self._rng.randrange(FILES)}.py"
            gone = self.current.get(path)
            self.edits += 1
            self.current[path] = f"{self.name}_edit{self.edits}"
            (self.root / path).write_text(f"def {self.current[path]}():\n    pass\n")
            await self._check(self.current[path], [path])
            if gone is not None and self._rng.random() < 0.5:
                await self._check(gone, [])

    async def settle(self) -> None:
        """Every file's last text is found, in a complete answer."""
        for path, name in self.current.items():
            for _ in range(20):
                before = self.complete
                await self._check(name, [path])
                if self.complete > before:
                    break
            else:
                self.wrong.append(f"{name}: never complete")

    async def close(self) -> None:
        """End the stream and the channel."""
        await self.session.syncer.close()
        await self._link.close()

    async def _check(self, name: str, paths: list[str]) -> None:
        try:
            page = await self._search(name)
        except BridgeError as error:
            self.failed.append(f"{name}: {type(error).__name__} {error}")
            return
        self.asked.set()
        self.asked = asyncio.Event()
        if not page.freshness.complete:
            self.incomplete += 1
            return
        self.complete += 1
        found = [hit.symbol.path for hit in page.hits]
        if found != paths:
            self.wrong.append(f"{name}: in {found}, not {paths}, at {page.freshness.generation}")

    async def _search(self, name: str) -> pb.SearchPage:
        require = await self.session.requirement(wait_ms=5000)
        return await self.session.client.search(pb.SearchRequest(query=f'"{name}"', require=require))


def clients(folder: Path, server: str, home: Path, number: int) -> list[Client]:
    """So many, with a channel each and a few files."""
    made = []
    for count in range(number):
        root = folder / f"root{count}"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        (root / ".git").mkdir()
        (root / "kept.py").write_text(f"def kept_of_client{count}():\n    pass\n")
        made.append(Client(ServerLink(server, home), root, count))
    return made
