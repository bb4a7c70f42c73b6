"""What one stream still owes its peer: contents to be sent, changes to be acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from typing import Generic, TypeVar

from protos import code_index_pb2 as pb

T = TypeVar("T")


class ContentWindow:
    """Contents to ask the client for, in a window of bytes; urgent ones first.

    Others are asked for when a quarter of the window is free: a message for every few files costs both sides more
    than what is in it.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._urgent: deque[str] = deque()
        self._bulk: deque[str] = deque()
        self._asked: dict[str, int] = {}
        self._asked_bytes = 0
        self._again: set[str] = set()  # changed since they were asked for

    def want(self, paths: Iterable[str], *, urgent: bool) -> None:
        """Queue paths whose content is lacking."""
        (self._urgent if urgent else self._bulk).extend(paths)

    def answered(self, *paths: str) -> None:
        """Paths that were asked for are done with, one way or another."""
        for path in paths:
            self._asked_bytes -= self._asked.pop(path, 0)
            if path in self._again:
                self._again.discard(path)
                self._urgent.append(path)

    def next(self, size_of: Callable[[str], int | None]) -> list[str]:
        """The paths to ask for now. `size_of` tells a content's bytes, or None if it is no longer wanted."""
        paths: list[str] = []
        if not self._urgent and self._asked_bytes > self._limit_bytes * 3 // 4:
            return paths
        while (queue := self._urgent or self._bulk) and (not self._asked or self._asked_bytes < self._limit_bytes):
            path = queue.popleft()
            size = size_of(path)
            if size is None:
                continue
            if path in self._asked:
                self._again.add(path)
                continue
            self._asked[path] = size
            self._asked_bytes += size
            paths.append(path)
        return paths

    def owed(self) -> list[str]:
        """All paths that were to be sent and are not taken in."""
        return [*self._urgent, *self._bulk, *self._asked]

    def clear(self) -> list[str]:
        """Forget all that is owed; return it."""
        owed = self.owed()
        self._urgent.clear()
        self._bulk.clear()
        self._asked.clear()
        self._again.clear()
        self._asked_bytes = 0
        return owed


class DigestsAsked:
    """Digests that the client was asked for. It answers in the order of asking, each time."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def ask(self, paths: Iterable[str]) -> None:
        """The client is asked for these, whether it was before or not."""
        self._open.update(paths)

    def answered(self, paths: Iterable[str]) -> list[str]:
        """Those of these paths, which the client has described, that it was asked for and owes no later answer of."""
        asked = [path for path in paths if path in self._open]
        self._open.subtract(asked)
        done = [path for path in asked if self._open[path] <= 0]
        for path in done:
            del self._open[path]
        return done


class Flushes:
    """Requests to look at the disk that the client has not answered yet."""

    def __init__(self) -> None:
        self._tokens = itertools.count(1)
        self._open: dict[int, asyncio.Future[int | None]] = {}

    def begin(self) -> tuple[int, asyncio.Future[int | None]]:
        """A token to ask with, and what gives the answer: a sequence number, or None if that takes too long."""
        token = next(self._tokens)
        self._open[token] = asyncio.get_running_loop().create_future()
        return token, self._open[token]

    def answered(self, answer: pb.Flushed) -> None:
        """The client has looked."""
        done = self._open.pop(answer.token, None)
        if done is not None and not done.done():
            done.set_result(None if answer.behind else answer.sequence)

    def cancel(self) -> None:
        """The client is gone."""
        for done in self._open.values():
            done.cancel()


class Acknowledgements(Generic[T]):
    """Changes in order of sequence, acknowledged cumulatively once all that they wait for is settled."""

    def __init__(self, tell_wait: Callable[[float], None] = lambda _: None) -> None:
        """`tell_wait` is told of every change, once it is settled, for how many seconds it has waited."""
        self._tell_wait = tell_wait
        self._open: deque[tuple[int, Collection[T], float]] = deque()
        self.sequence = 0
        self.expected = 0

    def expect(self, sequence: int, waits_for: Collection[T]) -> None:
        """A change came."""
        self.expected = sequence
        self._open.append((sequence, waits_for, time.monotonic()))

    def waited_for(self) -> int:
        """For how much all the changes that have come wait or have waited, one that counts in two of them twice."""
        return sum(len(waits_for) for _, waits_for, _ in self._open)

    def oldest_s(self) -> float:
        """For how long the change that waits longest has waited."""
        return time.monotonic() - self._open[0][2] if self._open else 0.0

    def advance(self, unsettled: Callable[[T], bool]) -> bool:
        """Move past the changes that wait for nothing any more; tell whether there were any."""
        before = self.sequence
        while self._open and not any(map(unsettled, self._open[0][1])):
            self.sequence, _, came = self._open.popleft()
            self._tell_wait(time.monotonic() - came)
        return self.sequence != before
