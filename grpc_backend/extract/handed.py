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

    def __init__(self, source: bytes, size: int) -> None:
        """`size`: so many bytes at a time."""
        self._source = memoryview(source)
        self._size = size
        self._pieces: list[bytes] = []

    def read(self, at: int, _point: object) -> bytes:
        """What stands there. Always an object of its own, to which nobody else has references."""
        piece = bytes(self._source[at : at + self._size])
        if len(piece) >= _LEAST_BYTES:
            self._pieces.append(piece)
        return piece

    def let_go(self) -> None:
        """The parse is over."""
        while self._pieces and _let_go is not None:
            piece, references = _last_of(self._pieces)
            for _ in range(references - _OURS):
                _let_go(piece)
