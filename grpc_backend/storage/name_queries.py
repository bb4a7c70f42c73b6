"""Which names of a store's index match a pattern, in the order of the cut.

Each tier is a formula over signatures, which gives few names too many and none too few; `tier_by_forms`, the
specification, decides on each, in the order of the cut, and only as far as names are taken. Where a formula gives very
many, bands are read side by side, each from its closest name on: a question that needs a hundred names does not look
at a hundred thousand.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from grpc_backend.storage import signatures
from grpc_backend.storage.form import form
from grpc_backend.storage.names import SIGNS, fold
from grpc_backend.storage.order import FORM_WORTH, MAX_BAND, NameOrder, closenesses, typed_extent
from grpc_backend.storage.pattern import (
    MAX_STRETCH,
    MIN_HUMP,
    MIN_SUBSEQUENCE,
    NamePattern,
    Text,
    Tier,
    text_of,
    tier_by_forms,
)
from grpc_backend.storage.segment import ENCODING, Numbers, Plan, Segment, keys_of
from grpc_backend.storage.signatures import END, Formula

# A formula that gives more is evaluated a part of a band at a time, first so many names of it.
MANY: Final = 50_000
FIRST_PART, PART_GROWTH = 2_048, 8


_HAVE_THE_TEXT: Final = frozenset({Tier.PREFIX, Tier.SUBSTRING})


class Sought(NamedTuple):
    """What to look for in a segment. `typos`, `words` (see Segment.spaced): a closer look at what the formulas give.
    `longest`: the length of the longest name that is meant, 0 if any is.
    """

    formulas: tuple[Formula, ...] = ()  # any of these
    keys: tuple[str, ...] = ()
    typos: bool = False
    words: bytes = b""
    longest: int = 0


class Match(NamedTuple):
    """A name that matches, in the order of the cut."""

    order: NameOrder
    id: int

    @property
    def name(self) -> str:
        """The name itself."""
        return self.order[-1]


def matching_names(
    segments: Sequence[Segment], pattern: NamePattern, dead: Numbers, having: Formula = ()
) -> Iterator[Match]:
    """Names that match at exactly the pattern's tier, which is not EXACT, in the order of the cut.

    Of `segments` the newest is first. Those of `dead` (ids, in order) are passed over. `having`: what else a name must
    have; some that have it not may be among them.
    """
    sought = _SOUGHT[pattern.tier](text_of(pattern.text))
    if sought is None:
        return iter(())
    if having:
        sought = sought._replace(formulas=tuple((*having, *formula) for formula in sought.formulas))
    look = _Look(pattern, sought)
    told = [dead, *(segment.covered for segment in segments)]
    looked = (look.matches(one, told[: place + 1]) for place, one in enumerate(segments) if len(one))
    found = [one for one in looked if one is not None]
    if len(found) < 2:
        return found[0] if found else iter(())
    return heapq.merge(*found)


class _Look:
    """One pattern looked for in segments."""

    def __init__(self, pattern: NamePattern, sought: Sought) -> None:
        self._pattern = pattern
        self._sought = sought
        self._text = text_of(pattern.text)
        self._typed = typed_extent(pattern.text)
        self._is_one_word = not self._text.has_parts

    def matches(self, segment: Segment, told: Sequence[Numbers]) -> Iterator[Match] | None:
        """The matches in a segment of which nothing newer is told (ids, in order), in the order of the cut. None: there
        are none.
        """
        plans = [segment.plan(formula) for formula in self._sought.formulas]
        if len(plans) == 1 and plans[0].likely > MANY:
            bands = (_parts(segment, plans[0], in_band) for in_band in range(MAX_BAND, -1, -1))
            return heapq.merge(
                *(self._fitting(segment, (_living(segment, one, told) for one in parts)) for parts in bands)
            )
        found = self._mistyped(segment, plans) if self._sought.typos else self._all(segment, plans)
        if not len(found):
            return None
        return self._fitting(segment, [_living(segment, found, told)])

    def _all(self, segment: Segment, plans: Sequence[Plan]) -> Numbers:
        if self._sought.keys:
            return segment.bearers(self._sought.keys)
        found = [segment.matching(plan) for plan in plans]
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found))

    def _mistyped(self, segment: Segment, plans: Sequence[Plan]) -> Numbers:
        """Those of about the right length that are typed otherwise in few places: the same for both tiers of typos."""
        text, typos = self._text.folded, self._text.typos
        asked, close = segment.mistyped
        if asked != (text, self._sought.formulas):
            numbers = self._all(segment, plans)
            apart = np.abs(segment.lengths[numbers].astype(np.int64) - len(text))
            near = numbers[apart <= typos].tolist()
            names = [fold(segment.name(number)) for number in near]
            places = process.extract(text, names, scorer=OSA.distance, score_cutoff=typos, limit=None)
            close = np.array(sorted(near[place] for _, _, place in places), np.int64)
            segment.mistyped = ((text, self._sought.formulas), close)
        return close

    def _fitting(self, segment: Segment, parts: Iterable[Numbers]) -> Iterator[Match]:
        """Those that the specification says match. They come by closeness, and wait until none can have a better place
        for its form (Fagin's threshold algorithm); only then is the specification asked, which takes the longest.
        """
        text, tier = self._pattern.text, self._pattern.tier
        waiting: list[tuple[NameOrder, int, str, bytes]] = []
        for close, number, in_band, length, words in self._meant(segment, parts):
            best = -(close + FORM_WORTH)
            while waiting and waiting[0][0][0] < best:
                yield from self._match(segment, *heapq.heappop(waiting))
            name = segment.name(number)
            folded = fold(name)
            if self._may_fit(name, folded):
                order = (-(close + FORM_WORTH * form(text, tier, name)), -in_band, length, name)
                heapq.heappush(waiting, (order, number, folded, words))
        while waiting:
            yield from self._match(segment, *heapq.heappop(waiting))

    def _may_fit(self, name: str, folded: str) -> bool:
        """False for many names that do not match, for little."""
        text, tier = self._pattern.text, self._pattern.tier
        if tier in _HAVE_THE_TEXT and self._text.folded not in folded:
            return False
        # As most names do that a looser tier finds for a common beginning.
        has_better = self._is_one_word and tier > Tier.PREFIX and folded.startswith(self._text.folded)
        return name != text and not has_better

    def _match(self, segment: Segment, order: NameOrder, number: int, folded: str, words: bytes) -> Iterator[Match]:
        """A name, if it matches."""
        if tier_by_forms(folded, str(words, *ENCODING), self._pattern.text) is self._pattern.tier:
            yield Match(order, int(segment.ids[number]))

    def _meant(self, segment: Segment, parts: Iterable[Numbers]) -> Iterator[tuple[float, int, int, int, bytes]]:
        """Names that the closer look leaves, by closeness: that, number, band, extent, words. Each part has names in
        the order of their numbers, and all that are closer than those of the next one.
        """
        longest, wanted = self._sought.longest, self._sought.words
        for part in parts:
            numbers = part[segment.lengths[part] <= longest] if longest else part
            extents, bands = segment.extents[numbers], segment.bands_of(numbers)
            close = closenesses(self._typed, extents, bands)
            if len(numbers) > 1 and (close[1:] > close[:-1]).any():
                order = (-close).argsort(kind="stable")
                numbers, extents, bands, close = numbers[order], extents[order], bands[order], close[order]
            told = (close, numbers, bands, extents)
            for places, read in segment.spaced(numbers, wanted):
                yield from zip(*(one[places].tolist() for one in told), read, strict=True)


def _parts(segment: Segment, plan: Plan, in_band: int) -> Iterator[Numbers]:
    """What a formula gives in a band, a part after the other, each as it is asked for."""
    first, last = segment.band_range(in_band)
    size = FIRST_PART
    while first < last:
        yield segment.matching(plan, first, min(first + size, last))
        first, size = first + size, size * PART_GROWTH


def _living(segment: Segment, numbers: Numbers, told: Sequence[Numbers]) -> Numbers:
    """Without the names of which something newer is told."""
    for ids in told:
        if len(ids) and len(numbers):
            own = segment.ids[numbers]
            numbers = numbers[ids[np.minimum(np.searchsorted(ids, own), len(ids) - 1)] != own]
    return numbers


# -- what each tier looks for


def _whole(text: Text) -> Sought:
    return Sought(keys=tuple(keys_of(text.folded, text.squeezed)))


def _separators(text: Text) -> Sought | None:
    return Sought(keys=(text.squeezed,)) if text.squeezed else None


def _prefix(text: Text) -> Sought:
    words = _alike(text.parts) if text.has_parts else b""
    return Sought((_beginning(text.folded) if text.folded else (),), words=words)


def _beginning(folded: str) -> Formula:
    """Names that begin with this."""
    bare = folded.lstrip(SIGNS)
    return (*(signatures.starts(bare) if bare else ()), *signatures.has(END + folded))


def _words(text: Text) -> Sought | None:
    clauses = (clause for word in text.words for clause in signatures.has_word(word))
    if not text.words:
        return None
    somewhere = [b"(?=[^\n]* %b)" % re.escape(word.encode(*ENCODING)) for word in text.words]
    return Sought((tuple(dict.fromkeys(clauses)),), words=b"\n" + b"".join(somewhere))


def _hump(text: Text) -> Sought | None:
    """From each letter to the next: on in the same word, or to the beginning of the next one."""
    if len(text.squeezed) < MIN_HUMP:
        return None
    words = _alike(text.parts) if text.has_parts else b"\n " + _two_words(text.squeezed)
    return Sought((signatures.humps(text.parts),), words=words)


def _alike(parts: Sequence[str]) -> bytes:
    """An expression for names that can be had so that each of these begins with one of their words."""
    return b"\n " + _SKIPPED.join(_SKIPPED_OR_NOT.join(map(_literal, part)) for part in parts)


# The rest of a word, up to the next one.
_SKIPPED: Final = b"[^ \n]*+ "
_SKIPPED_OR_NOT: Final = b"(?:[^ \n]*+ )?"


def _two_words(typed: str) -> bytes:
    """An expression for humps of at least two words: some letters in the first word, then all others."""
    first, *others = map(_literal, typed)
    within = b"".join(b"(" + one for one in others[:-1]) + b")?" * len(others[:-1])
    left = b"".join(b"(?(%d)|%b%b)" % (number, one, _SKIPPED_OR_NOT) for number, one in enumerate(others[:-1], 1))
    return first + within + _SKIPPED + left + others[-1]


def _literal(letter: str) -> bytes:
    """An expression for a letter."""
    return re.escape(letter.encode(*ENCODING))


def _substring(text: Text) -> Sought:
    return Sought((signatures.has(text.folded) if text.folded else (),))


def _typo(text: Text) -> Sought | None:
    """By the half that is intact."""
    if not text.typos:
        return None
    return Sought((_beginning(text.first_half), signatures.has(text.second_half + END)), typos=True)


def _up_to(letter: bytes) -> bytes:
    """An expression for all of a line up to a letter, and that; of one byte it is faster."""
    passed = b"[^%b\n]" if len(letter) == 1 else b"(?:(?!%b)[^\n])"
    return passed % re.escape(letter) + b"*+" + re.escape(letter)


def _subsequence(text: Text) -> Sought | None:
    typed = text.squeezed
    if len(typed) < MIN_SUBSEQUENCE:
        return None
    passed = b"".join(_up_to(letter.encode(*ENCODING)) for letter in typed)
    formula = (*signatures.starts(typed[0]), *signatures.has_letters(typed))
    return Sought((formula,), words=b"\n" + passed, longest=MAX_STRETCH * len(typed))


_SOUGHT: dict[Tier, Callable[[Text], Sought | None]] = {
    Tier.CASE: _whole,
    Tier.SEPARATORS: _separators,
    Tier.PREFIX: _prefix,
    Tier.WORDS: _words,
    Tier.HUMP: _hump,
    Tier.SUBSTRING: _substring,
    Tier.TYPO: _typo,
    Tier.TWO_TYPOS: _typo,
    Tier.SUBSEQUENCE: _subsequence,
}
