"""What had come of contents when the streams that sent them broke: another stream can go on there.

It is kept by the daemon that had it, in memory and not for ever. Where it is gone, or another daemon is asked, a
content is sent from its beginning.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from grpc_backend.model import FileState
from grpc_backend.rpc.chunks import Part

MOST_BYTES: Final = 64 * 1024 * 1024


class Uploads:
    """Beginnings of contents, by the repository that they are for: of no other one is told what is sent to it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, bytes], Part] = OrderedDict()

    def keep(self, workspace: str, parts: Iterable[Part]) -> None:
        """A stream has broken, and this had come. What was kept first goes first."""
        for part in parts:
            self._kept[_place(workspace, part.digest)] = part
            self._kept.move_to_end(_place(workspace, part.digest))
        size = sum(len(part.content) for part in self._kept.values())
        while size > self._most_bytes:
            size -= len(self._kept.popitem(last=False)[1].content)

    def offset(self, workspace: str, file: FileState) -> int:
        """How much of a content is here."""
        part = self._kept.get(_place(workspace, file.digest))
        return len(part.content) if part is not None else 0

    def take(self, workspace: str, digest: bytes) -> Part | None:
        """What is here of a content, for who goes on with it; it is kept no longer."""
        return self._kept.pop(_place(workspace, digest), None)


def _place(workspace: str, digest: bytes) -> tuple[str, bytes]:
    return workspace.partition("@")[0], digest
