"""What to do about a file, given what is said of it and what is held. Pure."""

from __future__ import annotations

from enum import Enum

from grpc_backend.model import FileState


class Verdict(Enum):
    """What a description asks for."""

    UNCHANGED = "unchanged"
    NEEDS_DIGEST = "needs a digest"
    WANTED = "is to be committed"


def judge(stated: FileState, held: FileState | None) -> Verdict:
    """Compare a client's word with what is held (or already on its way) for the same path.

    A stat proves that nothing changed only when it has a time: clients send mtime_ns 0 for a
    file that was written so lately that a later write could keep the same time (git's racy-clean rule).
    """
    if stated.problem:
        same = held is not None and held.problem == stated.problem and not held.digest
        return Verdict.UNCHANGED if same else Verdict.WANTED
    if stated.digest:
        same = held is not None and held.key == stated.key and _same_stat(stated, held)
        return Verdict.UNCHANGED if same else Verdict.WANTED
    if held is not None and held.digest and stated.mtime_ns and _same_stat(stated, held):
        return Verdict.UNCHANGED
    return Verdict.NEEDS_DIGEST


def _same_stat(one: FileState, other: FileState) -> bool:
    return (one.size, one.mtime_ns, one.inode) == (other.size, other.mtime_ns, other.inode)
