"""What a push costs on the wire: `python -m tests.bench.team.push [--files 50000]`.

A tree of small files in folders of a hundred is pushed to a server (a daemon over PyPI's PostgreSQL), then again with
nothing changed, and with one file changed. Prints files, contents, bytes of messages both ways, and seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

from bridge.daemon.server_link import ServerLink
from bridge.session import Session
from bridge.workspace.pushing import Side, push
from tests.conftest import stop_daemon
from tests.team.daemons import TOKEN, Daemon, free_ports
from tests.team.server import packaged, running

FILES_A_FOLDER, FOLDERS_A_FOLDER = 100, 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=50_000)
    files = parser.parse_args().files
    os.environ["CODEINDEX_TOKEN"] = TOKEN
    with tempfile.TemporaryDirectory() as folder, running(packaged()) as database:
        server = Daemon(Path(folder) / "server", free_ports(1)[0], database.database())
        server.start()
        try:
            asyncio.run(measure(Path(folder), server, make(Path(folder) / "root", files)))
        finally:
            server.stop()
            stop_daemon(Path(folder) / "home")


def make(root: Path, files: int) -> Path:
    """A repository of so many files."""
    for number in range(files):
        folder = number // FILES_A_FOLDER
        path = root / f"part{folder // FOLDERS_A_FOLDER}" / f"folder{folder}" / f"file{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"def function_{number}():\n    pass\n")
    (root / ".git").mkdir()
    return root


async def measure(folder: Path, server: Daemon, root: Path) -> None:
    """Push and print."""
    session = Session(folder / "home", [root])
    session.start()
    workspace = (await session.workspaces())[0]
    link = ServerLink(server.address, folder)
    here, there = Side(workspace.link, str(root)), Side(link, "local/root@main")
    changed = root / "part0" / "folder0" / "file0.py"
    for what in ("first push", "nothing changed", "one file changed", "one file changed again"):
        if what.startswith("one"):
            changed.write_text(changed.read_text() + f"def changed_{time.time_ns()}():\n    pass\n")
        async for _ in workspace.syncer.until_complete():
            pass
        await workspace.client.search(query_for_what_is_on_disk(await workspace.requirement(wait_ms=60_000)))
        begun = time.monotonic()
        pushed = await push(here, there, root)
        seconds = time.monotonic() - begun
        print(
            f"{what:<24}{pushed.changed:>7} files{pushed.contents:>7} contents"
            f"{pushed.bytes_sent:>12,} bytes sent{pushed.bytes_received:>12,} received{seconds:>9.3f} s"
        )
    await link.close()
    await session.close()


def query_for_what_is_on_disk(require):
    """A question that is answered once all on disk is in the index."""
    from protos import code_index_pb2 as pb

    return pb.SearchRequest(query='"function_0"', require=require)


if __name__ == "__main__":
    main()
