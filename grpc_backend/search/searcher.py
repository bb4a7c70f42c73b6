"""Run a query: ask step by step, best matches first, until there is enough.

The order of hits is total: by step (a tier of a reading), by round (the first symbol of every name
before the second of any: one name must not fill the list), by score, by place. A cursor is a
hit's place in that order; the next page begins after it, whatever has changed in between.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from grpc_backend.errors import InvalidRequest
from grpc_backend.model import Located
from grpc_backend.search.query import Query, Reading
from grpc_backend.search.rank import asked_for, order, reasons, score
from grpc_backend.storage.engine import Finder
from grpc_backend.storage.form import is_whole
from grpc_backend.storage.pattern import NamePattern, Tier

# Ranking looks at more than it shows: the engine's cut knows only uses and length.
CANDIDATES_PER_HIT: Final = 3
MIN_CANDIDATES: Final = 30
# Pages end here: nobody reads on, and each page looks at all before it.
MAX_SEEN: Final = 10_000
# How a symbol matches where filters alone were given.
LISTED: Final = "listed"
# A text of so few characters is like a name by accident.
SHORT: Final = 6
# Of a name that is there but for case and separators, so many symbols come before what it begins.
FIRST_FEW: Final = 3
_SIGNS: Final = frozenset("_-")

# Where the name is there but for case and separators, nobody means one that is mistyped or shortened.
_CLOSE: Final = frozenset({Tier.EXACT, Tier.CASE, Tier.SEPARATORS})
_SPELT_OTHERWISE: Final = (Tier.CASE, Tier.SEPARATORS)
_LOOSE: Final = frozenset({Tier.HUMP, Tier.TYPO, Tier.TWO_TYPOS, Tier.SUBSEQUENCE})
# Within a container these are asked only where there is nothing better: many names match, and few are in it.
_BROAD: Final = frozenset({Tier.WORDS, Tier.HUMP, Tier.SUBSTRING})
# These are asked only where there is nothing better: their hits are guesses, and the dearest to find.
_LOOSEST: Final = frozenset({Tier.TYPO, Tier.TWO_TYPOS, Tier.SUBSEQUENCE})

_SCORE_AND_PLACE: Final = itemgetter(0, 1)
_ROUND: Final = itemgetter(0)

# With two readings, the second has its say before the first one's looser tiers.
_ALL: Final = tuple(Tier)
_FIRM: Final = (Tier.EXACT, Tier.CASE, Tier.SEPARATORS, Tier.PREFIX, Tier.WORDS, Tier.HUMP)
_SECOND: Final = (Tier.EXACT, Tier.CASE, Tier.SEPARATORS, Tier.PREFIX)


class Step(NamedTuple):
    """A reading at a tier. `late`: of humps those that leave out words of the name, which are often accidents: they
    come after the parts of names; of a name that is spelt otherwise all symbols but the first few: they come after what
    it begins.
    """

    reading: Reading
    tier: Tier
    late: bool = False


Plan = list[Step]


class ScoredHit(Struct, frozen=True):
    """A symbol that matches, how well, and how: a tier's name in lower case, or LISTED. `cursor`: the page after it;
    `reasons`: what orders it among hits that match as well, worked out when it is asked for.
    """

    located: Located
    score: float
    match: str
    cursor: str
    reasons: Callable[[], dict[str, float]]


class SearchAnswer(Struct, frozen=True):
    """Hits, best first; `truncated` if there are more."""

    hits: list[ScoredHit]
    truncated: bool


class _Key(Struct, frozen=True, array_like=True, order=True):
    """A hit's place in the order. `seen`: how many hits there were with it; `close`: whether one of them was close;
    `settled`: whether one of them leaves no doubt of what is meant.
    """

    step: int
    round: int
    negative_score: float
    path: str
    line: int
    column: int
    seen: int = 0
    close: bool = False
    settled: bool = False


def search(view: Finder, workspace: str, query: Query) -> SearchAnswer:
    """The best hits of a query, all at once. Errors: StorageFailed, InvalidRequest (a cursor that is none)."""
    hits = [hit for found in steps(view, workspace, query) for hit in found]
    return SearchAnswer(hits[: query.limit], len(hits) > query.limit)


def steps(view: Finder, workspace: str, query: Query) -> Iterator[list[ScoredHit]]:
    """The hits of each step that has any, best first, up to one more than the limit. Errors as for `search`."""
    start = _position(query.cursor)
    seen, close, settled, wanted = start.seen, start.close, start.settled, query.limit + 1
    candidates = max((seen + wanted) * CANDIDATES_PER_HIT, MIN_CANDIDATES)
    known: set[tuple[str, int, int]] = set()
    plan, asking = _plan(query), _Asking(view, workspace, query)
    for number, (reading, tier, _) in enumerate(plan):
        # With one reading no symbol is found twice: tiers do not overlap.
        if number < start.step and len(query.readings) == 1:
            continue
        # What a page began is gone on with, whatever was found by then.
        is_begun = number == start.step
        if not is_begun and ((close and _is_far(plan[number])) or (settled and _is_idle(query, reading, tier))):
            continue
        found = _found(asking, plan[number], candidates)
        fresh = _fresh(found, number, start, known)[:wanted]
        known.update(one.place for one in found)
        if not fresh:
            continue
        close = close or (tier in _CLOSE and not _goes_on(reading.text, tier))
        settled = settled or any(_settles(reading, tier, one.located) for one in fresh)
        yield [
            _hit(query, plan, _Key(number, *one.key, seen + place, close, settled), one.located)
            for place, one in enumerate(fresh, 1)
        ]
        seen += len(fresh)
        wanted -= len(fresh)
        if not wanted:
            return


def _is_far(step: Step) -> bool:
    """Whether nobody means what a step finds, where the name is there but for case and separators. (That a name is
    there which is as short as what is typed as humps may be an accident.)
    """
    is_short = len(step.reading.text) <= SHORT and not step.reading.container
    return step.tier in _LOOSE and not (step.tier is Tier.HUMP and is_short and not step.late)


def _is_idle(query: Query, reading: Reading, tier: Tier) -> bool:
    """Whether a step is not worth its time where something better was found."""
    if tier in _LOOSEST:
        return True
    return bool(reading.container) and (tier in _BROAD or (tier is Tier.PREFIX and reading != query.readings[0]))


def _settles(reading: Reading, tier: Tier, one: Located) -> bool:
    """Whether looser matches need not be looked for: humps that leave out words may be accidents, and so may be what is
    mistyped in one of few letters, or twice.
    """
    if tier in (Tier.TYPO, Tier.TWO_TYPOS):
        return tier is Tier.TYPO and len(reading.text) >= SHORT
    return tier is not Tier.HUMP or is_whole(reading.text, one.symbol.name)


def _goes_on(text: str, tier: Tier) -> bool:
    """Whether a name that is there but for separators is not meant: who types `get_` wants to go on."""
    return tier is Tier.SEPARATORS and text.endswith(tuple(_SIGNS))


def gathered(found: Iterator[list[ScoredHit]], within_s: float) -> tuple[list[ScoredHit], bool]:
    """The hits of the next steps, as many as come within a time, but one step's at least; and whether there may be
    more.
    """
    until = time.monotonic() + within_s
    hits: list[ScoredHit] = []
    for step in found:
        hits += step
        if time.monotonic() >= until:
            return hits, True
    return hits, False


def _plan(query: Query) -> Plan:
    """Which reading is asked at which tier, in order."""
    first, *others = query.readings
    if query.literal:
        return [Step(first, Tier.EXACT)]
    plan = [Step(query.whole, Tier.EXACT)] if query.whole else []
    plan += [Step(first, tier) for tier in (_FIRM if others else _ALL)]
    if _goes_on(first.text, Tier.SEPARATORS):  # what it begins comes first
        plan.remove(Step(first, Tier.SEPARATORS))
        plan.insert(plan.index(Step(first, Tier.PREFIX)) + 1, Step(first, Tier.SEPARATORS))
    begun = max(plan.index(Step(first, tier)) for tier in (Tier.PREFIX, Tier.SEPARATORS))
    plan[begun + 1 : begun + 1] = _others_of(first)
    for other in others:
        plan += [Step(other, tier) for tier in _SECOND] + _others_of(other)
        plan += [Step(first, tier) for tier in _ALL if tier not in _FIRM]
    # Who types what stands between words types letters as they stand.
    after = Tier.SUBSEQUENCE if _SIGNS.intersection(first.text) else Tier.SUBSTRING
    plan.insert(plan.index(Step(first, after)) + 1, Step(first, Tier.HUMP, late=True))
    return plan


def _others_of(reading: Reading) -> Plan:
    """The other symbols of a name that is spelt otherwise."""
    return [Step(reading, tier, late=True) for tier in _SPELT_OTHERWISE]


class _Asking:
    """A view asked for one query; what two steps of it share is asked for once."""

    def __init__(self, view: Finder, workspace: str, query: Query) -> None:
        self.query = query
        self._view = view
        self._workspace = workspace
        self._told: dict[NamePattern, list[Located]] = {}

    def find(self, pattern: NamePattern, candidates: int) -> list[Located]:
        """See `engine.View`. (What comes late was mostly asked for before.)"""
        if pattern not in self._told:
            self._told[pattern] = self._view.find(self._workspace, pattern, self.query.filters, candidates)
        return self._told[pattern]


class _Found(NamedTuple):
    """A hit of one step: its place in the order of the step, and its symbol."""

    round: int
    negative_score: float
    place: tuple[str, int, int]
    located: Located

    @property
    def key(self) -> tuple[int, float, str, int, int]:
        """What a `_Key` has behind the step's number."""
        return (self.round, self.negative_score, *self.place)


def _found(asking: _Asking, step: Step, candidates: int) -> list[_Found]:
    """All hits of one step in their order."""
    reading, tier, late = step
    found = asking.find(NamePattern(reading.text, tier, reading.container), candidates)
    if tier is Tier.HUMP:
        found = [one for one in found if late != is_whole(reading.text, one.symbol.name)]
    if not found:
        return []
    asked = asked_for(reading.text, tier, asking.query.near)
    scored = sorted(((-score(one, asked), order(one), one) for one in found), key=_SCORE_AND_PLACE)
    rounds: Counter[str] = Counter()
    numbered = []
    for value, place, one in scored:
        name = one.symbol.name
        numbered.append(_Found(rounds[name], value, place, one))
        rounds[name] += 1
    if len(rounds) < len(numbered):
        numbered.sort(key=_ROUND)
    if tier in _SPELT_OTHERWISE:
        return [one for one in numbered if late == (one.round >= FIRST_FEW)]
    return numbered


def _fresh(found: list[_Found], number: int, start: _Key, known: set[tuple[str, int, int]]) -> list[_Found]:
    """Hits of a step behind the place where a page begins, without those that were found before."""
    if number <= start.step:
        found = [one for one in found if _Key(number, *one.key) > start]
    return [one for one in found if one.place not in known] if known else found


def _hit(query: Query, plan: Plan, key: _Key, one: Located) -> ScoredHit:
    """The score falls from step to step, and within a step by what `rank.score` says."""
    reading, tier, _ = plan[key.step]
    asked = asked_for(reading.text, tier, query.near)
    whole = 1 - (key.step + 1 + key.negative_score) / len(plan)
    cursor = msgspec.json.encode(key).decode()
    match = tier.name.lower() if reading.text else LISTED
    return ScoredHit(one, round(whole, 6), match, cursor, partial(reasons, one, asked))


def _position(cursor: str) -> _Key:
    if not cursor:
        return _Key(-1, 0, 0.0, "", 0, 0)
    try:
        key = msgspec.json.decode(cursor, type=_Key)
    except msgspec.DecodeError:
        raise InvalidRequest("the cursor is none of ours: pass the one that the page before ended with") from None
    if not 0 <= key.seen <= MAX_SEEN:
        raise InvalidRequest("the cursor goes too far: narrow the query instead")
    return key
