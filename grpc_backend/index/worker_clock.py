"""A time limit in what a process computes: on a busy machine one that is not at fault takes a multiple on the clock."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

# Whatever keeps a process from computing, so many times its limit on the clock is the end.
STARVED_FACTOR = 30
LOOK_EVERY_S = 0.1
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Clock(NamedTuple):
    """What a process has computed so far, and whether it would go on if it were let."""

    cpu_s: float
    willing: bool


async def computed_within(pid: int, result: Coroutine[Any, Any, T], limit_s: float) -> T:
    """A result that a process is working on. Errors: TimeoutError, and those of `result`.

    It may take `limit_s` of the process's own time; a process that computes nothing and does not want to gets as much
    on the clock. Where the system does not tell (not Linux), the clock alone counts.
    """
    reading = asyncio.ensure_future(result)
    until_s = time.monotonic() + STARVED_FACTOR * limit_s
    left_s = limit_s
    try:
        if (await asyncio.wait([reading], timeout=min(limit_s, LOOK_EVERY_S)))[0]:
            return reading.result()  # nearly all: looking at a clock would take longer than they do
        first = before = _clock(pid)
        while not (await asyncio.wait([reading], timeout=left_s))[0]:
            now = _clock(pid)
            goes_on = now.willing or now.cpu_s > before.cpu_s
            left_s = limit_s - (now.cpu_s - first.cpu_s)
            if left_s <= 0 or not goes_on or time.monotonic() > until_s:
                raise TimeoutError
            before, left_s = now, max(left_s, LOOK_EVERY_S)
        return reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def _clock(pid: int) -> Clock:
    """Source: proc_pid_stat(5): state (R runs or would, D waits for a disk), user and system time in ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return Clock(0.0, willing=False)
    return Clock((int(fields[11]) + int(fields[12])) / TICKS_PER_S, willing=fields[0] in (b"R", b"D"))
