"""When a name matches: the tiers of name matching, defined once for all engines.

A name has the best tier that fits. Camel and snake humps follow what editors do (IntelliJ, gopls):
each piece of the query begins a word of the name, from the first word on, without a gap; and where the query has words
itself, each begins such a piece. Typos are
counted as optimal string alignment distance (insertion, deletion, substitution, adjacent
transposition), where one half of the query must be intact: that is what an index can answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

from msgspec import Struct
from rapidfuzz.distance import OSA

from grpc_backend.storage.names import begins, fold, spaced, words_of

MIN_HUMP = 2
MIN_SUBSEQUENCE = 3
# A longer name has nearly any letters in it.
MAX_STRETCH = 5
MIN_TYPO = 5
MIN_TWO_TYPOS = 9
TOO_MANY = 3


class Tier(IntEnum):
    """How a name matches, best first. The order is measured: `tests.bench.search.names`."""

    EXACT = 0
    CASE = 1  # but for upper and lower case
    SEPARATORS = 2  # but for what stands between words: get_user, getUser, get user
    PREFIX = 3
    WORDS = 4  # every word of the query begins a word of the name, in any order
    HUMP = 5
    SUBSTRING = 6
    TYPO = 7
    TWO_TYPOS = 8
    SUBSEQUENCE = 9


class NamePattern(Struct, frozen=True):
    """Names of exactly this tier (not of a better one) for `text`.

    `container`, if any, are names that must enclose it, outermost first: of symbols, of the file
    (the name and the extension apart) or of its folders. ("http", "Request") fits http::Request::parse, and
    ("models",) fits what stands in models/query.py. They are compared folded; others may stand between.
    """

    text: str
    tier: Tier
    container: tuple[str, ...] = ()


class Text(Struct, frozen=True):
    """A query's text in the forms that tiers compare."""

    text: str
    folded: str
    squeezed: str
    words: tuple[str, ...]
    letters: frozenset[str]
    parts: tuple[str, ...]

    @property
    def first_half(self) -> str:
        """What a name must begin with where the typo is in the second half."""
        return self.folded[: len(self.folded) // 2]

    @property
    def second_half(self) -> str:
        """What a name must end with where the typo is in the first half."""
        return self.folded[len(self.folded) // 2 :]

    @property
    def has_parts(self) -> bool:
        """Whether it was typed as words (`BufSt`, `buf_st`)."""
        return len(self.parts) >= MIN_HUMP

    def agrees(self, words: str) -> bool:
        """Whether what was typed as words begins words of a name: `BufSt` does not those of BUFSTAT."""
        return not self.has_parts or begins_alike(self.parts, words.split())

    def is_hump(self, words: list[str]) -> bool:
        """Whether the text is put together from beginnings of at least two words, from the first one on, and each of
        its own words begins with one of them.
        """
        return begins_alike(self.parts, words) if self.has_parts else is_hump(self.squeezed, words)

    @property
    def typos(self) -> int:
        """How many typos a query of this length may have."""
        length = len(self.folded)
        return 2 if length >= MIN_TWO_TYPOS else 1 if length >= MIN_TYPO else 0


@lru_cache(maxsize=64)
def text_of(text: str) -> Text:
    """The forms of a query's text."""
    spoken = text.split() if " " in text.strip() else []
    words = tuple(dict.fromkeys(word for part in spoken for word in words_of(part)))
    parts = tuple(words_of(text))
    typed = "".join(parts)
    return Text(text, fold(text), typed, words, frozenset(typed), parts)


def tier_of(name: str, text: str) -> Tier | None:
    """The best tier at which `name` matches `text`, or None."""
    return Tier.EXACT if name == text else tier_by_forms(fold(name), spaced(name), text)


def may_match(name: str, text: str) -> bool:
    """False for most names that match at no tier, and never for another: `tier_of` takes ten times as long."""
    query = text_of(text)
    if not (name.isascii() and text.isascii()):
        return True
    folded = fold(name)
    return query.letters.issubset(folded) or (query.typos > 0 and within_typos(query, folded))


def tier_by_forms(folded: str, words: str, text: str) -> Tier | None:  # noqa: PLR0911 - one return a tier reads best
    """The best tier of a name that is not the text itself, by its folded and its spaced form."""
    query = text_of(text)
    if folded == query.folded:
        return Tier.CASE
    if query.squeezed and words.replace(" ", "") == query.squeezed:
        return Tier.SEPARATORS
    if folded.startswith(query.folded) and query.agrees(words):
        return Tier.PREFIX
    if query.words and has_words(query.words, words):
        return Tier.WORDS
    if query.is_hump(words.split()):
        return Tier.HUMP
    if query.folded in folded:
        return Tier.SUBSTRING
    distance = _distance(query, folded)
    if distance == 1:
        return Tier.TYPO
    if distance == 2:
        return Tier.TWO_TYPOS
    return Tier.SUBSEQUENCE if is_subsequence(query.squeezed, folded) else None


def is_hump(text: str, words: list[str]) -> bool:
    """Whether `text` is put together from beginnings of at least two of the words, from the first one on."""
    if len(text) < MIN_HUMP or len(words) < MIN_HUMP or not words[0].startswith(text[0]):
        return False
    # After each word: how much of the text the words so far can have used up.
    reached = {0}
    for count, word in enumerate(words, 1):
        after = _taken(text, reached, word)
        if count >= MIN_HUMP and len(text) in after:
            return True
        reached = after - {len(text)}
        if not reached:
            return False
    return False


def _taken(text: str, reached: set[int], word: str) -> set[int]:
    """Up to where a text that was used up to one of some places is used up by a beginning of a word."""
    after, end = set(), len(text)
    for start in reached:
        at = start
        for letter in word:
            if at == end or text[at] != letter:
                break
            at += 1
            after.add(at)
    return after


def begins_alike(typed: Sequence[str], words: Sequence[str]) -> bool:
    """Whether the words of a name can be had so that each word that was typed begins with one of them."""
    starts = {0}  # which word of the name can be the next
    for text in typed:
        starts = {end for start in starts for end in _ends(text, words, start)}
    return bool(starts)


def _ends(text: str, words: Sequence[str], start: int) -> set[int]:
    """Behind which words a text can end that is put together from beginnings of words from `start` on."""
    found: set[int] = set()
    reached = {0}
    for place in range(start, len(words)):
        after = _taken(text, reached, words[place])
        if len(text) in after:
            found.add(place + 1)
        reached = after - {len(text)}
        if not reached:
            break
    return found


def has_words(wanted: tuple[str, ...], words: str) -> bool:
    """Whether each wanted word begins one of the words, which have a blank before each."""
    return all(f" {one}" in words for one in wanted)


def is_subsequence(text: str, folded: str) -> bool:
    """Whether the text's characters occur in this order, the first one at the beginning of a name that is not much
    longer.
    """
    if not MIN_SUBSEQUENCE <= len(text) <= len(folded) <= MAX_STRETCH * len(text) or begins(folded)[0] != text[0]:
        return False
    characters = iter(begins(folded))
    return all(character in characters for character in text)


def within_typos(query: Text, folded: str) -> bool:
    """Whether a name may be the query mistyped: one half of the query is intact."""
    if abs(len(folded) - len(query.folded)) > query.typos:
        return False
    return folded.startswith(query.first_half) or folded.endswith(query.second_half)


def _distance(query: Text, folded: str) -> int:
    """The number of typos, or TOO_MANY."""
    if not query.typos or not within_typos(query, folded):
        return TOO_MANY
    distance: int = OSA.distance(query.folded, folded, score_cutoff=query.typos)
    return distance if distance <= query.typos else TOO_MANY


def container_matches(container: tuple[str, ...], path: str, qualified_name: str) -> bool:
    """Whether what encloses a symbol has these names in this order (see NamePattern)."""
    if not container:
        return True
    # A single pass over an iterator: each name is sought after the one before.
    enclosing = map(fold, (*parts_of(path), *qualified_name.split(".")[:-1]))
    return all(fold(wanted) in enclosing for wanted in container)


def parts_of(path: str) -> list[str]:
    """The names in a path: folders, then the file's name and its extensions."""
    *folders, file = path.split("/")
    return [*folders, *file.split(".")]
