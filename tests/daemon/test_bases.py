"""Bases on a server: when one is made; and on the other side: what comes whole is taken over, nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import time
import zlib
from types import SimpleNamespace
from unittest.mock import AsyncMock

import pytest

from grpc_backend.errors import BadContent, StorageFailed
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.bases import MADE_ANEW_S, Bases
from grpc_backend.index.workspace import Workspace
from grpc_backend.rpc import incoming_base
from grpc_backend.rpc.incoming_base import IncomingBase
from grpc_backend.storage import base
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.memory import MemoryEngine
from grpc_backend.storage.sqlite import SqliteEngine
from protos import code_index_pb2 as pb
from tests.storage.samples import extraction, file, key, symbol

NAME = "team/project@main"


def fill(engine, names) -> Workspace:
    """A snapshot with a file for each of these names."""
    contents = [(key(name), extraction(symbol(name))) for name in names]
    files = [file(f"{name}.py", key(name)) for name in names]
    return Workspace(NAME, engine.commit(Commit(NAME, contents, files)), files)


@pytest.fixture
async def server(tmp_path):
    """A server's bases, its engine, and a clock that stands."""
    clock = SimpleNamespace(s=time.time())
    engine = MemoryEngine()
    bases = Bases(engine, asyncio.to_thread, tmp_path / "bases", lambda: clock.s)
    yield SimpleNamespace(bases=bases, engine=engine, clock=clock)
    await bases.close()


async def asked(server, workspace):
    """The base that somebody gets; when this returns, what that has begun to be made is there."""
    found = server.bases.of(workspace)
    await asyncio.gather(*server.bases._making.values())
    return found


def contents_of(path, tmp_path) -> int:
    """How many contents a base brings to an empty store."""
    engine = SqliteEngine(tmp_path / "empty.sqlite3", EXTRACTOR_VERSION)
    plain = tmp_path / "plain"
    plain.write_bytes(zlib.decompress(path.read_bytes()))
    try:
        return engine.adopt(plain)
    finally:
        engine.close()
        for one in tmp_path.glob("empty*"):
            one.unlink() if one.is_file() else one.rmdir()


async def test_a_base_is_made_when_it_is_prepared_or_asked_for(server, tmp_path):
    workspace = fill(server.engine, ["one", "two"])
    assert await asked(server, workspace) is None
    path = await asked(server, workspace)
    assert contents_of(path, tmp_path) == 2
    assert server.bases.of(Workspace("team/other@main", 0, [])) is None


async def test_it_is_made_anew_when_the_snapshot_has_grown_by_a_quarter_or_after_an_hour(server, tmp_path):
    names = [f"name_{number}" for number in range(12)]
    await asked(server, fill(server.engine, names[:8]))
    path = await asked(server, fill(server.engine, names[:9]))
    assert await asked(server, fill(server.engine, names[:9])) == path
    server.clock.s += MADE_ANEW_S + 60
    assert await asked(server, fill(server.engine, names[:9])) == path  # as long as there is no other
    later = await asked(server, fill(server.engine, names[:11]))
    assert contents_of(later, tmp_path) == 9
    assert await asked(server, fill(server.engine, names[:12])) == later
    latest = await asked(server, fill(server.engine, names[:12]))
    assert contents_of(latest, tmp_path) == 12
    assert list((tmp_path / "bases").iterdir()) == [latest]


async def test_what_a_killed_daemon_left_is_removed_and_bases_stay(server, tmp_path):
    workspace = fill(server.engine, ["one"])
    await asked(server, workspace)
    (tmp_path / "bases/tmp1").mkdir()
    (tmp_path / "bases/tmp1/packed").write_text("half")
    server.bases.incoming().write_text("half")
    server.bases.tidy()
    assert list((tmp_path / "bases").iterdir()) == [await asked(server, workspace)]


async def test_what_could_not_be_made_is_not_tried_at_every_turn(server, tmp_path, caplog):
    (tmp_path / "bases").write_text("in the way")
    workspace = fill(server.engine, ["one"])
    assert await asked(server, workspace) is None
    assert "was not made" in caplog.text
    (tmp_path / "bases").unlink()
    assert await asked(server, workspace) is None
    assert await asked(server, workspace) is None
    server.clock.s += MADE_ANEW_S + 60
    assert await asked(server, workspace) is None  # it is being made by then
    assert await asked(server, workspace) is not None


# -- the other side


@pytest.fixture
def service(tmp_path):
    """A daemon with an empty store."""
    engine = SqliteEngine(tmp_path / "index.sqlite3", 1)
    bases = Bases(engine, asyncio.to_thread, tmp_path / "bases")
    yield SimpleNamespace(bases=bases, engine=engine, adopt=lambda path: asyncio.to_thread(engine.adopt, path))
    engine.close()


@pytest.fixture
def parts(tmp_path):
    """A base in five parts."""
    base.write(tmp_path / "made", [(key("one"), extraction(symbol("one")))], 1)
    packed = zlib.compress((tmp_path / "made").read_bytes())
    (tmp_path / "made").unlink()
    size = len(packed) // 5 + 1
    offsets = range(0, len(packed), size)
    cut = [pb.BasePart(offset=offset, data=packed[offset : offset + size]) for offset in offsets]
    cut[-1].digest = hashlib.sha256(packed).digest()
    return cut


def left_over(folder) -> list[str]:
    return [path.name for path in (folder / "bases").iterdir()]


async def test_a_base_that_comes_whole_is_taken_over(service, parts, tmp_path):
    incoming = IncomingBase(service)
    for part in parts[:-1]:
        await incoming.take(part)
        assert not service.engine.known([key("one")])
    await incoming.take(parts[-1])
    assert service.engine.known([key("one")])
    assert left_over(tmp_path) == []


async def test_a_base_that_begins_anew_is_taken_from_there(service, parts):
    incoming = IncomingBase(service)
    for part in (*parts[:3], *parts):
        await incoming.take(part)
    assert service.engine.known([key("one")])


@pytest.mark.parametrize("wrong", ["order", "digest", "damage", "end", "size", "form", "store"])
async def test_what_is_not_whole_is_refused_and_leaves_nothing(service, parts, tmp_path, monkeypatch, wrong):
    match wrong:
        case "order":
            del parts[2]
        case "digest":
            parts[-1].digest = hashlib.sha256(b"other").digest()
        case "damage":
            parts[1].data = bytes(len(parts[1].data))
        case "end":
            parts[3].digest = hashlib.sha256(b"".join(part.data for part in parts[:4])).digest()
            del parts[4]
        case "size":
            monkeypatch.setattr(incoming_base, "MAX_BYTES", 10)
        case "store":
            service.adopt = AsyncMock(side_effect=StorageFailed("the disk is full"))
        case "form":
            service.adopt = lambda path: asyncio.to_thread(SqliteEngine(tmp_path / "2", 2).adopt, path)
    incoming = IncomingBase(service)

    async def take_all():
        for part in parts:
            await incoming.take(part)

    with pytest.raises(BadContent):
        await take_all()
    assert left_over(tmp_path) == []
    with pytest.raises(BadContent):
        await incoming.take(pb.BasePart(offset=10))
    assert not service.engine.known([key("one")])


async def test_little_that_unpacks_to_very_much_is_refused_before_it_is_much(service, tmp_path, monkeypatch):
    monkeypatch.setattr(incoming_base, "MAX_BYTES", 3 * incoming_base.BLOCK_BYTES)
    incoming = IncomingBase(service)
    written = []
    monkeypatch.setattr(incoming, "_begin", lambda: SimpleNamespace(write=_noting(written), close=lambda: None))
    with pytest.raises(BadContent, match="at most"):
        await incoming.take(pb.BasePart(data=zlib.compress(bytes(100 * incoming_base.BLOCK_BYTES))))
    assert sum(written) <= 4 * incoming_base.BLOCK_BYTES
    assert max(written) <= incoming_base.BLOCK_BYTES


def _noting(sizes):
    def write(data):
        sizes.append(len(data))
        return len(data)

    return write


async def test_a_stream_that_ends_in_the_midst_leaves_nothing(service, parts, tmp_path):
    incoming = IncomingBase(service)
    await incoming.take(parts[0])
    assert left_over(tmp_path)
    incoming.drop()
    assert left_over(tmp_path) == []
