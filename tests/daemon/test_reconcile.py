"""What a description asks for, case by case."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from grpc_backend.index.reconcile import Verdict, judge
from grpc_backend.model import FileState

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
