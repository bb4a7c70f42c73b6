"""What to do about a file, given what is said of it and what is held. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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


def differing_folders(stated: Mapping[str, bytes], files: Iterable[FileState], unsettled: Collection[str]) -> list[str]:
    """The folders whose files are to be described one by one, given what a client says of each in short.

    A digest is over the stats of the files directly in a folder (the wire's FolderDigests says how). It proves nothing
    where a time does not, or while a file of the folder is `unsettled`.
    """
    lines: defaultdict[str, list[str]] = defaultdict(list)
    unproven = {path.rpartition("/")[0] for path in unsettled}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if not file.mtime_ns and file.digest:
            unproven.add(folder)
        elif file.digest:
            lines[folder].append(f"{name}\0{file.size}\0{file.mtime_ns}\0{file.inode}\n")
    return [
        folder for folder, digest in stated.items() if folder in unproven or digest != _digest(lines.get(folder, []))
    ]


def _digest(lines: list[str]) -> bytes:
    return hashlib.blake2b("".join(sorted(lines)).encode(), digest_size=16).digest()


def _same_stat(one: FileState, other: FileState) -> bool:
    return (one.size, one.mtime_ns, one.inode) == (other.size, other.mtime_ns, other.inode)
