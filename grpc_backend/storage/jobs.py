"""Repositories that wait to be indexed, and who is at which: a queue that workers on several machines take from.

A job is held for as long as its worker says, by a lease that it renews. A worker that dies lets its lease run out, and
another takes the job. What fails is tried again after a while, and given up, with its error kept, after MOST_TRIES.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

MOST_TRIES: Final = 3
LOST: Final = "the worker was lost, or did not say in time that it is still there"

WAITING, TAKEN, FAILED = "waiting", "taken", "failed"


class Job(Struct, frozen=True):
    """One repository to index. `source`: a path or a URL that workers can read; `commit`: what the snapshot is called.

    `state` is waiting, taken or failed; `tries`: how often it was taken; `error`: of the last try that went wrong.
    """

    id: int
    source: str
    commit: str
    state: str = WAITING
    tries: int = 0
    worker: str = ""
    error: str = ""


class Queue(Protocol):
    """Errors: StorageFailed from every method. A job is held by who has it in its present try: the `Job` as taken."""

    def add(self, jobs: Sequence[tuple[str, str]]) -> int:
        """Have sources indexed under commits; return how many are new.

        One that waits already is not added twice; one that is taken is (there may be a newer state of it); of one
        that has failed the new one takes the place.
        """

    def take(self, worker: str, lease_s: float) -> Job | None:
        """The job that has waited longest, for so long; None if there is none."""

    def renew(self, held: Job, lease_s: float) -> bool:
        """Go on holding a job for so long from now; False if another has it by now, or nobody."""

    def done(self, held: Job) -> bool:
        """It is done, and gone; False as with `renew`."""

    def failed(self, held: Job, error: str, again_in_s: float) -> bool:
        """It went wrong: it waits again for so long, or is given up. False as with `renew`."""

    def jobs(self, limit: int) -> list[Job]:
        """Those that wait, are taken or have failed, in the order in which they were added, so many at most."""


class _Kept(Struct):
    job: Job
    not_before_s: float


class MemoryQueue:
    """The specification of all others."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = RLock()
        self._ids = itertools.count(1)
        self._kept: dict[int, _Kept] = {}

    def add(self, jobs: Sequence[tuple[str, str]]) -> int:
        """Have sources indexed."""
        with self._lock:
            before = self._kept.values()
            waiting = {(one.job.source, one.job.commit) for one in before if one.job.state == WAITING}
            new = [one for one in dict.fromkeys(jobs) if one not in waiting]
            for number, kept in list(self._kept.items()):
                if kept.job.state == FAILED and (kept.job.source, kept.job.commit) in new:
                    del self._kept[number]
            for source, commit in new:
                job = Job(next(self._ids), source, commit)
                self._kept[job.id] = _Kept(job, self._clock())
            return len(new)

    def take(self, worker: str, lease_s: float) -> Job | None:
        """The job that has waited longest."""
        with self._lock:
            self._give_up()
            due = (one for one in self._kept.values() if one.job.state != FAILED and one.not_before_s <= self._clock())
            kept = next(due, None)
            if kept is None:
                return None
            error = LOST if kept.job.state == TAKEN else kept.job.error
            kept.job = replace(kept.job, state=TAKEN, worker=worker, tries=kept.job.tries + 1, error=error)
            kept.not_before_s = self._clock() + lease_s
            return kept.job

    def renew(self, held: Job, lease_s: float) -> bool:
        """Go on holding a job."""
        with self._lock:
            kept = self._held(held)
            if kept is not None:
                kept.not_before_s = self._clock() + lease_s
            return kept is not None

    def done(self, held: Job) -> bool:
        """It is done."""
        with self._lock:
            is_held = self._held(held) is not None
            if is_held:
                del self._kept[held.id]
            return is_held

    def failed(self, held: Job, error: str, again_in_s: float) -> bool:
        """It went wrong."""
        with self._lock:
            kept = self._held(held)
            if kept is not None:
                state = FAILED if held.tries >= MOST_TRIES else WAITING
                kept.job = replace(kept.job, state=state, worker="", error=error)
                kept.not_before_s = self._clock() + again_in_s
                self._join(kept)
            return kept is not None

    def jobs(self, limit: int) -> list[Job]:
        """In the order in which they were added."""
        with self._lock:
            self._give_up()
            return [one.job for one in self._kept.values()][:limit]

    def _held(self, held: Job) -> _Kept | None:
        kept = self._kept.get(held.id)
        is_held = kept is not None and kept.job.state == TAKEN and kept.job.tries == held.tries
        return kept if is_held else None

    def _join(self, kept: _Kept) -> None:
        """Of two that wait for the same the later one does for both."""
        alike = [
            one.job.id
            for one in self._kept.values()
            if one is not kept
            and one.job.state == WAITING
            and (one.job.source, one.job.commit) == (kept.job.source, kept.job.commit)
        ]
        if alike:
            del self._kept[kept.job.id]

    def _give_up(self) -> None:
        """Those whose workers were lost too often."""
        for kept in self._kept.values():
            over = kept.job.state == TAKEN and kept.not_before_s <= self._clock() and kept.job.tries >= MOST_TRIES
            if over:
                kept.job = replace(kept.job, state=FAILED, worker="", error=LOST)
