"""What is read by a parser, piece by piece, and let go of afterwards.

tree-sitter's binding (0.26) keeps a reference to each piece that its callable returns, for good: to all of a file's
text, and in Lua, whose scanner asks for the same place again and again, to twenty times as much. So the references that
are left when a parse is over are counted, and taken back. Where there are none, nothing is done; nor where Python was
built without ctypes: there a worker goes on growing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

_let_go: Callable[[bytes], None] | None
try:
    import ctypes

    _let_go = ctypes.pythonapi.Py_DecRef
    ctypes.pythonapi.Py_DecRef.argtypes, ctypes.pythonapi.Py_DecRef.restype = [ctypes.py_object], None
except (ImportError, AttributeError):
    _let_go = None
# So much is handed over at a time: some grammars go back to the line's beginning at each token; where a query compares
# texts, each is read anew. Who reads on is given twice as much each time: every piece costs a call, and a copy.
FIRST_BYTES: Final = 2048
MOST_BYTES: Final = 64 * 1024
# Python has but one object for each shorter text.
_LEAST_BYTES: Final = 2


def _last_of(pieces: list[bytes]) -> tuple[bytes, int]:
    """Take a piece that nobody else should have a reference to; and how many there are while this is asked."""
    piece = pieces.pop()
    return piece, sys.getrefcount(piece)


# Our own, which Pythons count differently.
_OURS: Final = _last_of([bytes((1, 2))])[1]


class Handed:
    """The pieces of one source that one parse asks for."""

    def __init__(self, source: bytes, first: int = FIRST_BYTES, most: int = MOST_BYTES) -> None:
        """`first`: so many bytes at first, and wherever it is not read on; `most`: at most so many at a time."""
        self._source = memoryview(source)
        self._first, self._most = first, most
        self._size, self._end = first, -1  # nowhere
        self._pieces: list[bytes] = []

    def read(self, at: int, _point: object) -> bytes:
        """What stands there. Always an object of its own, to which nobody else has references."""
        self._size = min(self._size * 2, self._most) if at == self._end else self._first
        self._end = at + self._size
        piece = bytes(self._source[at : self._end])
        if len(piece) >= _LEAST_BYTES:
            self._pieces.append(piece)
        return piece

    def let_go(self) -> None:
        """The parse is over."""
        while self._pieces and _let_go is not None:
            piece, references = _last_of(self._pieces)
            for _ in range(references - _OURS):
                _let_go(piece)
