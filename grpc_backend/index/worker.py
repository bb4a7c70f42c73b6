"""Extraction in worker processes, so that no query waits for a parser.

A worker is `python -m grpc_backend.extract`: it reads frames from its stdin and writes one frame a
content to its stdout, in order. Workers are spawned, never forked, and end when their stdin closes, so
none outlives the daemon. A content that crashes or hangs a worker costs itself: the worker is
replaced and what stood behind that content is tried again. While searches come, workers rest between batches, unless
an edit waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import heapq
import itertools
import logging
import struct
import sys
import time
from collections.abc import Iterable, Iterator

import msgspec

from grpc_backend.errors import BadContent
from grpc_backend.index.worker_clock import computed_within
from grpc_backend.model import ContentKey, Extraction
from grpc_backend.storage.courtesy import Courtesy

log = logging.getLogger(__name__)

# A worker is given so much at a time: enough to hide the round trip, little enough
# that an edit never waits long behind a bulk batch.
BATCH_BYTES = 64 * 1024
BATCH_FILES = 16
NO_CONTENT = hashlib.sha256(b"").digest()
LENGTH = struct.Struct("<I")
HIRE_AFTER_S = 0.02
SHORTEST_REST_S, LONGEST_REST_S = 0.005, 0.25
INTERACTIVE = 0
BULK = 1

_decoder = msgspec.msgpack.Decoder(tuple[bytes, Extraction])


class Job:
    """One content to extract; `done` gets its Extraction, unless nobody waits for it before a worker has it."""

    __slots__ = ("_waiting", "begun", "content", "done", "key", "priority")

    def __init__(self, key: ContentKey, content: bytes, priority: int) -> None:
        self.key = key
        self.content = content
        self.priority = priority
        self.begun = False
        self.done: asyncio.Future[Extraction] = asyncio.get_running_loop().create_future()
        self._waiting = 0

    def awaited(self) -> asyncio.Future[Extraction]:
        """One more waits for it: cancelling what this returns is to wait no longer."""
        self._waiting += 1
        waiting = asyncio.shield(self.done)
        waiting.add_done_callback(self._left)
        return waiting

    def begin(self) -> bool:
        """Whether it is still to be given to a worker; it is now, and done, whoever waits."""
        if self.begun or self.done.cancelled():
            return False
        self.begun = True
        self._waiting += 1
        return True

    def _left(self, waiting: asyncio.Future[Extraction]) -> None:
        self._waiting -= 1
        if waiting.cancelled() and not self._waiting:
            self.done.cancel()
            self.content = b""

    def finish(self, digest: bytes, extraction: Extraction) -> None:
        """Deliver the result, unless the content is not what its digest says."""
        if self.done.done():
            return
        if digest == self.key.digest:
            self.done.set_result(extraction)
        else:
            self.done.set_exception(BadContent("the content does not match its digest: send it again"))


class JobQueue:
    """Jobs by priority, then by age. One that has become more urgent is there twice, and taken once."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Job]] = []
        self._order = itertools.count()
        self._filled = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._heap)

    def waiting(self) -> tuple[int, int]:
        """Interactive jobs, and bulk ones."""
        waiting = {job for _, _, job in self._heap if not job.begun}
        interactive = sum(job.priority == INTERACTIVE for job in waiting)
        return interactive, len(waiting) - interactive

    def put(self, job: Job) -> None:
        """Add a job."""
        heapq.heappush(self._heap, (job.priority, next(self._order), job))
        self._filled.set()

    async def pressing(self) -> None:
        """Wait for an interactive job."""
        while not self._heap or self._heap[0][0] != INTERACTIVE:
            self._filled.clear()
            await self._filled.wait()

    async def take(self) -> list[Job]:
        """Wait for work; return one worker's next batch (never empty)."""
        while not (jobs := list(self._batch())):
            self._filled.clear()
            await self._filled.wait()
        return jobs

    def _batch(self) -> Iterator[Job]:
        size = count = 0
        while self._heap and count < BATCH_FILES:
            if size and size + len(self._heap[0][2].content) > BATCH_BYTES:
                return
            job = heapq.heappop(self._heap)[2]
            if job.begin():
                size += len(job.content)
                count += 1
                yield job


class WorkerPool:
    """Up to `size` workers, started when there is work for them."""

    def __init__(self, size: int, timeout_s: float, courtesy: Courtesy, idle_s: float = 60.0) -> None:
        self._size = max(1, size)
        self._timeout_s = timeout_s
        self._courtesy = courtesy
        self._idle_s = idle_s
        self._queue = JobQueue()
        self._running: dict[ContentKey, Job] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._considering = self._closed = False

    def extract(self, key: ContentKey, content: bytes, priority: int) -> asyncio.Future[Extraction]:
        """Extract a content; the same content asked for twice is extracted once.

        The future raises BadContent if the content's sha256 is not `key.digest`. Once all such futures are cancelled
        there is no need of it any more.
        """
        job = self._running.get(key)
        if job is None or job.done.cancelled():
            job = self._running[key] = Job(key, content, priority)
            job.done.add_done_callback(lambda _: self._forget(job))
            self._queue.put(job)
            self._staff()
        elif priority < job.priority:
            job.priority = priority
            self._queue.put(job)
        return job.awaited()

    def _forget(self, job: Job) -> None:
        if self._running.get(job.key) is job:
            del self._running[job.key]

    def warm(self, dialects: Iterable[str] = ()) -> None:
        """Have a worker ready, with these grammars, before there is work for it: that takes longer than an edit may."""
        if not self._workers:
            self._hire()
        for dialect in dialects:
            self.extract(ContentKey(NO_CONTENT, dialect), b"", BULK)

    @property
    def busy(self) -> int:
        """Workers that have something to do."""
        return self._busy

    @property
    def running(self) -> int:
        """Workers that are there."""
        return len(self._workers)

    def waiting(self) -> tuple[int, int]:
        """Jobs that no worker has yet: interactive ones, and bulk ones."""
        return self._queue.waiting()

    async def close(self) -> None:
        """End all workers and wait for them."""
        self._closed = True
        for task in self._workers:
            task.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def _staff(self) -> None:
        """Start a worker if there is none; if all are busy, another when work still waits a little later.

        Not before: the next edit would come to the new one, which has loaded no grammar yet.
        """
        if not self._workers:
            self._hire()
        elif self._is_short() and not self._considering:
            self._considering = True
            asyncio.get_running_loop().call_later(HIRE_AFTER_S, self._consider)

    def _consider(self) -> None:
        self._considering = False
        if self._is_short() and not self._closed:
            self._hire()

    def _is_short(self) -> bool:
        return bool(self._queue) and self._busy == len(self._workers) < self._size

    def _hire(self) -> None:
        task = asyncio.create_task(self._work())
        self._workers.add(task)
        task.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        """One worker's life: processes come and go, the task stays while it is needed."""
        process: asyncio.subprocess.Process | None = None
        try:
            process = await _spawn()
            while (jobs := await self._next_jobs()) is not None:
                begun = time.monotonic()
                self._busy += 1
                self._staff()
                try:
                    if process.returncode is not None:
                        process = await _spawn()
                    await self._run(process, jobs)
                finally:
                    self._busy -= 1
                await self._rest(time.monotonic() - begun)
        finally:
            if process is not None:
                await _end(process)

    async def _rest(self, took_s: float) -> None:
        """Leave the CPU to searches as far as they need it, but do not keep an edit waiting."""
        rest_s = min(self._courtesy.rest_s(took_s), LONGEST_REST_S)
        if rest_s >= SHORTEST_REST_S:
            # Not `wait_for`, which takes being told to end for nothing if the wait is over in the same moment.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._queue.pressing()

    async def _next_jobs(self) -> list[Job] | None:
        """The next batch, or None when this worker has long had nothing to do and others are there."""
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    return await self._queue.take()
            except TimeoutError:
                if len(self._workers) > 1:
                    return None

    async def _run(self, process: asyncio.subprocess.Process, jobs: list[Job]) -> None:
        """Send a batch and deliver its results; blame the first unanswered job for a crash or hang."""
        feeding = asyncio.create_task(_feed(process, jobs))
        has_given_up = False
        for index, job in enumerate(jobs):
            try:
                digest, extraction = await computed_within(process.pid, _read_result(process), self._timeout_s)
            except (TimeoutError, asyncio.IncompleteReadError, msgspec.DecodeError) as error:
                problem = "timeout" if isinstance(error, TimeoutError) else "crashed"
                log.warning("worker %s on a %s of %d bytes", problem, job.key.dialect, len(job.content))
                await _end(process)
                job.finish(job.key.digest, Extraction(job.key.dialect, problem=problem))
                for later in jobs[index + 1 :]:
                    later.begun, later.priority = False, INTERACTIVE
                    self._queue.put(later)
                break
            job.finish(digest, extraction)
            has_given_up = has_given_up or extraction.problem == "timeout"
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        if has_given_up:  # tree-sitter never frees what it had of a text when it was stopped
            await _end(process)


async def _spawn() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # never import from the folder we happen to stand in
        "-m",
        "grpc_backend.extract",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def _feed(process: asyncio.subprocess.Process, jobs: list[Job]) -> None:
    """Write a batch, at once: each write wakes the worker. A broken pipe shows as the end of its answers."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(b"".join(part for job in jobs for part in _frame(job)))
        await process.stdin.drain()


def _frame(job: Job) -> tuple[bytes, bytes, bytes]:
    head = msgspec.msgpack.encode((job.key.dialect, len(job.content)))
    return LENGTH.pack(len(head)), head, job.content


async def _read_result(process: asyncio.subprocess.Process) -> tuple[bytes, Extraction]:
    assert process.stdout is not None
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return _decoder.decode(await process.stdout.readexactly(length))
