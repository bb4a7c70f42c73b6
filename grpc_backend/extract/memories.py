"""What gaps, words and their signs mean in a language: each worked out once and then looked up at full speed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import readable
from grpc_backend.extract.rules import Rules
from grpc_backend.model import Role
from grpc_backend.packing import ROLE_BITS

if TYPE_CHECKING:
    from mypy_extensions import i64

RECEIVER_CHARACTERS: Final = 40
# Gaps longer than this are seldom met again.
REMEMBERED_GAP_CHARACTERS: Final = 48
REMEMBERED_GAPS: Final = 50_000
REMEMBERED_WORDS: Final = 200_000
# The receiver of a chain that begins with its link, `.b` in `a().b`; no receiver is written so.
UNKNOWN: Final = "\0unknown"

# Signs that have to do with one word only: it is a name (and no keyword)…
NAME: Final = 1 << 29
# …that its last name does not stand where it begins: `b` in `a.b`.
CHAIN: Final = 1 << 28

# The role of what is told by more than signs: what may be a keyword, a chain of names that are imported.
UNSURE: Final = -9

# A name of a chain that is not the last: its offset in there, what stands before it, its role if nothing else tells.
Inner = tuple[str, int, str, int]

_LINKS: Final = ".\x01\x02\x03"
_PART: Final = re.compile(r"([.\x01-\x03]*)([^.\x01-\x03]+)")


class Gap:
    """What a gap says of the word that it comes after, and of the one that it comes before.

    `kept` are those of the signs of the word before it that have to do with the one after it, too. `signs` is all that
    was said of the last word that it came after, and `role` what that made of the word: most often it is so again.
    """

    __slots__ = ("after", "before", "kept", "role", "signs")
    after: i64
    before: i64
    kept: i64
    role: i64
    signs: i64

    def __init__(self, after: int, before: int) -> None:
        self.after = after
        self.before = before
        self.kept = words.ALONG_LIST if after & words.SPANNING else words.STATEMENT if after & words.ANNOTATED else 0
        self.role = self.signs = 0


class Word:
    """What a word (a piece between gaps) says by itself: that it is a keyword, or a name, or a chain like `a.b.c`.

    `own` has NAME for what is no keyword, words.SOFT for what may be one; `before` is what a keyword says of the next
    word, or would say. `earlier` are a chain's names before the last; `name` is the last, `delta` its offset in the
    chain, `receiver` what stands before it. `uses` are those in the file at hand, if there are any.
    """

    __slots__ = ("before", "chain", "delta", "earlier", "name", "own", "receiver", "uses")
    own: i64
    before: i64
    delta: i64

    def __init__(self, chain: str, own: int, before: int) -> None:
        self.chain = chain
        self.own = own
        self.before = before
        self.earlier: tuple[Inner, ...] = ()
        self.name = self.receiver = ""
        self.delta = 0
        self.uses: list[int] | None = None

    def names(self) -> tuple[str | int, ...]:
        """Of each name, the last one last: the name, its receiver, what is added to a use of the word.

        Empty if one has a receiver that is not in the word.
        """
        found: list[str | int] = []
        for name, delta, receiver, role in [*self.earlier, (self.name, self.delta, self.receiver, 0)]:
            if receiver is UNKNOWN:
                return ()
            found += (name, receiver, delta << ROLE_BITS | role)
        return tuple(found)


class Memories:
    """One language's: its words and gaps by their texts, and roles by what is said of a word in all.

    The scanner (see scanner.py) finds words and gaps by itself, and asks for new ones only.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.words: dict[str, Word] = {}
        self.gaps: dict[str, Gap] = {}
        self._roles: dict[int, int] = {}

    def gap(self, text: str) -> Gap:
        """A gap that is not known yet, and is from now on."""
        gap = self.new_gap(text)
        if len(text) <= REMEMBERED_GAP_CHARACTERS:
            if len(self.gaps) >= REMEMBERED_GAPS:
                self.gaps.clear()
            self.gaps[text] = gap
        return gap

    def new_gap(self, text: str) -> Gap:
        """What a gap says."""
        return Gap(self._rules.after(text), self._rules.before(text))

    def role(self, signs: int) -> int:
        """The role of a word of which that is said, its own signs included; UNSURE if more is to be told of it."""
        return self.told(signs) if signs & NAME and not (signs & CHAIN and signs & words.IMPORTED) else UNSURE

    def told(self, signs: int) -> int:
        """The role of a word by what is said of it."""
        role = self._roles.get(signs)
        if role is None:
            role = self._roles[signs] = int(self._rules.role(signs))
        return role

    def word(self, chain: str) -> Word:
        """A word that is not known yet, and is from now on."""
        if len(self.words) >= REMEMBERED_WORDS:
            self.words.clear()  # the text at hand may have a second one of a name, which does no harm
        word = self.words[chain] = self.new_word(chain)
        return word

    def new_word(self, chain: str) -> Word:
        """What a word says."""
        signs = self._rules.keywords.get(chain)
        if signs is None:
            return self._read(chain)
        is_soft = signs & words.SOFT
        word = Word(chain, is_soft, signs & ~words.SOFT)
        word.name = readable(chain)
        return word

    def _read(self, chain: str) -> Word:
        keywords = self._rules.keywords
        parts: list[Inner] = []
        for match in _PART.finditer(chain.rstrip(_LINKS)):
            link, name = match.groups()
            receiver = self._receiver(chain, link, match.start())
            is_keyword = name in keywords and not keywords[name] & words.SOFT
            if name[0].isdigit() or (is_keyword and not (receiver and self._rules.keyword_members)):
                continue
            role = int(Role.CALL if receiver and self._rules.is_call(link, name) else Role.READ)
            parts.append((readable(name), match.start(2), receiver, role))
        word = Word(chain, 0, 0)
        if parts:
            word.earlier = tuple(parts[:-1])
            word.name, word.delta, word.receiver, role = parts[-1]
            word.own = NAME | (CHAIN if word.delta else 0) | (words.CALLED if role else 0)
        return word

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
