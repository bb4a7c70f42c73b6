"""Finds the uses of names: one pass over the words of a text (see words.py for the method).

There are some hundred thousand words to a second of parsing, so no Python code runs for each of them: what
gaps and words say are arrays of small numbers, looked up and joined as a whole, and only the few words whose
reading depends on more than their neighbours are looked at one by one.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from itertools import accumulate, compress, islice, repeat
from typing import Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Unit
from grpc_backend.extract.memories import (
    CALLED,
    EARLIER,
    EARLIER_HIDDEN,
    EARLIER_IMPORT,
    EARLIER_READ,
    NO_NAME,
    NO_READING,
    NO_ROLE,
    ROLE,
    UNKNOWN,
    UNSETTLED,
    Memories,
)
from grpc_backend.extract.receivers import receiver_before
from grpc_backend.extract.rules import FREE, HIDDEN, SHAPELESS, Rules
from grpc_backend.extract.stretches import stretches
from grpc_backend.model import Role
from grpc_backend.packing import ROLE_BITS, Uses, encode

# With fewer words than so many to a place whose role is known, all places are looked up together.
SPARSE: Final = 6
# Definitions with one of these modifiers use what their name says as well.
USING: Final = frozenset({"embedded", "reexport"})


def _fixed(role: int) -> bytes:
    """Each reading as it is in a range in which all words have one role."""
    last = role if role >= 0 else NO_ROLE
    chained = {HIDDEN: EARLIER_HIDDEN, Role.IMPORT: EARLIER_IMPORT}.get(role)
    readings = bytearray(range(256))
    for reading in range(256):
        if not (reading & NO_NAME or (role == Role.TYPE and reading & CALLED)):
            earlier = chained if chained and reading & EARLIER else reading & EARLIER
            readings[reading] = last | earlier | (reading & CALLED)
    return bytes(readings)


_FIXED: Final = {role: _fixed(role) for role in (HIDDEN, *map(int, Role))}
_UNSETTLED: Final = re.compile(rb"[\x80-\xff]")
# 1 for readings that make the last name of a word a use.
_IS_USE: Final = bytes(reading & ROLE != NO_ROLE and not reading & NO_NAME for reading in range(256))
# Chains of which not all names are uses, or the ones before the last not merely read.
_SPECIAL: Final = re.compile(
    b"[%s]"
    % b"".join(
        rb"\x%02x" % reading
        for reading in range(NO_NAME)
        if reading & EARLIER > EARLIER_READ or (reading & EARLIER and reading & ROLE == NO_ROLE)
    )
)
# What is known of a word by its place: a role or this; which bits of its reading that keeps, and which it sets.
_UNSAID: Final = ROLE + 1
_KEEPING: Final = bytes([*[0xFF & ~ROLE] * _UNSAID, *[0xFF] * (256 - _UNSAID)])
_SAYING: Final = bytes([*range(_UNSAID), *[0] * (256 - _UNSAID)])
_OF_CHAINS: Final = bytes(0xFF if reading & EARLIER else 0 for reading in range(256))


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
        scan.run(text, 0)
        uses = scan.uses()
        return dict(zip(uses, map(encode, uses.values()), strict=True))


class _Scan:
    """One pass over one file."""

    def __init__(self, rules: Rules, memories: Memories, unit: Unit) -> None:
        self._rules, self._memories = rules, memories
        self._text = unit.text
        # The roles of words by their places; the places that are looked up one by one.
        self._at = {place: role if role >= 0 else NO_ROLE for place, role in unit.role_at.items()}
        for draft in unit.drafts:
            if draft.kind not in SHAPELESS and USING.isdisjoint(draft.modifiers):
                self._at[draft.name_start] = NO_ROLE
        self._inside: list[int] = []
        self._is_dense = False
        self._ranges = stretches(unit.roles, FREE)
        # The uses of each word; those of each name.
        self._words: dict[str, list[int]] = defaultdict(list)
        self._uses: dict[str, Uses] = {}

    def run(self, text: str, offset: int) -> None:
        """Take in the words of a text that stands at `offset` in the file."""
        for written, sign in self._rules.links.items():
            text = text.replace(written, sign)
        pieces = self._rules.splitter.split(text)
        pieces.append("\n")
        chains, gaps = pieces[::2], pieces[1::2]
        starts = list(islice(accumulate(map(len, pieces), initial=offset), 0, len(pieces), 2))
        if not offset:
            self._is_dense = len(starts) < SPARSE * len(self._at)
            self._inside = sorted(self._at.keys() - set(starts) if self._is_dense else self._at)
        readings = self._readings(chains, gaps, starts)
        self._fix(readings, starts)
        readings = self._place(readings, chains, starts)
        self._take_apart(readings, chains, starts)
        kept = readings.translate(_IS_USE)
        uses = [
            start << ROLE_BITS | reading & ROLE
            for start, reading in zip(compress(starts, kept), compress(readings, kept), strict=True)
        ]
        deque(map(list.append, map(self._words.__getitem__, compress(chains, kept)), uses), 0)

    def _readings(self, chains: list[str], gaps: list[str], starts: list[int]) -> bytearray:
        """Each word's reading by its neighbours."""
        memories, count = self._memories, len(chains)
        said_by_gaps = array("H", map(memories.gaps.__getitem__, gaps))
        said_by_words = array("H", map(memories.chains.__getitem__, chains))
        keys = array("H", bytes(8 * count + 8))  # see RoleMemory
        keys[:-4:4] = keys[6::4] = said_by_gaps
        keys[1:-4:4] = keys[7::4] = said_by_words
        readings = bytearray(map(memories.roles.__getitem__, memoryview(keys).cast("B").cast("Q")[:-1].tolist()))
        handed, receiving, last = 0, 0, count - 1
        for match in _UNSETTLED.finditer(readings):  # sees what is marked on the way
            index = match.start()
            chain, gap = chains[index], gaps[index]
            before = memories.gaps.signs[keys[4 * index + 2]][1] | memories.chains.signs[keys[4 * index + 3]][1]
            if receiving == index:
                before |= handed
            readings[index], handed = memories.settle(chain, before, gap)
            if handed & words.EMBEDDING:
                self._embedded(chain, gap, starts[index] + len(chain))
                handed &= ~words.EMBEDDING
            if handed and index < last:
                receiving = index + 1
                readings[receiving] |= UNSETTLED
        return readings

    def _embedded(self, word: str, gap: str, start: int) -> None:
        """Go through the code inside a string."""
        for first, last in self._rules.embedded(gap, word):
            self.run(gap[first:last], start + first)

    def _fix(self, readings: bytearray, starts: list[int]) -> None:
        """Read the words in ranges that have one role."""
        borders, roles = self._ranges
        stretch = max(0, bisect_right(borders, starts[0]) - 1)
        for border, end, role in zip(borders[stretch:], borders[stretch + 1 :], roles[stretch:], strict=False):
            if border > starts[-1]:
                break
            if role != FREE:
                first, last = bisect_left(starts, border), bisect_left(starts, end)
                readings[first:last] = readings[first:last].translate(_FIXED[role])

    def _place(self, readings: bytearray, chains: list[str], starts: list[int]) -> bytearray:
        """Read the words whose role is known by their place."""
        if not self._is_dense:
            self._place_singly(readings, chains, starts)
            return readings
        said = bytes(map(self._at.get, starts, repeat(_UNSAID)))
        size = len(said)
        chained = int.from_bytes(readings.translate(_OF_CHAINS))
        kept = int.from_bytes(said.translate(_KEEPING)) | chained
        known = int.from_bytes(said.translate(_SAYING)) & ~chained
        placed = bytearray((int.from_bytes(readings) & kept | known).to_bytes(size))
        self._place_singly(placed, chains, starts)
        return placed

    def _place_singly(self, readings: bytearray, chains: list[str], starts: list[int]) -> None:
        """The same one by one: few words, or the last names of chains, which stand where no word begins."""
        parts, last, index = self._memories.chains.parts, starts[-1] + len(chains[-1]), 0
        for offset in islice(self._inside, bisect_left(self._inside, starts[0]), None):
            if offset > last:
                break
            index = bisect_right(starts, offset, index) - 1
            reading = readings[index]
            if not reading & NO_NAME and starts[index] + parts[chains[index]][1][1] == offset:
                readings[index] = reading & ~ROLE | self._at[offset]

    def _take_apart(self, readings: bytearray, chains: list[str], starts: list[int]) -> None:
        """Take in the chains whose names before the last are not merely read, or of which only those are uses."""
        parts = self._memories.chains.parts
        for match in _SPECIAL.finditer(readings):
            index = match.start()
            earlier, last = parts[chains[index]]
            place, reading = starts[index] << ROLE_BITS, readings[index]
            if reading & EARLIER != EARLIER_HIDDEN:
                for name, delta, receiver, role in earlier:
                    said = Role.IMPORT if reading & EARLIER == EARLIER_IMPORT else role
                    self._add(name, delta, receiver, [place | said])
            if reading & ROLE != NO_ROLE:
                self._add(*last, [place | reading & ROLE])
            readings[index] = NO_READING

    def uses(self) -> dict[str, Uses]:
        """All names and their uses; to be asked for at the end."""
        found, parts = self._uses, self._memories.chains.parts
        for chain, uses in self._words.items():
            earlier, (name, delta, receiver) = parts[chain]
            if delta:
                for part in earlier:
                    self._add(part[0], part[1], part[2], [use & ~ROLE | part[3] for use in uses])
                self._add(name, delta, receiver, uses)
            elif (known := found.get(name)) is None:  # most of them
                found[name] = {receiver: uses}
            elif receiver in known:
                known[receiver] += uses
            else:
                known[receiver] = uses
        return found

    def _add(self, name: str, delta: int, receiver: str, uses: list[int]) -> None:
        """Add uses of a name that stands `delta` into the word that they are of."""
        further = delta << ROLE_BITS
        known = self._uses.get(name)
        if known is None:
            known = self._uses[name] = {}
        if receiver is UNKNOWN:
            for use in uses:
                known.setdefault(receiver_before(self._text, use >> ROLE_BITS), []).append(use + further)
        elif receiver in known:
            known[receiver] += [use + further for use in uses]
        else:
            known[receiver] = [use + further for use in uses]


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
