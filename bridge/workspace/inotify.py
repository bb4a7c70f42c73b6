"""Linux's inotify: the system calls and the form of their events, nothing more (see inotify(7)).

Used directly because a recursive watch of `watchfiles` covers ignored trees too (tens of thousands of
watches for one node_modules) and does not tell when the kernel's queue has overflowed.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Final, NamedTuple

IN_MODIFY: Final = 0x2
IN_CLOSE_WRITE: Final = 0x8
IN_MOVED_FROM: Final = 0x40
IN_MOVED_TO: Final = 0x80
IN_CREATE: Final = 0x100
IN_DELETE: Final = 0x200
IN_DELETE_SELF: Final = 0x400
IN_MOVE_SELF: Final = 0x800
IN_UNMOUNT: Final = 0x2000
IN_Q_OVERFLOW: Final = 0x4000
IN_IGNORED: Final = 0x8000
IN_ONLYDIR: Final = 0x1000000
IN_DONT_FOLLOW: Final = 0x2000000
IN_EXCL_UNLINK: Final = 0x4000000
IN_MASK_ADD: Final = 0x20000000
IN_ISDIR: Final = 0x40000000

FOLDER_MASK: Final = (
    IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
) | (IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK)

# Where only what comes, goes or has been written counts, and a watch that is there already stays what it is.
NAMES_MASK: Final = (IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE) | (IN_ONLYDIR | IN_MASK_ADD)

READ_BYTES: Final = 64 * 1024
_HEADER: Final = struct.Struct("iIII")  # watch, mask, cookie, length of the name


class Event(NamedTuple):
    """What happened to `name` in the folder of a watch, or to the folder itself if it has no name."""

    watch: int
    mask: int
    name: str


class Inotify:
    """One inotify instance, with a descriptor that is readable when there are events. Close it."""

    def __init__(self) -> None:
        """Raises OSError: EMFILE where the user has too many instances, ENOSYS where there is none."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor: int = _checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def add(self, folder: str, mask: int = FOLDER_MASK) -> int:
        """Watch a folder; return its watch. Raises OSError: ENOSPC where the user has too many watches."""
        return _checked(self._libc.inotify_add_watch(self.descriptor, os.fsencode(folder), ctypes.c_uint32(mask)))

    def remove(self, watch: int) -> None:
        """Stop a watch; one that has ended already is no error."""
        self._libc.inotify_rm_watch(self.descriptor, watch)

    def read(self) -> list[Event]:
        """The events that are there; none if there are none. Never waits."""
        try:
            data = os.read(self.descriptor, READ_BYTES)
        except BlockingIOError:
            return []
        events = []
        at = 0
        while at < len(data):
            watch, mask, _, length = _HEADER.unpack_from(data, at)
            at += _HEADER.size
            events.append(Event(watch, mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))))
            at += length
        return events

    def close(self) -> None:
        """Release the descriptor, and with it all watches. It is -1 then."""
        descriptor, self.descriptor = self.descriptor, -1
        os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
