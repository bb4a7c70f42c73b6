"""Worker processes: what crashes or hangs costs itself, and nobody outlives the daemon."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grpc_backend.errors import BadContent
from grpc_backend.index import worker, worker_clock
from grpc_backend.index.worker import BULK, INTERACTIVE, WorkerPool
from grpc_backend.model import ContentKey
from grpc_backend.storage.courtesy import Courtesy
from tests.conftest import is_running, wait_for
from tests.extract.test_shapes import NO_HEADWAY

GOOD = b"def good(): pass\n"


def key_of(content: bytes) -> ContentKey:
    return ContentKey(hashlib.sha256(content).digest(), "python")


def children() -> list[int]:
    return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


@contextlib.contextmanager
def rivals_of(pid: int) -> Iterator[None]:
    """Two processes that compute without end take a process's only core, and go before it."""
    core = {min(os.sched_getaffinity(0))}
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    for one in (pid, *(rival.pid for rival in spinning)):
        os.sched_setaffinity(one, core)
    os.setpriority(os.PRIO_PROCESS, pid, 10)
    try:
        yield
    finally:
        for rival in spinning:
            rival.kill()
            rival.wait()


@pytest.fixture
async def pool():
    pool = WorkerPool(1, timeout_s=20, courtesy=Courtesy())
    yield pool
    await pool.close()


async def test_many_contents_come_back_right(pool):
    contents = [b"def f%d(): pass\n" % number for number in range(100)]
    done = await asyncio.gather(*(pool.extract(key_of(one), one, BULK) for one in contents))
    assert [one.symbols[0].name for one in done] == [f"f{number}" for number in range(100)]


async def test_the_clock_of_a_worker_is_looked_at_only_when_it_takes_long(pool, monkeypatch):
    await pool.extract(key_of(GOOD), GOOD, BULK)
    looked_at = []
    monkeypatch.setattr(worker_clock, "LOOK_EVERY_S", 60.0)
    monkeypatch.setattr(worker_clock, "_clock", looked_at.append)
    await pool.extract(key_of(b"x = 1\n"), b"x = 1\n", BULK)
    assert looked_at == []


async def test_a_content_that_is_not_its_digest_is_refused(pool):
    with pytest.raises(BadContent):
        await pool.extract(key_of(GOOD), GOOD + b"#", BULK)
    assert (await pool.extract(key_of(GOOD), GOOD, BULK)).symbols[0].name == "good"


async def test_a_killed_worker_costs_one_content(pool):
    await pool.extract(key_of(GOOD), GOOD, BULK)
    (worker,) = children()
    os.kill(worker, signal.SIGSTOP)
    contents = [b"def g%d(): pass\n" % number for number in range(5)]
    waiting = asyncio.gather(*(pool.extract(key_of(one), one, BULK) for one in contents))
    await asyncio.sleep(0)
    os.kill(worker, signal.SIGKILL)
    problems = [one.problem for one in await waiting]
    assert problems.count("crashed") <= 1
    assert problems.count("") >= 4


async def test_a_hanging_worker_is_replaced():
    pool = WorkerPool(1, timeout_s=2, courtesy=Courtesy())
    try:
        await pool.extract(key_of(GOOD), GOOD, BULK)
        (worker,) = children()
        os.kill(worker, signal.SIGSTOP)
        stuck = await pool.extract(key_of(b"x = 1\n"), b"x = 1\n", BULK)
        assert stuck.problem == "timeout"
        assert (await pool.extract(key_of(b"y = 1\n"), b"y = 1\n", BULK)).problem == ""
        assert not is_running(worker)
    finally:
        await pool.close()


async def test_a_worker_that_gave_a_text_up_is_replaced_once_it_has_answered():
    pool = WorkerPool(1, timeout_s=10, courtesy=Courtesy())
    key = ContentKey(hashlib.sha256(NO_HEADWAY).digest(), "kotlin")
    try:
        await pool.extract(key_of(GOOD), GOOD, BULK)
        (worker,) = children()
        answers = pool.extract(key, NO_HEADWAY, BULK), pool.extract(key_of(b"x = 1\n"), b"x = 1\n", BULK)
        assert [(await one).problem for one in answers] == ["timeout", ""]
        assert (await pool.extract(key_of(b"y = 1\n"), b"y = 1\n", BULK)).problem == ""
        assert not is_running(worker)
    finally:
        await pool.close()


async def test_a_worker_that_is_kept_from_computing_is_waited_for():
    """As on a machine that is busy: the clock's time is over long before its own is."""
    pool = WorkerPool(1, timeout_s=1.0, courtesy=Courtesy())
    large = b"".join(b"def f%d(): return g(%d)\n" % (number, number) for number in range(3_000))
    try:
        await pool.extract(key_of(GOOD), GOOD, BULK)
        (worker,) = children()
        with rivals_of(worker):
            begun_s = time.monotonic()
            done = await pool.extract(key_of(large), large, BULK)
            took_s = time.monotonic() - begun_s
        assert (done.problem, len(done.symbols)) == ("", 3_000)
        assert took_s > 1.0, "it was not kept from computing"
    finally:
        await pool.close()


async def test_closing_leaves_no_worker():
    pool = WorkerPool(2, timeout_s=20, courtesy=Courtesy())
    await asyncio.gather(*(pool.extract(key_of(b"a%d=1" % n), b"a%d=1" % n, BULK) for n in range(40)))
    workers = children()
    assert workers
    await pool.close()
    wait_for(lambda: not any(map(is_running, workers)))


async def test_closing_ends_workers_whatever_moment_it_is():
    """A result that comes just when a worker is told to go does not make it go on with all that still waits."""
    for results in range(1, 16):
        pool = WorkerPool(2, timeout_s=10.0, courtesy=Courtesy())
        contents = [b"def h%d(): pass\n" % number for number in range(400)]
        waiting = [pool.extract(key_of(content), content, BULK) for content in contents]
        await asyncio.gather(*waiting[:results])
        async with asyncio.timeout(5):
            await pool.close()
        assert not all(one.done() for one in waiting)


async def test_a_worker_is_ready_before_the_first_content_comes(pool):
    pool.warm()
    workers = await asyncio.to_thread(wait_for, children)
    pool.warm(["python"])
    assert (await pool.extract(key_of(GOOD), GOOD, INTERACTIVE)).symbols[0].name == "good"
    assert children() == workers


async def test_edits_one_after_the_other_stay_with_one_worker():
    """A second one would have to load the grammar first, and the next edit would wait for that."""
    pool = WorkerPool(2, timeout_s=20, courtesy=Courtesy())
    try:
        for number in range(5):
            text = b"def f%d(): pass\n" % number
            await pool.extract(key_of(text), text, INTERACTIVE)
            assert len(children()) == 1
    finally:
        await pool.close()


class Asked(Courtesy):
    """Somebody asks all the time, and work rests for as long as it may."""

    def __init__(self) -> None:
        super().__init__()
        self.rests = asyncio.Event()

    def rest_s(self, took_s: float) -> float:
        self.rests.set()
        return max(took_s, 60.0)


@pytest.fixture
async def resting(monkeypatch):
    """A worker that rests, and would for a minute."""
    monkeypatch.setattr(worker, "LONGEST_REST_S", 60.0)
    asked = Asked()
    pool = WorkerPool(1, timeout_s=20, courtesy=asked)
    async with asyncio.timeout(30):
        await pool.extract(key_of(GOOD), GOOD, BULK)
        await asked.rests.wait()
    yield pool
    await pool.close()


async def test_workers_rest_while_somebody_asks_unless_an_edit_waits(resting):
    second, edit = b"def second(): pass\n", b"def edit(): pass\n"
    rested = resting.extract(key_of(second), second, BULK)
    for _ in range(10):  # a worker that waits for work has it by then
        await asyncio.sleep(0)
    assert (resting.busy, resting.waiting()) == (0, (0, 1))
    await resting.extract(key_of(edit), edit, INTERACTIVE)
    await rested


async def test_a_content_that_an_edit_has_too_is_not_behind_the_others(resting):
    contents = [b"def f%d(): pass\n" % number for number in range(40)]
    waiting = [resting.extract(key_of(one), one, BULK) for one in contents]
    edit = resting.extract(key_of(contents[-1]), contents[-1], INTERACTIVE)
    assert resting.waiting() == (1, 39)
    assert (await edit).symbols[0].name == "f39"
    assert (await waiting[-1]).symbols[0].name == "f39"
    assert resting.waiting()[0] == 0
    assert not waiting[38].done()


async def test_closing_while_a_rest_ends_ends_the_worker(resting):
    await asyncio.sleep(0)
    resting.extract(key_of(b"x = 1\n"), b"x = 1\n", INTERACTIVE)
    async with asyncio.timeout(5):
        await resting.close()
    assert children() == []
