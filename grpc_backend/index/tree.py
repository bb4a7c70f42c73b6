"""A workspace's files as a tree of digests: what differs in one file differs in the folders above it, nowhere else.

The wire (GetTree) says how a digest is made. A change costs the folders above it, whatever else there is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from grpc_backend.model import FileState


class Entry(Struct, frozen=True):
    """A file by the sha256 of its content, or a folder by its tree's digest (its name ends with '/')."""

    digest: bytes
    size: int = 0


class Tree:
    """Folders by path ("" is the root), each with its entries by name. Not thread-safe."""

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, Entry]] = {"": {}}
        self._stale: set[str] = set()

    def put(self, path: str, digest: bytes, size: int) -> None:
        """A file is there."""
        folder, _, name = path.rpartition("/")
        self._folders.setdefault(folder, {})[name] = Entry(digest, size)
        self._stale.add(folder)

    def drop(self, path: str) -> None:
        """A file, or a folder with all that is in it, is gone."""
        folder, _, name = path.rpartition("/")
        if self._folders.get(folder, {}).pop(name, None) is not None:
            self._stale.add(folder)
            return
        self._settle()
        for below in [one for one in self._folders if one == path or one.startswith(f"{path}/")]:
            del self._folders[below]
        if self._folders.get(folder, {}).pop(f"{name}/", None) is not None:
            self._stale.add(folder)

    def changed(self, removed: Iterable[str], files: Iterable[FileState]) -> bytes:
        """Take files out and put others in; return the digest of the whole."""
        for path in removed:
            self.drop(path)
        for file in files:
            self.put(file.path, file.digest, file.size)
        return self.digest()

    def entries(self, folder: str) -> dict[str, Entry]:
        """What lies directly in a folder, by name; empty if there is no such folder."""
        self._settle()
        return self._folders.get(folder, {})

    def digest(self, folder: str = "") -> bytes:
        """A folder's digest."""
        return _digest(self.entries(folder))

    def _settle(self) -> None:
        """Tell the folders above of what has changed, the deepest first. A folder without entries is none."""
        for depth in range(max(map(_depth, self._stale), default=0), 0, -1):
            for folder in [one for one in self._stale if _depth(one) == depth]:
                self._stale.add(self._told_above(folder))
        self._stale.clear()

    def _told_above(self, folder: str) -> str:
        above, _, name = folder.rpartition("/")
        entries = self._folders.get(folder)
        upper = self._folders.setdefault(above, {})
        if entries:
            upper[f"{name}/"] = Entry(_digest(entries))
        else:
            self._folders.pop(folder, None)
            upper.pop(f"{name}/", None)
        return above


def _depth(folder: str) -> int:
    return folder.count("/") + 1 if folder else 0


def tree_of(files: Iterable[tuple[str, bytes, int]]) -> Tree:
    """The tree of all files that have a digest: path, digest, size."""
    tree = Tree()
    for path, digest, size in files:
        tree.put(path, digest, size)
    return tree


def _digest(entries: dict[str, Entry]) -> bytes:
    lines = (f"{name}\0{entries[name].digest.hex()}\n" for name in sorted(entries))
    return hashlib.blake2b("".join(lines).encode("utf-8", "surrogatepass"), digest_size=16).digest()
