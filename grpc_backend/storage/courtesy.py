"""Questions go first: what the daemon does in the background gives way while questions come.

One thread of Python runs at a time, so each moment of a commit is taken from the questions that are asked meanwhile.
Background work stops now and then and rests for some multiple of what it took since, but only while somebody asks: it
takes a fixed share of the time then, is never starved, and all of it otherwise. What a single edit commits is done
before the first rest. What has a process of its own takes no more than a CPU's time from questions, and rests the less
the more of that they leave.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

# So long at a stretch. (Threads are looked at with a clock: waiting counts as working, and is bounded by the longest.)
STRETCH_S: Final = 0.001
# Then so many times as long a rest, within bounds.
REST_SHARE: Final = 4
LONGEST_REST_S: Final = 0.02
# A process of its own rests longer: for what it has done a thread here has work, too.
PROCESS_REST_SHARE: Final = 8
# A question that came so lately is likely followed by another.
LATELY_S: Final = 0.05
# How much of the time questions take is looked at over about so long.
LOAD_OVER_S: Final = 0.25
# Items of a row of small work between looks at the clock.
ITEMS: Final = 32

T = TypeVar("T")


class Courtesy:
    """Knows when somebody searched last, and how busy searches keep us. Any thread may use it."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._load, self._noted_at = 0.0, 0.0

    @contextlib.contextmanager
    def question(self) -> Iterator[None]:
        """Around the answering of a question."""
        begun = self._asked_at = time.monotonic()
        try:
            yield
        finally:
            now = self._asked_at = time.monotonic()
            busy = 1 - math.exp((begun - now) / LOAD_OVER_S)
            self._load, self._noted_at = self._load_at(now) + busy, now

    def asked_within(self, seconds: float) -> bool:
        """Whether a question came so lately."""
        return time.monotonic() - self._asked_at < seconds

    def rest_s(self, took_s: float) -> float:
        """How long a process of its own rests after so long a stretch of work."""
        return PROCESS_REST_SHARE * took_s * min(self._load_at(time.monotonic()), 1.0)

    def _load_at(self, now: float) -> float:
        """The share of the time that questions took lately, what is long ago counting less and less."""
        return self._load * math.exp((self._noted_at - now) / LOAD_OVER_S)


class Pace:
    """How one thread gets on with background work."""

    def __init__(self, courtesy: Courtesy) -> None:
        self._courtesy = courtesy
        self._begun = time.monotonic()

    def give_way(self) -> None:
        """Rest, if it is time to and somebody asks."""
        took = time.monotonic() - self._begun
        if took < STRETCH_S:
            return
        if self._courtesy.asked_within(LATELY_S):
            time.sleep(min(REST_SHARE * took, LONGEST_REST_S))
        self._begun = time.monotonic()

    def through(self, items: Iterable[T]) -> Iterator[T]:
        """The same items, with rests in between."""
        for number, item in enumerate(items):
            if not number % ITEMS:
                self.give_way()
            yield item


# For who has a process to himself.
ALONE: Final = Pace(Courtesy())
