"""Ranges that lie in each other to stretches: from where on which of them is the innermost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grpc_backend.extract.draft import Unit
from grpc_backend.extract.rules import SHAPELESS
from grpc_backend.packing import Layout, encode

_FAR: Final = 1 << 60
# Start, end, what the range says.
Range = tuple[int, int, int]


def stretches(ranges: Sequence[Range], outside: int) -> tuple[list[int], list[int]]:
    """Where what is said changes, in order, and what is said from there on; `outside`: where nothing else is said."""
    borders: list[int] = []
    states: list[int] = []
    stack: list[tuple[int, int]] = []
    state, innermost = outside, _FAR
    for start, negative_end, said in sorted((start, -end, said) for start, end, said in ranges):
        while innermost <= start:
            borders.append(innermost)
            state = stack.pop()[1]
            states.append(state)
            innermost = stack[-1][0] if stack else _FAR
        innermost = -negative_end
        stack.append((innermost, state))
        state = said
        borders.append(start)
        states.append(state)
    while stack:
        end, state = stack.pop()
        borders.append(end)
        states.append(state)
    return borders, states


def layout(unit: Unit) -> bytes:
    """Where a file's lines and symbols are, packed as `Extraction.layout` has it."""
    symbols = [(draft.start, draft.end, draft.index) for draft in unit.drafts if draft.kind not in SHAPELESS]
    return encode(Layout(unit.lines.lengths, *stretches(symbols, -1)))
