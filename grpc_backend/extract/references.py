"""Finds the uses of names: one pass over the words of a text (see words.py for the method).

There are some hundred thousand words to a second of parsing, so no Python code runs for each of them: what gaps and
words say are arrays of numbers, looked up and joined as a whole, and only the few words whose reading depends
on more than their neighbours are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grpc_backend.extract import words
from grpc_backend.extract.draft import Unit
from grpc_backend.extract.memories import (
    AFTER,
    BEFORE,
    CALLED,
    EARLIER,
    EARLIER_HIDDEN,
    EARLIER_IMPORT,
    EARLIER_READ,
    ENTRY_BITS,
    NEXT,
    NO_NAME,
    NO_ROLE,
    OWN,
    ROLE,
    UNKNOWN,
    UNSETTLED,
    Memories,
    Numbers,
    Readings,
)
from grpc_backend.extract.receivers import receiver_before
from grpc_backend.extract.rules import FREE, HIDDEN, SHAPELESS, Rules
from grpc_backend.extract.stretches import stretches
from grpc_backend.model import Role
from grpc_backend.packing import ROLE_BITS, Uses, encode

# Definitions with one of these modifiers use what their name says as well.
USING: Final = frozenset({"embedded", "reexport"})
# What of a reading its place does not tell.
_BUT_ROLE: Final = 0xFF & ~ROLE
# A use with the number of its name above its place and role.
_USE_BITS: Final = 40


def _fixed(role: int) -> bytes:
    """Each reading as it is in a range in which all words have one role."""
    last = role if role >= 0 else NO_ROLE
    chained = {HIDDEN: EARLIER_HIDDEN, Role.IMPORT: EARLIER_IMPORT}.get(role)
    readings = bytearray(range(256))
    for reading in range(256):
        if role != FREE and not (reading & NO_NAME or (role == Role.TYPE and reading & CALLED)):
            earlier = chained if chained and reading & EARLIER else reading & EARLIER
            readings[reading] = last | earlier | (reading & CALLED)
    return bytes(readings)


# By role (those below zero count from the end).
_FIXED: Final = np.frombuffer(b"".join(map(_fixed, [*map(int, Role), FREE, FREE, HIDDEN])), np.uint8).reshape(-1, 256)
# Whether the last name of a word with this reading is a use; those before it.
_LAST_USED: Final = np.array([reading & ROLE != NO_ROLE and not reading & NO_NAME for reading in range(256)])
_EARLIER_USED: Final = np.array(
    [reading & EARLIER in (EARLIER_READ, EARLIER_IMPORT) and not reading & NO_NAME for reading in range(256)]
)
# A piece of a text with words in it, and where it stands.
Piece = tuple[str, int]


class ReferenceFinder:
    """Finds references by one language's rules."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._memories = Memories(rules)

    def find(self, unit: Unit) -> dict[str, bytes]:
        """The uses of each name, packed as `Extraction.occurrences` has them."""
        text = _masked(unit.text, unit.masks, unit.holes)
        if text.isspace():
            return {}
        self._memories.chains.tidy()
        scan = _Scan(self._rules, self._memories, unit)
        pieces = [(text, 0)]
        while pieces:
            pieces = scan.take(pieces)
        uses = scan.uses()
        return dict(zip(uses, map(encode, uses.values()), strict=True))


class _Scan:
    """One pass over one file."""

    def __init__(self, rules: Rules, memories: Memories, unit: Unit) -> None:
        self._rules, self._memories = rules, memories
        self._text = unit.text
        self._ranges = stretches(unit.roles, FREE)
        at = {place: role if role >= 0 else NO_ROLE for place, role in unit.role_at.items()}
        for draft in unit.drafts:
            if draft.kind not in SHAPELESS and USING.isdisjoint(draft.modifiers):
                at[draft.name_start] = NO_ROLE
        self._places = np.array(sorted(at.items()), np.int64).reshape(-1, 2).T
        self._found: list[Numbers] = []

    def take(self, pieces: list[Piece]) -> list[Piece]:
        """Take in the words of pieces of the text, in order; return those that are in their strings."""
        cut = _Cut(self._rules, self._memories, pieces)
        readings = self._memories.readings(cut.said())
        embedded = list(cut.settle(readings))
        readings = self._fix(readings, cut.starts)
        self._place(readings, cut)
        self._found += cut.uses(readings)
        return embedded

    def _fix(self, readings: Readings, starts: Numbers) -> Readings:
        """Read the words in ranges that have one role."""
        borders, roles = self._ranges
        if not borders:
            return readings
        firsts = starts.searchsorted(borders)
        counts = np.empty(len(borders) + 1, np.int64)
        counts[0], counts[1:-1], counts[-1] = firsts[0], firsts[1:] - firsts[:-1], len(starts) - firsts[-1]
        return _FIXED[np.repeat([FREE, *roles], counts), readings]

    def _place(self, readings: Readings, cut: _Cut) -> None:
        """Read the words whose role is known by their place: that of their last names."""
        places, roles = self._places
        indexes = cut.starts.searchsorted(places, "right") - 1
        said = (cut.lasts[indexes] == places) & (readings[indexes] & NO_NAME == 0)  # -1 stands for the last, and is far
        indexes = indexes[said]
        readings[indexes] = readings[indexes] & _BUT_ROLE | roles[said].astype(np.uint8)

    def uses(self) -> dict[str, Uses]:
        """All names and their uses; to be asked for at the end."""
        found: dict[str, Uses] = {}
        for name, receiver, uses in self._grouped():
            known = found.get(name)
            if known is None:
                found[name] = {receiver: uses}
            elif receiver in known:
                known[receiver] += uses
            else:
                known[receiver] = uses
        return found

    def _grouped(self) -> Iterator[tuple[str, str, list[int]]]:
        """The uses of each name with each receiver; of some receivers in several parts."""
        found = np.concatenate(self._found)
        if not len(found):
            return
        found.sort()
        numbers = found >> _USE_BITS
        firsts = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
        borders = [0, *firsts.tolist(), len(found)]
        uses = (found & ((1 << _USE_BITS) - 1)).tolist()
        names = self._memories.chains.names
        for number, start, end in zip(numbers[borders[:-1]].tolist(), borders, borders[1:], strict=False):
            name, receiver = names[number]
            if receiver.startswith(UNKNOWN):
                for use in uses[start:end]:
                    yield name, receiver_before(self._text, (use >> ROLE_BITS) - len(receiver)), [use]
            else:
                yield name, receiver, uses[start:end]


class _Cut:
    """Pieces of a text cut into words and gaps: where each word begins, what is known of it."""

    def __init__(self, rules: Rules, memories: Memories, pieces: list[Piece]) -> None:
        self._rules, self._memories = rules, memories
        self._chains: list[str] = []
        self._gaps: list[str] = []
        self._firsts: list[int] = []
        lacking: list[int] = []
        position = 0
        for text, offset in pieces:
            lacking.append(offset - position)
            self._firsts.append(len(self._chains))
            self._split(text)
            position = offset + len(text) + 1
        count = len(self._chains)
        self._by_words = np.fromiter(map(memories.chains.__getitem__, self._chains), np.int64, count)
        self._by_gaps = np.fromiter(map(memories.gaps.__getitem__, self._gaps), np.int64, count)
        self.numbers = self._by_words >> ENTRY_BITS
        steps = np.frombuffer(memories.chains.lengths, np.int64)[self.numbers] + (self._by_gaps >> ENTRY_BITS)
        self.starts = steps.cumsum() - steps
        self.starts += lacking[0] if len(pieces) == 1 else self._lacking(lacking, count)
        self.lasts = self.starts + np.frombuffer(memories.chains.offsets, np.int64)[self.numbers]

    def _lacking(self, between: list[int], count: int) -> Numbers:
        """How much text stands before each word besides what was cut; `between`: before each piece."""
        borders = np.array([*self._firsts, count])
        return np.repeat(np.array(between).cumsum(), borders[1:] - borders[:-1])

    def _split(self, text: str) -> None:
        for written, sign in self._rules.links.items():
            text = text.replace(written, sign)
        parts = self._rules.splitter.split(text)
        parts.append("\n")
        self._chains += parts[::2]
        self._gaps += parts[1::2]

    def said(self) -> Numbers:
        """What is said of each word, by itself and its neighbours: all fields of its entry."""
        said = (self._by_gaps & AFTER) | (self._by_words & OWN)
        before = (self._by_gaps & BEFORE) | (self._by_words & NEXT)
        said[1:] |= before[:-1]
        if len(self._firsts) > 1:
            said[self._firsts] &= AFTER | OWN
        self._said = said
        return said

    def settle(self, readings: Readings) -> Iterator[Piece]:
        """Read the words that depend on more than their neighbours; yield the code inside strings."""
        memories, last = self._memories, len(readings) - 1
        handed, receiving = 0, -1
        for index in np.flatnonzero(readings & UNSETTLED).tolist():
            while True:
                chain, gap = self._chains[index], self._gaps[index]
                before = memories.before(int(self._said[index])) | (handed if receiving == index else 0)
                readings[index], handed = memories.settle(chain, before, gap)
                if handed & words.EMBEDDING:
                    start = int(self.starts[index]) + len(chain)
                    for first, end in self._rules.embedded(gap, chain):
                        yield gap[first:end], start + first
                    handed &= ~words.EMBEDDING
                if not handed or index == last:
                    break
                receiving = index = index + 1
                if readings[index] & UNSETTLED:
                    break  # its turn comes

    def uses(self, readings: Readings) -> list[Numbers]:
        """The uses, each with the number of its name and receiver above its place and role."""
        chains = self._memories.chains
        kept = _LAST_USED[readings]
        numbers = np.frombuffer(chains.last, np.int64)[self.numbers[kept]]
        found = [numbers << _USE_BITS | self.lasts[kept] << ROLE_BITS | readings[kept] & ROLE]
        chained = _EARLIER_USED[readings].nonzero()[0]
        if len(chained):
            found.append(self._earlier(chained, readings[chained] & EARLIER == EARLIER_IMPORT))
        return found

    def _earlier(self, chained: Numbers, imported: NDArray[np.bool_]) -> Numbers:
        """The names before the last ones of these words."""
        chains = self._memories.chains
        borders = np.frombuffer(chains.firsts, np.int64)
        firsts = borders[self.numbers[chained]]
        counts = borders[self.numbers[chained] + 1] - firsts
        ends = counts.cumsum()
        parts = np.arange(ends[-1]) + np.repeat(firsts - ends + counts, counts)
        places = np.repeat(self.starts[chained], counts) + np.frombuffer(chains.earlier_offsets, np.int64)[parts]
        roles = np.frombuffer(chains.earlier_roles, np.int64)[parts]
        roles[np.repeat(imported, counts)] = Role.IMPORT
        return np.frombuffer(chains.earlier, np.int64)[parts] << _USE_BITS | places << ROLE_BITS | roles


def _masked(text: str, masks: list[tuple[int, int]], holes: list[tuple[int, int]]) -> str:
    """The text with blanks where the query says that there is no code; of ranges in each other the innermost counts."""
    if not masks:
        return text
    ranges = sorted([*((start, -end, True) for start, end in masks), *((start, -end, False) for start, end in holes)])
    pieces: list[str] = []
    stack: list[tuple[int, bool]] = []
    position, blank = 0, False
    for start, negative_end, masking in [*ranges, (len(text), 0, False)]:
        while stack and stack[-1][0] <= start:
            end, outer = stack.pop()
            pieces.append(" " * (end - position) if blank else text[position:end])
            position, blank = max(position, end), outer
        pieces.append(" " * (start - position) if blank else text[position:start])
        position = max(position, start)
        stack.append((-negative_end, blank))
        blank = masking
    return "".join(pieces)
