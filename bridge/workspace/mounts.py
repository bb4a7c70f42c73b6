"""What is mounted where, and when that changes below a root. Linux only (see proc_pid_mountinfo(5))."""

from __future__ import annotations

import os
import re
import select
from pathlib import Path
from typing import Final, NamedTuple

TABLE: Final = Path("/proc/self/mountinfo")


class Mount(NamedTuple):
    """A mount by its number, where it is, and the type of its file system."""

    number: str
    place: Path
    kind: str


def mounts_in(table: Path = TABLE) -> list[Mount]:
    """All mounts, in the order of mounting; none where the system has no such table."""
    try:
        lines = table.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    mounts = []
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        mounts.append(Mount(fields[0], Path(_unescaped(fields[4])), right.split(" ")[0]))
    return mounts


class Mounts:
    """Tells whether the mounts changed that bear on a root. `descriptor` is readable when any have. Close it."""

    def __init__(self, root: Path) -> None:
        """Raises OSError."""
        self._root = root
        self._table = os.open(TABLE, os.O_RDONLY | os.O_CLOEXEC)
        # Only an epoll of its own can wait for what the table tells by: it is always readable.
        self._changes = select.epoll()
        self._changes.register(self._table, select.EPOLLPRI | select.EPOLLERR)
        self.descriptor = self._changes.fileno()
        self._known = self._bearing()

    def changed(self, *, told: bool = False) -> bool:
        """Whether they are not what they were when this was last asked. Never waits.

        `told`: the descriptor was found readable, and then the system does not tell once more that it is.
        """
        if not (told or self._changes.poll(0)):
            return False
        before, self._known = self._known, self._bearing()
        return before != self._known

    def close(self) -> None:
        """Release the descriptors."""
        self._changes.close()
        os.close(self._table)

    def _bearing(self) -> frozenset[Mount]:
        """What is mounted on the root, below it or above it."""
        return frozenset(
            one
            for one in mounts_in()
            if one.place == self._root or self._root in one.place.parents or one.place in self._root.parents
        )


def _unescaped(place: str) -> str:
    """A mount point as it is: the kernel writes blanks and backslashes as three octal digits."""
    return os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), os.fsencode(place)))
