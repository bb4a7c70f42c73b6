"""Background work rests while questions come, in proportion to what it took, and not otherwise."""

from __future__ import annotations

import pytest

from grpc_backend.storage import courtesy
from grpc_backend.storage.courtesy import (
    LATELY_S,
    LOAD_OVER_S,
    LONGEST_REST_S,
    PROCESS_REST_SHARE,
    REST_SHARE,
    STRETCH_S,
    Courtesy,
    Pace,
)


class Clock:
    """Time that passes when somebody rests, or is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(courtesy, "time", found)
    return found


def test_work_rests_in_proportion_while_somebody_asks(clock):
    asking = Courtesy()
    pace = Pace(asking)
    with asking.question():
        pass
    for _ in range(4):
        clock.now += 2 * STRETCH_S
        pace.give_way()
    assert clock.rests == pytest.approx([REST_SHARE * 2 * STRETCH_S] * 4)


def test_nobody_asks_and_nobody_rests(clock):
    asking = Courtesy()
    with asking.question():
        pass
    pace = Pace(asking)
    clock.now += LATELY_S + STRETCH_S
    pace.give_way()
    assert clock.rests == []


def test_a_rest_is_bounded_and_short_work_takes_none(clock):
    asking = Courtesy()
    pace = Pace(asking)
    clock.now += 10.0
    with asking.question():
        pass
    pace.give_way()
    clock.now += STRETCH_S / 2
    pace.give_way()
    assert clock.rests == [LONGEST_REST_S]


def test_rests_come_between_items(clock):
    asking = Courtesy()
    with asking.question():
        pass
    seen = []
    for item in Pace(asking).through(range(courtesy.ITEMS + 1)):
        clock.now += STRETCH_S
        seen.append(item)
    assert seen == list(range(courtesy.ITEMS + 1))
    assert len(clock.rests) == 1


@pytest.mark.parametrize("load", [0.0, 0.1, 0.5, 1.0])
def test_a_process_rests_by_how_much_of_the_time_questions_take(clock, load):
    asking = Courtesy()
    for _ in range(2_000):
        with asking.question():
            clock.now += load * 0.001
        clock.now += (1 - load) * 0.001
    assert asking.rest_s(1.0) == pytest.approx(PROCESS_REST_SHARE * load, rel=0.01)
    clock.now += 20 * LOAD_OVER_S
    assert asking.rest_s(1.0) < 1e-6
