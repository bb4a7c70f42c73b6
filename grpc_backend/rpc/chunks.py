"""Large contents travel in parts; here they become whole, or an error."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from grpc_backend.errors import BadContent, TooLarge
from protos import code_index_pb2 as pb


class Part(Struct):
    """What has come of a content of `size` bytes: its beginning."""

    digest: bytes
    size: int
    content: bytearray


class ChunkBuffer:
    """The parts of the contents under way on one stream, by path."""

    def __init__(self, max_bytes: int, begun: Callable[[bytes], Part | None] = lambda _: None) -> None:
        """`begun`: what has come of a content, by its digest, on another stream."""
        self._max_bytes = max_bytes
        self._begun = begun
        self._parts: dict[str, Part] = {}

    def add(self, message: pb.FileState) -> bytes | None:
        """Take a part; return the content when it is whole.

        Parts must come in order: a lost, repeated or reordered one raises BadContent and
        drops what there was. A content above the limit raises TooLarge.
        """
        if message.size > self._max_bytes or len(message.content) > self._max_bytes:
            raise TooLarge(f"{message.path} has {message.size} bytes, the limit is {self._max_bytes}")
        if message.offset == 0 and len(message.content) >= message.size:
            self._parts.pop(message.path, None)
            return message.content
        part = self._begin(message) if message.offset == 0 else self._going_on(message)
        if part is None or not _follows(part, message):
            self._parts.pop(message.path, None)
            raise BadContent(f"a part of {message.path} is missing, repeated or out of order: send it again")
        part.content += message.content
        if len(part.content) < part.size:
            return None
        del self._parts[message.path]
        return bytes(part.content)

    def rest(self) -> list[Part]:
        """What has come of contents that are not whole."""
        return list(self._parts.values())

    def _going_on(self, message: pb.FileState) -> Part | None:
        """What the message goes on with: what has come here, else elsewhere."""
        if message.path not in self._parts and (part := self._begun(message.digest)) is not None:
            self._parts[message.path] = part
        return self._parts.get(message.path)

    def _begin(self, message: pb.FileState) -> Part:
        self._parts[message.path] = Part(message.digest, message.size, bytearray())
        return self._parts[message.path]


def _follows(part: Part, message: pb.FileState) -> bool:
    end = message.offset + len(message.content)
    return (
        message.digest == part.digest
        and message.size == part.size
        and message.offset == len(part.content)
        and end <= part.size
    )
