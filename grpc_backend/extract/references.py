"""Finds the uses of names: one pass over the words of a text (see words.py for the method).

There are some hundred thousand words to a second of parsing, so what gaps and words say by themselves is looked up
(see memories.py), and the loop over them does no more than join it. It is written to be compiled (see hatch_build.py),
and where it is, the same loop in C takes its place (see scanner.py).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Unit
from grpc_backend.extract.memories import CHAIN, NAME, UNKNOWN, UNSURE, Memories, Word
from grpc_backend.extract.receivers import receiver_before
from grpc_backend.extract.rules import FREE, HIDDEN, SHAPELESS, Rules
from grpc_backend.extract.scanner import new_scanner
from grpc_backend.extract.stretches import stretches
from grpc_backend.model import Role
from grpc_backend.packing import ROLE_BITS, Uses, encode

if TYPE_CHECKING:
    from mypy_extensions import i64

    from grpc_backend.extract._scan import Scanner

# Definitions with one of these modifiers use what their name says as well.
USING: Final = frozenset({"embedded", "reexport"})
_FAR: Final = 1 << 60
_BITS: Final = ROLE_BITS
_TYPE: Final = int(Role.TYPE)
_IMPORT: Final = int(Role.IMPORT)
_HIDDEN: Final = HIDDEN
_FREE: Final = FREE


class ReferenceFinder:
    """Finds references by one language's rules."""

    def __init__(self, rules: Rules, *, plain: bool = False) -> None:
        """With `plain` the scanner is not used, though it be there."""
        self._rules = rules
        self._memories = Memories(rules)
        self._scanner = None if plain else new_scanner(rules, self._memories)

    def find(self, unit: Unit) -> dict[str, bytes]:
        """The uses of each name, packed as `Extraction.occurrences` has them."""
        text = _masked(unit.text, unit.masks, unit.holes)
        if text.isspace():
            return {}
        scan = _Scan(self._rules, self._memories, self._scanner, unit)
        try:
            scan.run(text, 0)
            return {name: encode(uses) for name, uses in scan.uses().items()}
        finally:
            scan.forget()


class _Scan:
    """One pass over one file.

    Roles are as in `Role`, or negative for what is no use. From `border` on, something else holds than that words have
    the role `fixed` (FREE: their own); the next word whose role is known stands at `place`, or is passed already.
    What ends before `event` has nothing to do with either.
    """

    border: i64
    fixed: i64
    place: i64
    event: i64

    def __init__(self, rules: Rules, memories: Memories, scanner: Scanner | None, unit: Unit) -> None:
        self._rules, self._memories, self._scanner = rules, memories, scanner
        self._text = unit.text
        self._at = dict(unit.role_at)
        for draft in unit.drafts:
            if draft.kind not in SHAPELESS and USING.isdisjoint(draft.modifiers):
                self._at[draft.name_start] = HIDDEN
        self._places = [*sorted(self._at), _FAR]
        borders, self._roles = stretches(unit.roles, FREE)
        self._borders = [*borders, _FAR]
        self.border = self.place = self.event = 0
        self.fixed = FREE
        self._touched: list[Word] = []
        self._uses: dict[str, Uses] = {}

    def run(self, text: str, offset: int) -> None:
        """Take in the words of a text that stands at `offset` in the file."""
        for written, sign in self._rules.links.items():
            text = text.replace(written, sign)
        if self._scanner is not None:
            self._scanner.run(self, self._uses, text, offset, self._places, self._at, self._borders, self._roles)
        else:
            self._run(text, offset)

    def _run(self, text: str, offset: int) -> None:
        """What the scanner does."""
        memories, known_words, known_gaps = self._memories, self._memories.words, self._memories.gaps
        pieces = self._rules.splitter.pattern.split(text)
        pieces.append("\n")  # word, gap, word, gap, …
        self._seek(offset)
        start: i64 = offset
        before: i64 = words.STATEMENT
        event: i64 = self.event
        for index in range(0, len(pieces), 2):
            piece, between = pieces[index], pieces[index + 1]
            word = known_words.get(piece)
            if word is None:
                word = memories.word(piece)
            gap = known_gaps.get(between)
            if gap is None:
                gap = memories.gap(between)
            end = start + len(piece)
            own = word.own
            if not own:  # a keyword
                before = gap.before | word.before
                start = end + len(between)
                continue
            signs = own | before | gap.after
            if gap.signs != signs:
                gap.role = memories.role(signs)
                gap.signs = signs
            role = gap.role
            kept = gap.kept & before
            if kept == words.STATEMENT:
                kept = words.TYPED
            if role >= 0 and end <= event:  # nearly all of them
                if (uses := word.uses) is None:
                    uses = self._begun(word)
                uses.append(start << _BITS | role)
            else:
                said = -1 if own & NAME else self.keyword(word, before, between, end)
                if said >= 0:
                    kept = said
                    self._seek(end)
                else:
                    self._take(word, before, gap.after, role, start)
                event = self.event
            before = gap.before | kept
            start = end + len(between)

    def _seek(self, start: int) -> None:
        """Go to where `start` is in what is known by places."""
        index = bisect_right(self._borders, start)
        self.border = self._borders[index]
        self.fixed = self._roles[index - 1] if index else FREE
        self.place = self._places[bisect_left(self._places, start)]
        self.event = min(self.border, self.place) if self.fixed == _FREE else 0

    def keyword(self, word: Word, before: i64, between: str, end: i64) -> i64:
        """What a word that may be a keyword, and ends there, says of the next one; -1 if it is none here."""
        if not self._rules.is_keyword(word.chain, before, between):
            return -1
        if word.before & words.EMBEDDING:
            for first, last in self._rules.embedded(between, word.chain):
                self.run(between[first:last], end + first)
        return word.before & ~words.EMBEDDING

    def _take(self, word: Word, before: i64, after: i64, role: i64, start: i64) -> None:
        """Take in a name, or a chain of them, with all that is to be told of it."""
        chain = word.own & CHAIN
        if role == UNSURE:
            role = self._memories.told(chain | NAME | before | after)
        earlier: i64 = _IMPORT if before & words.IMPORTED else _FREE
        if start >= self.border:
            self._seek(start)
        fixed = self.fixed
        if fixed != _FREE and not (fixed == _TYPE and after & words.CALLED):
            role = fixed
            if fixed in (_IMPORT, _HIDDEN):
                earlier = fixed
        last = start + word.delta
        if last >= self.place:
            role = self._placed(last, role)
        if chain and (role < 0 or earlier != _FREE):
            self.take_apart(word, start, role, earlier)
        elif role >= 0:
            uses = self._begun(word) if word.uses is None else word.uses
            uses.append(start << _BITS | role)

    def _begun(self, word: Word) -> list[int]:
        """The uses of a word that had none in this file."""
        uses: list[int] = []
        word.uses = uses
        self._touched.append(word)
        return uses

    def _placed(self, place: int, role: int) -> int:
        """The role of a word that is known by its place, or else that one."""
        self.place = self._places[bisect_right(self._places, place)]
        self.event = min(self.border, self.place) if self.fixed == _FREE else 0
        return self._at.get(place, role)

    def take_apart(self, word: Word, start: int, role: int, earlier: int) -> None:
        """Take in a chain whose names before the last are not merely read, or of which only those are uses."""
        place = start << ROLE_BITS
        if earlier != HIDDEN:
            for name, delta, receiver, inner in word.earlier:
                self._add(name, delta, receiver, [place | (earlier if earlier >= 0 else inner)])
        if role >= 0:
            self._add(word.name, word.delta, word.receiver, [place | role])

    def uses(self) -> dict[str, Uses]:
        """All names and their uses; to be asked for at the end."""
        found = self._uses
        for word in self._touched:
            uses = word.uses
            assert uses is not None
            if word.delta:
                for name, delta, receiver, role in word.earlier:
                    self._add(name, delta, receiver, [use >> ROLE_BITS << ROLE_BITS | role for use in uses])
                self._add(word.name, word.delta, word.receiver, uses)
            elif (known := found.get(word.name)) is None:  # most of them
                found[word.name] = {word.receiver: uses}
            elif word.receiver in known:
                known[word.receiver] += uses
            else:
                known[word.receiver] = uses
        if self._touched:
            for known in found.values():
                for uses in known.values():
                    uses.sort()
        return found

    def forget(self) -> None:
        """Take the uses away from the words, which the language keeps."""
        for word in self._touched:
            word.uses = None
        if self._scanner is not None:
            self._scanner.forget()

    def _add(self, name: str, delta: int, receiver: str, uses: list[int]) -> None:
        """Add uses of a name that stands `delta` into the word that they are of."""
        further = delta << ROLE_BITS
        known = self._uses.setdefault(name, {})
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
