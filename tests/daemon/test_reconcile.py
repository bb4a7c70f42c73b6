"""What a description asks for, case by case."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from grpc_backend.config import DaemonConfig
from grpc_backend.index.reconcile import Verdict, judge
from grpc_backend.index.service import IndexService
from grpc_backend.model import FileState
from grpc_backend.storage.memory import MemoryEngine

HELD = FileState("a.py", 10, 1_000, 7, b"d" * 32, "python")
BARE = replace(HELD, digest=b"")


@pytest.mark.parametrize(
    ("stated", "held", "verdict"),
    [
        (BARE, HELD, Verdict.UNCHANGED),
        (BARE, None, Verdict.NEEDS_DIGEST),
        (replace(BARE, size=11), HELD, Verdict.NEEDS_DIGEST),
        (replace(BARE, mtime_ns=1_001), HELD, Verdict.NEEDS_DIGEST),
        (replace(BARE, inode=8), HELD, Verdict.NEEDS_DIGEST),
        (replace(BARE, mtime_ns=0), replace(HELD, mtime_ns=0), Verdict.NEEDS_DIGEST),
        (BARE, replace(HELD, digest=b"", problem="too_large"), Verdict.NEEDS_DIGEST),
        (BARE, replace(HELD, problem="minified"), Verdict.UNCHANGED),
        (HELD, HELD, Verdict.UNCHANGED),
        (HELD, None, Verdict.WANTED),
        (replace(HELD, digest=b"e" * 32), HELD, Verdict.WANTED),
        (replace(HELD, mtime_ns=1_001), HELD, Verdict.WANTED),
        (replace(BARE, problem="too_large"), HELD, Verdict.WANTED),
        (replace(BARE, problem="too_large"), replace(BARE, problem="too_large"), Verdict.UNCHANGED),
        (replace(BARE, problem="unreadable"), replace(BARE, problem="too_large"), Verdict.WANTED),
    ],
)
def test_judge(stated, held, verdict):
    assert judge(stated, held) is verdict


async def test_what_is_to_go_and_is_described_again_as_it_was_stays(tmp_path):
    """The store still holds it as it is: without a second look at what is to go, the removal would win."""
    service = IndexService(MemoryEngine(), DaemonConfig(tmp_path))
    service.start()
    workspace = await service.workspace("w")
    await service.ingest.push(workspace, "a.py", b"def a(): pass\n")
    held = replace(workspace.files["a.py"], mtime_ns=1_000)
    for state in (held, replace(held, digest=b"")):
        service.ingest.remove(workspace, ["a.py"])
        asked = await service.ingest.describe(workspace, [state])
        assert asked.digests == ([] if state.digest else ["a.py"])
        await service.ingest.describe(workspace, [held])
        async with asyncio.timeout(10):
            await workspace.wait_until(lambda: not workspace.unsettled("a.py"))
        assert "a.py" in workspace.files
    await service.close()
