"""Byte offsets to lines and columns."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from grpc_backend.extract.compiled import scan


class LineTable:
    """Where each line of a content starts. Lines end at LF; a CR before it belongs to the line."""

    __slots__ = ("lengths", "starts")

    def __init__(self, content: bytes) -> None:
        self.lengths = _lengths(content)
        self.starts = [0, *accumulate(self.lengths)]
        if content and not content.endswith(b"\n"):
            self.starts.pop()

    def at(self, offset: int) -> tuple[int, int]:
        """1-based line and 0-based byte column of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1]


def _lengths(content: bytes) -> list[int]:
    """The lengths of lines, ends included; what follows the last end is one if there is anything."""
    if scan is not None:
        found: list[int] = scan.line_lengths(content)
        return found
    if b"\r" not in content:  # at which splitlines, which is fastest, would see lines
        return list(map(len, content.splitlines(keepends=True)))
    lengths = [len(line) + 1 for line in content.split(b"\n")]
    last = lengths.pop() - 1
    return [*lengths, last] if last else lengths
