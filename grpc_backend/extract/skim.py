"""Leaves out of a source what the parser need not see: bodies of functions that define nothing.

Parsing is most of the cost of an extraction, and bodies are most of a source. Where a language's rules state hints,
a body without any is never looked into, so each is replaced by an empty pair of brackets, as long as it was. If the rest
has a syntax error, the whole is parsed after all: a body was not what it seemed.
"""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]


def without(source: bytes, bodies: Iterable[Range]) -> bytes:
    """The source with `(   )` for each of these ranges, which are in order."""
    pieces: list[bytes] = []
    position = 0
    for start, end in bodies:
        pieces += [source[position:start], b"(", b" " * (end - start - 2), b")"]
        position = end
    return b"".join([*pieces, source[position:]]) if pieces else source
