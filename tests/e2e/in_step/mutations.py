"""Whether random histories find what they are for: `python -m tests.e2e.in_step.mutations [NAME...] [--histories N]`.

Each mutation is a fault planted in a copy of the sources, on which histories then run until one fails. Prints for
each after how many that was. By hand: each takes minutes.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.e2e.in_step.pace import ROOT

COPIED = ("bridge", "grpc_backend", "protos", "tests", "pyproject.toml")


class Mutation(NamedTuple):
    """A fault: in a file, what stands there, and what stands there instead."""

    name: str
    file: str
    right: str
    wrong: str


MUTATIONS = (
    Mutation(
        "complete while changes pend",
        "grpc_backend/index/workspace.py",
        "        return self.in_step and not self.doubt and not self.wanted and not self.overlays.pending()\n",
        "        return self.in_step\n",
    ),
    Mutation(
        "what is out of date is shown",
        "grpc_backend/index/workspace.py",
        "self.overlays.layer(self.files, self._known_coverage().stale)",
        "self.overlays.layer(self.files)",
    ),
    Mutation(
        "what was counted for an earlier question counts still",
        "grpc_backend/index/workspace.py",
        "        self._wanted[path] = state\n        self._coverage = None\n",
        "        self._wanted[path] = state\n",
    ),
    Mutation(
        "a delete is forgotten",
        "bridge/workspace/known.py",
        "        gone = self._forget(looked)\n",
        "        gone = self._forget(looked)[1:]\n",
    ),
    Mutation(
        "the second half of a rename is lost",
        "bridge/workspace/folder_source.py",
        "        is_dir = bool(mask & IN_ISDIR)\n",
        "        is_dir = bool(mask & IN_ISDIR)\n        if mask & 0x80:\n            return\n",
    ),
    Mutation(
        "a closed document stays",
        "bridge/workspace/syncer.py",
        "        too_large = content is not None and",
        "        if content is None:\n            return\n        too_large = content is not None and",
    ),
    Mutation(
        "open documents are not told again",
        "bridge/workspace/syncer.py",
        "for path in self._open]\n        if self._stream.done()",
        "for path in ()]\n        if self._stream.done()",
    ),
    Mutation(
        "a young time proves that nothing changed",
        "bridge/workspace/known.py",
        "== file and file.path in self.racy]\n",
        "== file and not file]\n",
    ),
    Mutation(
        "the last part of a large file is not sent",
        "bridge/workspace/contents.py",
        "for offset in range(0, max(len(found.data), 1), CHUNK_BYTES):",
        "for offset in range(0, max(len(found.data) - CHUNK_BYTES, 1), CHUNK_BYTES):",
    ),
    Mutation(
        "a content that was overtaken displaces the later one",
        "grpc_backend/index/committer.py",
        "        if wanted is not None and wanted.key == state.key:\n            self._hurry",
        "        if wanted is not None:\n            self._hurry",
    ),
    Mutation(
        "a content is known that was collected",
        "grpc_backend/storage/sqlite.py",
        'connection.execute("DELETE FROM content WHERE id=?", (content_id,))',
        'connection.execute("UPDATE content SET symbols=0 WHERE id=?", (content_id,))',
    ),
    Mutation(
        "garbage is what a workspace holds",
        "grpc_backend/storage/sqlite.py",
        'f"SELECT id FROM content WHERE {UNHELD} ORDER BY id LIMIT ?"',
        '"SELECT id FROM content ORDER BY id LIMIT ?"',
    ),
    Mutation(
        "the generation begins anew with each daemon",
        "grpc_backend/index/service.py",
        "generation = await self.in_reader(self.engine.generation, name)",
        "generation = 0",
    ),
    Mutation(
        "a question does not look at the disk",
        "bridge/workspace/teller.py",
        "        batch = self._watcher.drain()\n",
        "        batch = ChangeBatch()\n",
    ),
    Mutation(
        "a question does not wait for what was told",
        "grpc_backend/index/service.py",
        "            return session.received() >= require.sequence\n",
        "            return True\n",
    ),
    Mutation(
        "what was committed meanwhile is not noticed",
        "grpc_backend/rpc/index_servicer.py",
        "    return (workspace.generation, workspace.steps) != (before.generation, before.steps)\n",
        "    return False\n",
    ),
    Mutation(
        "who does not lead looks at no file of an answer",
        "bridge/workspace/onlooker.py",
        "await asyncio.to_thread(self._look, asked)",
        "await asyncio.to_thread(self._look, [])",
    ),
    Mutation(
        "nobody takes over the lead",
        "grpc_backend/index/workspace.py",
        "                self.leader.lead()\n",
        "                pass\n",
    ),
    Mutation(
        "what was gone for a moment is not told again",
        "bridge/workspace/teller.py",
        "        self._known.doubt(absent & self._known.files.keys())\n",
        "",
    ),
    Mutation(
        "a content that is to come is owed by nobody once its digest is told again",
        "grpc_backend/rpc/sync_session.py",
        "        self._window.answered(*batch.deleted,",
        "        self._window.answered(*batch.deleted, *(one.path for one in bare),",
    ),
    Mutation(
        "what was told counts although another content was asked for since",
        "bridge/workspace/known.py",
        '            self.racy[path] = told.digest if before in (b"", told.digest) else EITHER\n',
        "            self.racy[path] = before or told.digest\n",
    ),
)


def planted(mutation: Mutation, folder: Path) -> None:
    """Copy the sources, with the fault."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    file = folder / mutation.file
    text = file.read_text()
    if text.count(mutation.right) != 1:
        raise SystemExit(f"{mutation.name}: {mutation.file} does not have what is to be replaced once")
    file.write_text(text.replace(mutation.right, mutation.wrong))


def histories_until_caught(folder: Path, histories: int, seed: int) -> tuple[int, str]:
    """How many histories ran until one failed, and how it did; no text if all passed."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "CODEINDEX_SEQUENCES": str(histories),
        "CODEINDEX_SEED": str(seed),
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "tests/e2e/test_in_step.py"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return histories, ""
    told = re.search(r"AssertionError: (.*)", done.stdout)
    number = re.search(r"history (\d+)", done.stdout)
    return int(number[1]) if number else 0, told[1] if told else done.stdout[-2000:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of mutations' names; all without")
    parser.add_argument("--histories", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for mutation in MUTATIONS:
        if args.names and not any(name in mutation.name for name in args.names):
            continue
        with tempfile.TemporaryDirectory(prefix="ci-mutation-") as folder:
            planted(mutation, Path(folder))
            count, how = histories_until_caught(Path(folder), args.histories, args.seed)
        print(f"{mutation.name}: {f'caught by history {count}: {how[:160]}' if how else 'NOT caught'}", flush=True)


if __name__ == "__main__":
    main()
