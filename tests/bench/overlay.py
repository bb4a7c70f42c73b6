"""Unsaved edit to answer: `python -m tests.bench.overlay DIR [--edits N] [--lines N]`.

In a copy of DIR, an editor's bridge has a file of 1,000 lines open and edits it; a second MCP client, on a bridge
of its own, asks until the answer is right. Prints p50, p95 and the worst from before the edit is told until after the
answer, in milliseconds; then the same for a question of the editor's own bridge, which waits for the edit.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from bridge.session import Session
from protos import code_index_pb2 as pb
from tests.bench.freshness import until_ms
from tests.bench.processes import machine
from tests.conftest import stop_daemon
from tests.e2e.mcp_client import ask, connected

PATH = "edited_unsaved.py"


def text(lines: int, name: str) -> bytes:
    """So many lines of classes, methods and calls; one method has the name."""
    blocks = [
        f"class Part{number}:\n"
        f'    """Part {number} of many."""\n\n'
        f"    def method_{number}(self, value, other=None):\n"
        f"        result = self.other_{number}(value)\n"
        f"        if result is None:\n"
        f'            raise ValueError(f"no {{value}} of {{other}}")\n'
        f"        return helper_{number % 7}(result, other).strip()\n\n\n"
        for number in range(lines // 10 - 1)
    ]
    return (f"def {name}():\n    return Part1().method_1(1)\n\n\n" + "".join(blocks)).encode()


async def measure(home: Path, root: Path, edits: int, lines: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {"second client": [], "own bridge": []}
    session = Session(home, [root])
    session.start()
    try:
        (editor,) = await session.workspaces()
        async with connected(home, root) as reader:
            await ask(reader, "index_status", wait_ms=30_000)
            for number in range(edits):
                name = f"unsaved_symbol_{number}"
                begun = time.perf_counter()
                await editor.syncer.overlay(PATH, text(lines, name))
                await until_ms(reader, name, lambda paths: paths == [PATH])
                taken["second client"].append((time.perf_counter() - begun) * 1000)
            for number in range(edits):
                name = f"unsaved_again_{number}"
                begun = time.perf_counter()
                await editor.syncer.overlay(PATH, text(lines, name))
                request = pb.SearchRequest(query=name, require=await editor.requirement())
                assert (await editor.client.search(request)).hits[0].symbol.unsaved
                taken["own bridge"].append((time.perf_counter() - begun) * 1000)
    finally:
        await session.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--lines", type=int, default=1000)
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ci-bench-"))
    copy = Path(tempfile.mkdtemp(prefix="ci-copy-")) / args.root.resolve().name
    shutil.copytree(args.root, copy, symlinks=True)
    (copy / PATH).write_bytes(text(args.lines, "saved_symbol"))
    try:
        for kind, values in asyncio.run(measure(home, copy, args.edits, args.lines)).items():
            ordered = sorted(values)
            p95 = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
            print(
                f"{kind:13} n={len(ordered)} p50={ordered[len(ordered) // 2]:.1f} ms p95={p95:.1f} ms"
                f" max={ordered[-1]:.1f} ms"
            )
        print(machine())
    finally:
        stop_daemon(home)
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(copy.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
