"""Leaves out of a source what the parser need not see: bodies of functions that define nothing.

Parsing is most of the cost of an extraction, and bodies are most of a source. Where a language's rules state hints, a
body without any is never looked into; so something as long takes its place that costs the parser next to nothing (not
blanks: those are its slowest tokens), of which it passes over what is long. If the rest has a syntax error, the whole
is parsed after all: a body may not be what it seemed. Not so where such errors come of what a language leaves open, and
are slight: then the whole has them, too, and they reach further in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import AnyStr, Final

Range = tuple[int, int]

# To pass over less takes longer than to see it.
_LEAST_SKIPPED: Final = 64
# The lexer goes through all ranges at every token.
MOST_SKIPPED: Final = 32


def replaced(source: AnyStr, bodies: Iterable[Range], filler: Callable[[int], AnyStr]) -> AnyStr:
    """The source with what `filler` makes of a length in each of these ranges, which are in order."""
    pieces: list[AnyStr] = []
    position = 0
    for start, end in bodies:
        pieces.append(source[position:start])
        pieces.append(filler(end - start))
        position = end
    if not pieces:
        return source
    pieces.append(source[position:])
    return source[:0].join(pieces)


def skipped(bodies: Iterable[Range], lead: int, tail: int) -> list[Range]:
    """What may be passed over of what took the place of bodies: of the longest all but their beginnings and ends."""
    found = [(start + lead, end - tail) for start, end in bodies if end - start >= _LEAST_SKIPPED]
    if len(found) > MOST_SKIPPED:
        least = sorted(end - start for start, end in found)[-MOST_SKIPPED]
        found = [span for span in found if span[1] - span[0] >= least][:MOST_SKIPPED]
    return found
