"""What gaps, words and their signs mean in a language: each worked out once and then looked up at full speed."""

from __future__ import annotations

import re
import struct
import sys
from typing import Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import readable
from grpc_backend.extract.rules import Rules
from grpc_backend.model import Role

RECEIVER_CHARACTERS: Final = 40
# Gaps longer than this are seldom met again.
REMEMBERED_GAP_CHARACTERS: Final = 48
REMEMBERED_GAPS: Final = 50_000
REMEMBERED_CHAINS: Final = 200_000
# The receiver of a chain that begins with its link, `.b` in `a().b`; no receiver is written so.
UNKNOWN: Final = "\0unknown"

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

# One name of a chain, its offset in there, what stands before it.
Part = tuple[str, int, str]
# The same of a name that is not the last, and its role if nothing else tells.
Inner = tuple[str, int, str, int]

_NUMBERS: Final = struct.Struct("4H")
_LINKS: Final = ".\x01\x02\x03"
_PART: Final = re.compile(r"([.\x01-\x03]*)([^.\x01-\x03]+)")


# What is said of the word at hand (before a gap: of the word before it), and of the next one.
Signs = tuple[int, int]


class _Numbered(dict[str, int]):
    """Texts to what they say, as small numbers: `signs` has what each stands for (0: the beginning of a text)."""

    def __init__(self, rules: Rules, beginning: Signs) -> None:
        super().__init__()
        self._rules = rules
        self._numbers: dict[Signs, int] = {beginning: 0}
        self.signs = [beginning]

    def _number(self, signs: Signs) -> int:
        number = self._numbers.get(signs)
        if number is None:
            number = self._numbers[signs] = len(self.signs)
            self.signs.append(signs)
        return number


class GapMemory(_Numbered):
    """What each gap says of the words around it."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules, (0, words.STATEMENT))

    def __missing__(self, gap: str) -> int:
        number = self._number((self._rules.after(gap), self._rules.before(gap)))
        if len(gap) <= REMEMBERED_GAP_CHARACTERS:
            if len(self) >= REMEMBERED_GAPS:
                self.clear()
            self[gap] = number
        return number


class ChainMemory(_Numbered):
    """What each word (a piece between gaps) says by itself: that it is a keyword, or a name, or a chain like `a.b.c`.

    Its signs have NAME for what is no keyword, words.SOFT for what may be one, and what a keyword
    says of the word after it. `parts` are a chain's names before the last, and the last.
    """

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules, (0, 0))
        self.parts: dict[str, tuple[tuple[Inner, ...], Part]] = {}

    def __missing__(self, chain: str) -> int:
        if len(self) >= REMEMBERED_CHAINS:
            self.clear()  # but not `parts`, which the text at hand may still need
        if chain in self._rules.keywords:
            signs = self._rules.keywords[chain]
            self.parts[chain] = (), (readable(chain), 0, "")
            number = self._number((words.SOFT, 0) if signs & words.SOFT else (0, signs))
        else:
            number = self._number((self._read(chain), 0))
        self[chain] = number
        return number

    def tidy(self) -> None:
        """Forget, between two texts, when there is too much."""
        if len(self.parts) >= REMEMBERED_CHAINS:
            self.clear()
            self.parts.clear()

    def _read(self, chain: str) -> int:
        keywords = self._rules.keywords
        parts: list[Inner] = []
        for match in _PART.finditer(chain.rstrip(_LINKS)):
            link, name = match.groups()
            receiver = self._receiver(chain, link, match.start())
            is_keyword = name in keywords and not keywords[name] & words.SOFT
            if name[0].isdigit() or (is_keyword and not (receiver and self._rules.keyword_members)):
                continue
            role = Role.CALL if receiver and self._rules.is_call(link, name) else Role.READ
            parts.append((readable(name), match.start(2), receiver, role))
        if not parts:
            return 0
        self.parts[chain] = tuple(parts[:-1]), parts[-1][:3]
        return NAME | (CHAIN if parts[-1][1] else 0) | (words.CALLED if parts[-1][3] else 0)

    def _receiver(self, chain: str, link: str, end: int) -> str:
        """What stands before a link of a chain; UNKNOWN if that is not in the chain."""
        if not link or link.startswith(".."):
            return ""
        if not end:
            return "" if link == self._rules.root_link else UNKNOWN
        if end > RECEIVER_CHARACTERS:
            return ""
        for written, sign in self._rules.links.items():
            chain = chain.replace(sign, written)
        return readable(chain[:end])


class RoleMemory(dict[int, int]):
    """The reading of a word by four numbers in one: of the gap after it, of itself, and of the same before it."""

    def __init__(self, rules: Rules, gaps: GapMemory, chains: ChainMemory) -> None:
        super().__init__()
        self._rules, self._gaps, self._chains = rules, gaps, chains
        self._readings: dict[int, int] = {}

    def __missing__(self, key: int) -> int:
        gap, chain, gap_before, chain_before = _NUMBERS.unpack(key.to_bytes(_NUMBERS.size, sys.byteorder))
        own, after = self._chains.signs[chain][0], self._gaps.signs[gap][0]
        before = self._gaps.signs[gap_before][1] | self._chains.signs[chain_before][1]
        reading = self[key] = self.read(before, own, after)
        return reading

    def read(self, before: int, own: int, after: int) -> int:
        """The reading of a word by what is said before it, by it and after it."""
        if not own & NAME:
            return NO_READING | (UNSETTLED if own & words.SOFT else 0)
        signs = before | own | after
        reading = self._readings.get(signs)
        if reading is None:
            role = int(self._rules.role(signs))
            reading = self._readings[signs] = role if role >= 0 else NO_ROLE
        if own & CHAIN:
            reading |= EARLIER_IMPORT if before & words.IMPORTED else EARLIER_READ
        return reading | (CALLED if after & words.CALLED else 0) | (UNSETTLED if handed_on(before, after) else 0)


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
        self.roles = RoleMemory(rules, self.gaps, self.chains)
        self._settled: dict[tuple[str, int, str], tuple[int, int]] = {}

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
        own, after = self.chains.signs[self.chains[chain]][0], self.gaps.signs[self.gaps[gap]][0]
        if own & words.SOFT:
            if self._rules.is_keyword(chain, before, gap):
                return NO_READING, self._rules.keywords[chain] & ~words.SOFT
            own = NAME  # what a soft keyword says, it says as a keyword only
        if not own & NAME:
            return NO_READING, 0
        return self.roles.read(before, own, after) & ~UNSETTLED, handed_on(before, after)
