"""A manifest in short, so that a warm start tells only the folders in which something changed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from bridge.workspace.manifest import FileStat, is_racy


def folder_digests(files: Iterable[FileStat], looked_at_ns: int) -> Mapping[str, bytes]:
    """A digest a folder, over the stats of the files directly in it; empty where a time proves nothing.

    The wire's FolderDigests says over what exactly: the daemon reckons the same from what it holds.
    """
    lines: defaultdict[str, list[str]] = defaultdict(list)
    unproven: set[str] = set()
    for file in files:
        folder, _, name = file.path.rpartition("/")
        lines[folder].append(f"{name}\0{file.size}\0{file.mtime_ns}\0{file.inode}\n")
        if is_racy(file.mtime_ns, looked_at_ns):
            unproven.add(folder)
    return {folder: b"" if folder in unproven else _digest(inside) for folder, inside in lines.items()}


def _digest(lines: list[str]) -> bytes:
    return hashlib.blake2b("".join(sorted(lines)).encode(), digest_size=16).digest()
