"""What gaps, words and their signs mean in a language: each worked out once and then looked up at full speed."""

from __future__ import annotations

import re
from array import array
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grpc_backend.extract import words
from grpc_backend.extract.draft import readable
from grpc_backend.extract.rules import Rules
from grpc_backend.model import Role

RECEIVER_CHARACTERS: Final = 40
# Gaps longer than this are seldom met again.
REMEMBERED_GAP_CHARACTERS: Final = 48
REMEMBERED_GAPS: Final = 50_000
REMEMBERED_CHAINS: Final = 200_000
# Of a file's words: what is said of each (entries), how each reads.
Numbers = NDArray[np.int64]
Readings = NDArray[np.uint8]
# The receiver of a chain that begins with its link, `.b` in `a().b`: as many of these as the link has characters.
UNKNOWN: Final = "\0"

# Signs that have to do with one word only: it is a name (and no keyword)…
NAME: Final = 1 << 30
# …that its last name does not stand where it begins: `b` in `a.b`.
CHAIN: Final = 1 << 29
# A word's reading, one byte: the role of its last name; that of what is before it, if it is a chain; whether it is
# called; whether it is no name at all; whether it depends on more than its neighbours, and has yet to be settled.
ROLE: Final = 0b111
NO_ROLE: Final = 0b111
EARLIER: Final = 0b11000
EARLIER_READ: Final = 0b01000
EARLIER_IMPORT: Final = 0b10000
EARLIER_HIDDEN: Final = 0b11000
CALLED: Final = 0b100000
NO_NAME: Final = 0b1000000
UNSETTLED: Final = 0b10000000
NO_READING: Final = NO_NAME | NO_ROLE

# What is said of a word, in an entry's low bits: each sign (or several at once) has a small number.
_FIELD_BITS: Final = 4
_FIELD: Final = (1 << _FIELD_BITS) - 1
AFTER: Final = _FIELD  # by the gap after it
OWN: Final = _FIELD << _FIELD_BITS  # by itself
BEFORE: Final = _FIELD << 2 * _FIELD_BITS  # by the gap before it
NEXT: Final = _FIELD << 3 * _FIELD_BITS  # by the word before it
# Above them: a gap's length, a word's number.
ENTRY_BITS: Final = 4 * _FIELD_BITS
_UNKNOWN_READING: Final = 0xFF

_LINKS: Final = ".\x01\x02\x03"
_PART: Final = re.compile(r"([.\x01-\x03]*)([^.\x01-\x03]+)")


class _Numbers:
    """Numbers for the few different things that are said in one of an entry's fields; 0 is given."""

    def __init__(self, field: int, first: int) -> None:
        self._shift = (field & -field).bit_length() - 1
        self._numbers = {first: 0}
        self._signs = [first]

    def __getitem__(self, signs: int) -> int:
        """The field's value for these signs."""
        number = self._numbers.get(signs)
        if number is None:
            number = self._numbers[signs] = len(self._signs)
            self._signs.append(signs)
            if number > _FIELD:
                raise OverflowError(f"a language's rules say more than {_FIELD + 1} different things of a word")
        return number << self._shift

    def signs(self, entry: int) -> int:
        """The signs that an entry has in this field."""
        return self._signs[entry >> self._shift & _FIELD]


class GapMemory(dict[str, int]):
    """Each gap's entry: what it says of the words around it, and its length."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules
        self.after = _Numbers(AFTER, 0)
        self.before = _Numbers(BEFORE, words.STATEMENT)  # 0: the beginning of a text

    def __missing__(self, gap: str) -> int:
        signs = self.after[self._rules.after(gap)] | self.before[self._rules.before(gap)]
        entry = len(gap) << ENTRY_BITS | signs
        if len(gap) <= REMEMBERED_GAP_CHARACTERS:
            if len(self) >= REMEMBERED_GAPS:
                self.clear()
            self[gap] = entry
        return entry


class ChainMemory(dict[str, int]):
    """Each word's entry (a piece between gaps): what it says, that it is a keyword, a name, a chain like `a.b.c`; its number.

    Its own signs have NAME for what is no keyword, words.SOFT for what may be one. By a word's number: its length, and
    in `last` and `offsets` its last name with what stands before it and where that begins, in `earlier` the same of the
    names before it, from `firsts[number]` to `firsts[number + 1]`. `names` are (name, receiver), each once.
    """

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules
        self.own = _Numbers(OWN, 0)
        self.next = _Numbers(NEXT, 0)
        self._forget()

    def _forget(self) -> None:
        self.clear()
        self._numbers: dict[tuple[str, str], int] = {}
        self.names: list[tuple[str, str]] = []
        self.lengths, self.last, self.offsets = array("q"), array("q"), array("q")
        self.firsts, self.earlier = array("q", [0]), array("q")
        self.earlier_offsets, self.earlier_roles = array("q"), array("q")

    def tidy(self) -> None:
        """Forget, between two texts, when there is too much."""
        if len(self) >= REMEMBERED_CHAINS:
            self._forget()

    def __missing__(self, chain: str) -> int:
        keywords = self._rules.keywords
        name, offset, receiver, follows = readable(chain), 0, "", 0
        if chain in keywords:
            said = keywords[chain]
            own, follows = (words.SOFT, 0) if said & words.SOFT else (0, said)
        elif parts := self._read(chain):
            *earlier, (name, offset, receiver, role) = parts
            own = NAME | (CHAIN if offset else 0) | (words.CALLED if role else 0)
            for part in earlier:
                self.earlier.append(self._number(part[0], part[2]))
                self.earlier_offsets.append(part[1])
                self.earlier_roles.append(part[3])
        else:
            own = 0
        entry = self[chain] = len(self.lengths) << ENTRY_BITS | self.own[own] | self.next[follows]
        self.lengths.append(len(chain))
        self.last.append(self._number(name, receiver))
        self.offsets.append(offset)
        self.firsts.append(len(self.earlier))
        return entry

    def _number(self, name: str, receiver: str) -> int:
        number = self._numbers.setdefault((name, receiver), len(self.names))
        if number == len(self.names):
            self.names.append((name, receiver))
        return number

    def _read(self, chain: str) -> list[tuple[str, int, str, int]]:
        """The names of a chain: each with its offset in there, what stands before it, its role if nothing else tells."""
        keywords = self._rules.keywords
        parts: list[tuple[str, int, str, int]] = []
        for match in _PART.finditer(chain.rstrip(_LINKS)):
            link, name = match.groups()
            receiver = self._receiver(chain, link, match.start())
            is_keyword = name in keywords and not keywords[name] & words.SOFT
            if name[0].isdigit() or (is_keyword and not (receiver and self._rules.keyword_members)):
                continue
            role = Role.CALL if receiver and self._rules.is_call(link, name) else Role.READ
            parts.append((readable(name), match.start(2), receiver, role))
        return parts

    def _receiver(self, chain: str, link: str, end: int) -> str:
        """What stands before a link of a chain; UNKNOWN if that is not in the chain."""
        if not link or link.startswith(".."):
            return ""
        if not end:
            return "" if link == self._rules.root_link else UNKNOWN * len(link)
        if end > RECEIVER_CHARACTERS:
            return ""
        for written, sign in self._rules.links.items():
            chain = chain.replace(sign, written)
        return readable(chain[:end])


def handed_on(before: int, after: int) -> int:
    """What the word before a gap hands on to the one after it: along a list, or as its annotation."""
    if after & words.SPANNING:
        return before & words.ALONG_LIST
    return words.TYPED if after & words.ANNOTATED and before & words.STATEMENT else 0


class Memories:
    """One language's."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.gaps = GapMemory(rules)
        self.chains = ChainMemory(rules)
        self._readings = np.full(1 << ENTRY_BITS, _UNKNOWN_READING, np.uint8)
        self._settled: dict[tuple[str, int, str], tuple[int, int]] = {}

    def readings(self, said: Numbers) -> Readings:
        """The readings of words of which all fields of their entries are known."""
        found = self._readings[said]
        if _UNKNOWN_READING in found:
            for entry in set(said[found == _UNKNOWN_READING].tolist()):
                own, after = self.chains.own.signs(entry), self.gaps.after.signs(entry)
                self._readings[entry] = self._read(self.before(entry), own, after)
            found = self._readings[said]
        return found

    def before(self, entry: int) -> int:
        """What the gap and the word before a word say of it."""
        return self.gaps.before.signs(entry) | self.chains.next.signs(entry)

    def _read(self, before: int, own: int, after: int) -> int:
        """The reading of a word by what is said before it, by it and after it."""
        if not own & NAME:
            return NO_READING | (UNSETTLED if own & words.SOFT else 0)
        role = int(self._rules.role(before | own | after))
        reading = role if role >= 0 else NO_ROLE
        if own & CHAIN:
            reading |= EARLIER_IMPORT if before & words.IMPORTED else EARLIER_READ
        return reading | (CALLED if after & words.CALLED else 0) | (UNSETTLED if handed_on(before, after) else 0)

    def settle(self, chain: str, before: int, gap: str) -> tuple[int, int]:
        """The reading of a word of which that much is known, and what it says of the next one that the gap does not."""
        key = (chain, before, gap)
        found = self._settled.get(key)
        if found is None:
            found = self._settle(chain, before, gap)
            if len(gap) <= REMEMBERED_GAP_CHARACTERS:
                if len(self._settled) >= REMEMBERED_GAPS:
                    self._settled.clear()
                self._settled[key] = found
        return found

    def _settle(self, chain: str, before: int, gap: str) -> tuple[int, int]:
        own, after = self.chains.own.signs(self.chains[chain]), self.gaps.after.signs(self.gaps[gap])
        if own & words.SOFT:
            if self._rules.is_keyword(chain, before, gap):
                return NO_READING, self._rules.keywords[chain] & ~words.SOFT
            own = NAME  # what a soft keyword says, it says as a keyword only
        if not own & NAME:
            return NO_READING, 0
        return self._read(before, own, after) & ~UNSETTLED, handed_on(before, after)
