"""What questions in plain words can be answered from, as contents come and go."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

import pytest

from grpc_backend.errors import StorageFailed
from grpc_backend.index import meaning as module
from grpc_backend.index.committer import Committer
from grpc_backend.index.meaning import Meaning
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import ContentKey, FileState
from grpc_backend.search.semantic.question import asked
from grpc_backend.search.semantic.ranker import rank
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.layered import Document, Layer
from grpc_backend.storage.memory import MemoryEngine
from tests.search.semantic.samples import model_in
from tests.storage.samples import extraction, key, symbol

ALL = Filters()
NO_LAYER = Layer(())
WITHIN_S = 30.0


class World:
    """An engine and one workspace over it, and whoever derives."""

    def __init__(self, folder):
        self.engine = MemoryEngine()
        self.folder = folder
        self.workspace = Workspace("w", 0, [])
        self.workspaces = {"w": self.workspace}
        self.committer = Committer(self.engine)
        self.running: list[asyncio.Task[None]] = []
        self.meaning = self.begin()

    def begin(self, model: str = "model") -> Meaning:
        folders = (self.folder / model, self.folder / "meaning")
        self.meaning = Meaning(self.engine, self.committer, asyncio.to_thread, self.workspaces, folders)
        return self.meaning

    def run(self) -> None:
        self.running.append(asyncio.create_task(self.meaning.run()))

    async def end(self) -> None:
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    def save(self, path: str, *names: str, of: str = "") -> None:
        """A file with these functions is there, and committed."""
        content = key(of or f"{path}{names}")
        state = FileState(path, 1, 1, 1, content.digest, content.dialect)
        held = extraction(*(symbol(name, line=line) for line, name in enumerate(names, 1)))
        self._commit(Commit("w", [(content, held)], [state]))

    def delete(self, path: str) -> None:
        self.workspace.want(path, None)
        self._commit(Commit("w", removed=[path]))

    def _commit(self, step: Commit) -> None:
        self.workspace.committed(self.engine.commit(step), step.files, step.removed)

    async def ask(self, question: str, *, layer=NO_LAYER, filters=ALL, within_s=0.0) -> list[str]:
        await self.meaning.catch_up(self.workspace, within_s)
        askable = await self.meaning.askable(self.workspace, layer, filters)
        self.lacking = askable.lacking
        found = rank(askable.parts, asked(question, askable.model), askable.model, 10)
        return [f"{one.path}:{one.ord}" for one in found]


@pytest.fixture
async def world(tmp_path):
    model_in(tmp_path / "model")
    world = World(tmp_path)
    yield world
    await world.end()


async def test_what_was_saved_is_answered_by_the_next_question(world):
    world.save("a.py", "fetch_file")
    assert await world.ask("download the document") == ["a.py:0"]
    world.save("a.py", "remove_user")
    assert await world.ask("delete the person") == ["a.py:0"]
    world.save("b.py", "erase_person")
    assert set(await world.ask("delete the person")) == {"a.py:0", "b.py:0"}
    assert world.lacking == 0


async def test_what_was_deleted_is_not_answered(world):
    world.save("a.py", "fetch_file")
    world.save("b.py", "fetch_file")
    assert len(await world.ask("download")) == 2
    world.delete("a.py")
    assert await world.ask("download") == ["b.py:0"]


async def test_one_content_under_two_paths_is_answered_under_the_one_that_is_left(world):
    world.save("b.py", "fetch_file", of="same")
    world.save("a.py", "fetch_file", of="same")
    assert await world.ask("download") == ["a.py:0"]
    world.delete("a.py")
    assert await world.ask("download") == ["b.py:0"]


async def test_an_open_document_stands_in_place_of_its_file(world):
    world.save("a.py", "fetch_file")
    text = b"def remove_user(): ..."
    content = ContentKey(hashlib.sha256(text).digest(), "python")
    layer = Layer([Document("a.py", content, extraction(symbol("remove_user")), text)])
    assert await world.ask("delete the person", layer=layer) == ["a.py:0"]
    assert await world.ask("download the document", layer=layer, filters=Filters(kinds=("class",))) == []
    stale = Layer((), frozenset({"a.py"}))
    assert await world.ask("download the document", layer=stale) == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(paths=("src/**",)), {"src/a.py:0"}),
        (Filters(kinds=("function",)), {"src/a.py:0", "b.py:0"}),
        (Filters(kinds=("class",)), set()),
        (Filters(languages=("go",)), set()),
        (Filters(languages=("python",)), {"src/a.py:0", "b.py:0"}),
        (Filters(without=frozenset({"b.py"})), {"src/a.py:0"}),
    ],
)
async def test_filters(world, filters, found):
    world.save("src/a.py", "fetch_file")
    world.save("b.py", "fetch_document")
    assert set(await world.ask("download", filters=filters)) == found


async def test_after_a_while_without_questions_memory_is_given_back(world, monkeypatch):
    loop, rested = asyncio.get_running_loop(), asyncio.Event()
    monkeypatch.setattr(module, "RESTS_AFTER_S", 0.0)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(module.SegmentStore, "rest", lambda _: loop.call_soon_threadsafe(rested.set))
    world.save("a.py", "fetch_file")
    assert await world.ask("download the document") == ["a.py:0"]
    world.run()
    async with asyncio.timeout(WITHIN_S):
        await rested.wait()


async def test_many_are_derived_beside_and_kept(world, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE_CONTENTS", 0)
    for number in range(40):
        world.save(f"{number}.py", f"fetch_file_{number}")
    assert await world.ask("download") == []
    assert world.lacking == 40
    world.run()
    assert len(await world.ask("download", within_s=WITHIN_S)) == 10
    assert world.lacking == 0
    await world.end()
    world.begin()
    assert len(await world.ask("download")) == 10


async def test_another_model_begins_anew(world, monkeypatch, tmp_path):
    world.save("a.py", "fetch_file")
    world.run()
    monkeypatch.setattr(module, "AT_ONCE_CONTENTS", 0)
    assert await world.ask("download", within_s=WITHIN_S) == ["a.py:0"]
    await world.end()
    (old,) = (tmp_path / "meaning").iterdir()
    model_in(tmp_path / "other", note="other")
    world.begin("other")
    assert await world.ask("download") == []
    assert world.lacking == 1
    assert not old.exists()


async def test_a_process_that_dies_is_replaced(world, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE_CONTENTS", 0)
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    world.save("a.py", "fetch_file")
    derive, tried = world.meaning._process.derive, []

    async def dying(path, contents):
        tried.append(path)
        if len(tried) == 1:
            raise asyncio.IncompleteReadError(b"", 4)
        await derive(path, contents)

    monkeypatch.setattr(world.meaning._process, "derive", dying)
    world.run()
    assert await world.ask("download", within_s=WITHIN_S) == ["a.py:0"]


async def test_segments_are_merged_and_what_the_store_dropped_is_left_out(world):
    for number in range(module.AT_ONCE_CONTENTS):
        world.save(f"{number}.py", "fetch_file")
        await world.ask("download")
    world.delete("0.py")
    world.engine.collect(10)
    world.run()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WITHIN_S):
            while len(world.meaning._held.store.segments) > module.AT_ONCE_CONTENTS // 2:
                await world.meaning._progress.wait()
    held = [one for segment in world.meaning._held.store.segments.values() for one in segment.block.keys]
    assert len(held) == module.AT_ONCE_CONTENTS - 1
    assert len(await world.ask("download")) == 10


class Watched(Workspace):
    """A workspace that is asked all the time; tells when somebody looks."""

    def __init__(self):
        self.looked = asyncio.Event()
        super().__init__("w", 0, [])

    @property
    def asked_at(self) -> float:
        self.looked.set()
        return asyncio.get_running_loop().time()

    @asked_at.setter
    def asked_at(self, _: float) -> None:
        """It is always now."""


async def _asked_all_the_time(world, monkeypatch) -> Watched:
    """Three contents, a batch each, to be derived while questions come."""
    monkeypatch.setattr(module, "QUIET_S", 0.0)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(module, "BATCH_CONTENTS", 1)
    world.workspace = world.workspaces["w"] = Watched()
    for number in range(3):
        world.save(f"{number}.py", "fetch_file")
    world.run()
    return world.workspace


async def test_questions_go_first_but_one_that_waits_is_not_kept_waiting(world, monkeypatch):
    monkeypatch.setattr(module, "GIVE_WAY_S", 1000.0)
    workspace = await _asked_all_the_time(world, monkeypatch)
    await asyncio.wait_for(workspace.looked.wait(), WITHIN_S)
    assert await world.meaning.lacking(workspace) == 2
    monkeypatch.setattr(module, "AT_ONCE_CONTENTS", 0)
    assert len(await world.ask("download", within_s=WITHIN_S)) == 3


async def test_what_gives_way_gets_on_all_the_same(world, monkeypatch):
    monkeypatch.setattr(module, "GIVE_WAY_S", 0.01)
    workspace = await _asked_all_the_time(world, monkeypatch)
    async with asyncio.timeout(WITHIN_S):
        while await world.meaning.lacking(workspace):
            await world.meaning._progress.wait()


async def test_a_content_that_says_nothing_is_not_waited_for(world):
    world.save("empty.py")
    world.workspace.committed(2, [FileState("big.bin", problem="binary")], [])
    assert await world.ask("download") == []
    assert world.lacking == 0


async def test_a_model_that_cannot_be_read_is_an_error_that_says_so(world):
    world.begin("nowhere")
    with pytest.raises(StorageFailed, match="install codeindex anew"):
        await world.ask("download")


async def test_contents_that_are_gone_are_not_waited_for_for_ever(world, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE_CONTENTS", 0)
    lost = FileState("lost.py", 1, 1, 1, b"\1" * 32, "python")
    world.workspace.committed(1, [lost], [])
    world.run()
    assert await world.ask("download", within_s=WITHIN_S) == []
