"""Several daemons over one PostgreSQL: nothing that was acknowledged is lost, no answer is wrong, no read fails.

The long form: `CODEINDEX_TEAM_CLIENTS=50 CODEINDEX_TEAM_ROUNDS=6 pytest -s tests/team/test_daemons.py`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.team.daemons import TOKEN, Daemon, free_ports
from tests.team.load import Client, clients
from tests.team.server import Server, packaged, running

CLIENTS = int(os.environ.get("CODEINDEX_TEAM_CLIENTS", "6"))
ROUNDS = int(os.environ.get("CODEINDEX_TEAM_ROUNDS", "1"))
# Between two faults each client has so many answers.
ANSWERS_BETWEEN = 2
# That many clients on two cores that have other work, too.
ANSWERED_WITHIN_S = 60 + 10 * CLIENTS


@pytest.fixture
def database() -> Iterator[Server]:
    with running(Path(os.environ.get("CODEINDEX_POSTGRESQL") or packaged())) as server:
        yield server


@pytest.fixture
def three(database, tmp_path, monkeypatch) -> Iterator[list[Daemon]]:
    monkeypatch.setenv("CODEINDEX_TOKEN", TOKEN)
    store = database.database()
    daemons = [Daemon(tmp_path / f"daemon{port}", port, store) for port in free_ports(3)]
    for daemon in daemons:
        daemon.start()
    yield daemons
    for daemon in daemons:
        daemon.stop()


async def answered(working: list[Client], more: int) -> None:
    """Return when each client has had so many complete answers more."""
    goals = [client.complete + more for client in working]
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        while any(client.complete < goal for client, goal in zip(working, goals, strict=True)):
            await asyncio.gather(*(client.asked.wait() for client in working))


async def test_daemons_and_database_may_go_and_come(three, database, tmp_path):
    server = ",".join(daemon.address for daemon in three)
    working = clients(tmp_path / "roots", server, tmp_path, CLIENTS)
    until = asyncio.Event()
    tasks = [asyncio.create_task(client.run(until)) for client in working]
    await answered(working, ANSWERS_BETWEEN)
    for turn in range(ROUNDS):
        killed, stopped = three[turn % 3], three[(turn + 1) % 3]
        await asyncio.to_thread(killed.kill)
        await answered(working, ANSWERS_BETWEEN)
        await asyncio.to_thread(killed.start)
        await asyncio.to_thread(stopped.stop)
        await answered(working, ANSWERS_BETWEEN)
        await asyncio.to_thread(stopped.start)
        await asyncio.to_thread(database.stop, "immediate" if turn % 2 else "fast")
        await asyncio.to_thread(database.start)
        await answered(working, ANSWERS_BETWEEN)
    until.set()
    await asyncio.gather(*tasks)
    await asyncio.gather(*(client.settle() for client in working))
    for client in working:
        await client.close()
    print(report(working))
    assert not [one for client in working for one in client.wrong + client.failed]


def report(working: list[Client]) -> str:
    total = {name: sum(getattr(one, name) for one in working) for name in ("edits", "complete", "incomplete")}
    return f"{len(working)} clients: {total}"
