"""What every queue of jobs must do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from grpc_backend.storage.jobs import LOST, MOST_TRIES, MemoryQueue

LONG_S = 3600.0


@pytest.fixture(params=["memory", "postgresql"])
def queue(request):
    if request.param == "memory":
        yield MemoryQueue()
        return
    from grpc_backend.storage.postgres.engine import PostgresEngine

    engine = PostgresEngine(request.getfixturevalue("postgresql").database(), 1)
    yield engine.queue
    engine.close()


def told(queue):
    return [(one.source, one.state, one.tries, one.worker, one.error) for one in queue.jobs(100)]


def no_one_holds(queue, job):
    return not any((queue.renew(job, LONG_S), queue.failed(job, "late", 0), queue.done(job)))


def test_jobs_are_taken_in_the_order_in_which_they_were_added(queue):
    assert queue.take("w", LONG_S) is None
    assert queue.add([("/b", "main"), ("/a", "main"), ("/b", "main"), ("/b", "other")]) == 3
    taken = [queue.take(worker, LONG_S) for worker in ("one", "two", "three", "four")]
    assert [one and (one.source, one.commit, one.worker, one.tries) for one in taken] == [
        ("/b", "main", "one", 1),
        ("/a", "main", "two", 1),
        ("/b", "other", "three", 1),
        None,
    ]


def test_a_job_that_is_done_is_gone_and_can_be_added_again(queue):
    queue.add([("/a", "main")])
    held = queue.take("w", LONG_S)
    assert queue.done(held)
    assert queue.jobs(100) == []
    assert no_one_holds(queue, held)
    assert queue.add([("/a", "main")]) == 1


def test_what_waits_is_not_added_twice_and_what_is_taken_is_once(queue):
    assert [queue.add([("/a", "main")]) for _ in range(2)] == [1, 0]
    held = queue.take("w", LONG_S)
    assert [queue.add([("/a", "main")]) for _ in range(2)] == [1, 0]
    assert [state for _, state, *_ in told(queue)] == ["taken", "waiting"]
    assert queue.done(held)
    assert told(queue) == [("/a", "waiting", 0, "", "")]


def test_a_lease_that_runs_out_lets_another_have_the_job(queue):
    queue.add([("/a", "main")])
    lost = queue.take("lost", 0)
    held = queue.take("next", LONG_S)
    assert (held.id, held.worker, held.tries, held.error) == (lost.id, "next", 2, LOST)
    assert no_one_holds(queue, lost)
    assert told(queue) == [("/a", "taken", 2, "next", LOST)]
    assert queue.renew(held, LONG_S)
    assert queue.take("third", LONG_S) is None


def test_a_lease_that_is_renewed_goes_on(queue):
    queue.add([("/a", "main")])
    held = queue.take("w", 0)
    assert queue.renew(held, LONG_S)
    assert queue.take("other", LONG_S) is None
    assert queue.renew(held, 0)
    assert queue.take("other", LONG_S).id == held.id


def test_what_fails_is_tried_again_and_then_given_up_with_its_error(queue):
    queue.add([("/a", "main"), ("/b", "main")])
    for number in range(MOST_TRIES):
        held = queue.take("w", LONG_S)
        assert (held.source, held.tries) == ("/a", number + 1)
        assert queue.failed(held, f"error {number}", 0)
    assert told(queue) == [("/a", "failed", MOST_TRIES, "", "error 2"), ("/b", "waiting", 0, "", "")]
    assert queue.take("w", LONG_S).source == "/b"
    assert queue.take("w", LONG_S) is None
    assert queue.add([("/a", "main")]) == 1
    assert [one[:4] for one in told(queue)] == [("/b", "taken", 1, "w"), ("/a", "waiting", 0, "")]


def test_what_failed_waits_for_a_while(queue):
    queue.add([("/a", "main")])
    assert queue.failed(queue.take("w", LONG_S), "no network", LONG_S)
    assert queue.take("w", LONG_S) is None
    assert told(queue) == [("/a", "waiting", 1, "", "no network")]


def test_a_job_whose_workers_are_lost_again_and_again_is_given_up(queue):
    queue.add([("/a", "main")])
    for _ in range(MOST_TRIES):
        assert queue.take("w", 0)
    assert told(queue) == [("/a", "failed", MOST_TRIES, "", LOST)]
    assert queue.take("w", LONG_S) is None


def test_what_fails_while_the_same_waits_again_is_left_to_that(queue):
    queue.add([("/a", "main")])
    held = queue.take("w", LONG_S)
    queue.add([("/a", "main")])
    assert queue.failed(held, "too late", 0)
    assert told(queue) == [("/a", "waiting", 0, "", "")]


def test_many_workers_at_once_take_each_job_once(queue):
    queue.add([(f"/{number}", "main") for number in range(60)])
    begin = threading.Barrier(6)

    def work(worker: int) -> list[str]:
        begin.wait()
        taken = []
        while held := queue.take(str(worker), LONG_S):
            taken.append(held.source)
            assert queue.done(held)
        return taken

    with ThreadPoolExecutor(6) as pool:
        taken = [source for sources in pool.map(work, range(6)) for source in sources]
    assert sorted(taken) == sorted(f"/{number}" for number in range(60))
    assert queue.jobs(100) == []
