"""The product behind the protocol of the search suites: JSON lines in on stdin, one answer a line on stdout.

`python SUITE/evaluate.py --data DATA --suite nl --work WORK --cmd "python -m tests.bench.search.adapter"` (from this
repository's root). With a tree, a real daemon indexes it through a real bridge. Without one, the symbol table is
pushed as sources made up of it (skeleton.py). Either way an answer comes from SearchSymbols, once the index is
complete.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridge.session import Session
from protos import code_index_pb2 as pb
from tests.bench.search.skeleton import skeletons
from tests.conftest import stop_daemon

WAIT_MS = 60_000
INDEX_S = 3_600


async def main() -> None:
    """Answer until stdin ends."""
    home = Path(tempfile.mkdtemp(prefix="ci-suite-"))
    corpus: Tree | None = None
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            asked = json.loads(line)
            if asked["op"] == "index":
                if corpus:
                    await corpus.close()
                corpus = Tree(home, Path(asked["tree"])) if asked["tree"] else Table(home, asked["symbols"])
                await corpus.index()
                answer: dict[str, Any] = {"ok": True}
            else:
                assert corpus is not None, "index first"
                answer = {"results": await corpus.search(asked["query"], asked["k"], asked["semantic"])}
            print(json.dumps(answer), flush=True)
    finally:
        if corpus:
            await corpus.close()
        stop_daemon(home)
        shutil.rmtree(home, ignore_errors=True)


class Tree:
    """A folder of sources, kept in step by a bridge."""

    def __init__(self, home: Path, root: Path) -> None:
        self._session = Session(home, [root])

    async def index(self) -> None:
        """Return when both names and meaning are complete."""
        self._session.start()
        (self._workspace,) = await self._session.workspaces()
        async for _ in self._workspace.syncer.until_complete():
            pass
        await complete(self._ask)

    async def search(self, query: str, count: int, semantic: bool) -> list[dict[str, Any]]:
        """Hits by path, name and line."""
        page = await self._ask(query, count, semantic)
        return [{"path": hit.symbol.path, "name": hit.symbol.name, "line": hit.symbol.line} for hit in page.hits]

    async def _ask(self, query: str, count: int, semantic: bool, wait_ms: int = 0) -> pb.SearchPage:
        require = await self._workspace.requirement(wait_ms)
        return await self._workspace.client.search(
            pb.SearchRequest(query=query, limit=count, semantic=semantic, require=require)
        )

    async def close(self) -> None:
        """End the bridge."""
        await self._session.close()


class Table(Tree):
    """A table of symbols: a folder of files that define them."""

    def __init__(self, home: Path, tables: Sequence[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ci-table-")
        self._files = {one.path: one for table in tables for one in skeletons(_read(table), _prefix(table, tables))}
        for one in self._files.values():
            file = Path(self._folder.name, one.path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(one.source, "utf-8")
        super().__init__(home, Path(self._folder.name))

    async def search(self, query: str, count: int, semantic: bool) -> list[dict[str, Any]]:
        """Hits by the table's ids; what the skeletons have besides the table is left out."""
        page = await self._ask(query, 2 * count, semantic)
        found = [self._files[hit.symbol.path].ids.get(hit.symbol.line) for hit in page.hits]
        return [{"id": one} for one in dict.fromkeys(found) if one is not None][:count]

    async def close(self) -> None:
        """End the bridge, then remove the files."""
        await super().close()
        self._folder.cleanup()


async def complete(ask: Any) -> None:
    """Return when a question in plain words is answered from the whole index."""
    until = asyncio.get_running_loop().time() + INDEX_S
    while not (await ask("where is it complete", 1, True, WAIT_MS)).freshness.complete:
        assert asyncio.get_running_loop().time() < until, "the index does not become complete"


def _read(table: str) -> list[dict[str, Any]]:
    with gzip.open(table, "rt") as lines:
        return [json.loads(line) for line in lines]


def _prefix(table: str, tables: Sequence[str]) -> str:
    """What tells the symbols of one table from those of another, where there are several (ids are `corpus:id` then)."""
    return Path(table).parent.name if len(tables) > 1 else ""


if __name__ == "__main__":
    asyncio.run(main())
