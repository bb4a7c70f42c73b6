"""What the store no longer needs goes, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

import msgspec
import pytest

from grpc_backend.index import upkeep as module
from grpc_backend.index.committer import Committer
from grpc_backend.index.ingest import Ingest
from grpc_backend.index.upkeep import BUDGET, FORGET_AFTER_S, Upkeep
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import FileState
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.memory import MemoryEngine
from tests.storage.samples import extraction, key, symbol

NOW = 1_000_000_000


def state(number: int, inode: int = 1) -> FileState:
    return FileState(f"{number}.py", 1, 1, inode, key(str(number)).digest, "python")


def put(engine: MemoryEngine, workspace: str, numbers, inode: int = 1) -> None:
    extractions = [(key(str(number)), extraction(symbol(f"name_{number}"))) for number in numbers]
    engine.commit(Commit(workspace, extractions, [state(number, inode) for number in numbers]))


def remove(engine: MemoryEngine, workspace: str, numbers) -> None:
    engine.commit(Commit(workspace, removed=[f"{number}.py" for number in numbers]))


def held(engine: MemoryEngine, numbers) -> list[int]:
    known = engine.known([key(str(number)) for number in numbers])
    return [number for number in numbers if key(str(number)) in known]


@pytest.fixture
def engine():
    return MemoryEngine()


@pytest.fixture
async def committer(engine):
    committer = Committer(engine)
    running = asyncio.create_task(committer.run())
    yield committer
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_came_first_goes_first_within_the_budget_and_what_is_held_stays(engine, committer):
    put(engine, "/w", range(BUDGET + 20))
    remove(engine, "/w", range(BUDGET + 10))
    tidying = Upkeep(engine, committer, {}, keep=3, clock=lambda: NOW)
    assert await tidying.round() == BUDGET
    assert held(engine, range(BUDGET + 20)) == list(range(BUDGET, BUDGET + 20))
    assert await tidying.round() == 7
    assert held(engine, range(BUDGET + 20)) == list(range(BUDGET + 7, BUDGET + 20))
    assert await tidying.round() == 0


async def test_as_many_are_kept_as_the_open_workspaces_hold(engine, committer):
    put(engine, "/w", range(30))
    remove(engine, "/w", range(20))
    workspaces = {"/w": Workspace("/w", 2, engine.files("/w"))}
    assert await Upkeep(engine, committer, workspaces, keep=0, clock=lambda: NOW).round() == 10
    assert held(engine, range(30)) == list(range(10, 30))


async def test_a_workspace_that_was_not_open_for_long_is_forgotten_with_its_contents(engine, committer):
    for name, numbers, inode in (("/old", [1], 1), ("/used", [2], 1), ("/open", [3], 1), ("pushed", [4], 0)):
        put(engine, name, numbers, inode)
        engine.opened([name], NOW - FORGET_AFTER_S - 1)
    engine.opened(["/used"], NOW - FORGET_AFTER_S)
    put(engine, "/new", [5])
    workspaces = {"/open": Workspace("/open", 0, [])}
    assert await Upkeep(engine, committer, workspaces, keep=0, clock=lambda: NOW).round() == 1
    assert engine.workspaces() == ["/new", "/open", "/used", "pushed"]
    assert held(engine, range(6)) == [2, 3, 4, 5]
    assert engine.last_opened() == {
        "/new": NOW,
        "/open": NOW,
        "/used": NOW - FORGET_AFTER_S,
        "pushed": NOW - FORGET_AFTER_S - 1,
    }


async def test_a_content_that_is_about_to_be_held_is_not_collected(engine, committer):
    """Found to be known, then queued: whatever is tidied meanwhile, the commit finds it."""
    put(engine, "/w", [1])
    remove(engine, "/w", [1])
    workspace = Workspace("/w", 2, [])
    answered = asyncio.Event()

    async def in_reader(work, *args):
        found = work(*args)
        await answered.wait()
        return found

    ingest = Ingest(engine, None, committer, in_reader)
    tidying = Upkeep(engine, committer, {"/w": workspace}, keep=0, clock=lambda: NOW)
    describing = asyncio.create_task(ingest.describe(workspace, [state(1)]))
    await asyncio.sleep(0)
    collecting = asyncio.create_task(tidying.round())
    await asyncio.sleep(0)
    answered.set()
    assert (await describing).contents == []
    await workspace.wait_until(lambda: not workspace.unsettled("1.py"))
    await collecting
    assert [file.path for file in engine.files("/w")] == ["1.py"]
    assert held(engine, [1]) == [1]


async def test_a_content_that_was_overtaken_does_not_take_the_place_of_the_later_one(engine, committer):
    """Workers are done in any order."""
    workspace = Workspace("/w", 0, [])
    older, later = (msgspec.structs.replace(state(number), path="a.py") for number in (1, 2))
    workspace.want("a.py", later)
    committer.put(workspace, later, extraction(symbol("later")))
    committer.put(workspace, older, extraction(symbol("older")))
    await workspace.wait_until(lambda: not workspace.unsettled("a.py"))
    assert [file.key for file in engine.files("/w")] == [later.key]


async def test_a_content_that_the_store_knows_is_not_parsed_again(engine, committer):
    content = b"known"
    file = FileState("a.py", 5, 1, 1, hashlib.sha256(content).digest(), "python")
    engine.commit(Commit("/elsewhere", [(file.key, extraction(symbol("known")))], [file]))

    async def in_reader(work, *args):
        return work(*args)

    ingest = Ingest(engine, None, committer, in_reader)
    workspace = Workspace("/w", 0, [])
    expected = ingest.expect(workspace, file)
    assert not await ingest.settle(workspace, expected, b"not what the digest says")
    assert await ingest.settle(workspace, expected, content)
    await workspace.wait_until(lambda: not workspace.unsettled("a.py"))
    assert engine.files("/w") == [file]


async def test_it_goes_on_by_itself_once_nothing_is_committed(engine, committer, monkeypatch):
    monkeypatch.setattr(module, "QUIET_S", 0.01)
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    put(engine, "/w", range(200))
    remove(engine, "/w", range(200))
    gone = asyncio.Event()
    collect = engine.collect

    def collected(budget, keep):
        dropped = collect(budget, keep)
        if not dropped:
            loop.call_soon_threadsafe(gone.set)
        return dropped

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(engine, "collect", collected)
    running = asyncio.create_task(Upkeep(engine, committer, {}, keep=0).run())
    async with asyncio.timeout(10):
        await gone.wait()
    running.cancel()
    assert held(engine, range(200)) == []
