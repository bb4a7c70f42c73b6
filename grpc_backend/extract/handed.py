"""What is read by a parser, piece by piece, and let go of afterwards.

tree-sitter's binding (0.26) keeps a reference to each piece that its callable returns, for good: to all of a file's
text, and in Lua, whose scanner asks for the same place again and again, to twenty times as much. So the references that
are left when a parse is over are counted, and taken back. Where there are none, nothing is done.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_let_go: Final = ctypes.pythonapi.Py_DecRef
_let_go.argtypes, _let_go.restype = [ctypes.py_object], None
# A variable here, and the argument of getrefcount.
_OURS: Final = 2
# Python has but one object for each shorter text.
_LEAST_BYTES: Final = 2


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
        while self._pieces:
            piece = self._pieces.pop()
            for _ in range(sys.getrefcount(piece) - _OURS):
                _let_go(piece)
