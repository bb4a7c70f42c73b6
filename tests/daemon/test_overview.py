"""What an overview counts, ranks and keeps."""

from __future__ import annotations

import pytest

from grpc_backend.index.entry_points import entry_points
from grpc_backend.index.overview import Part, overview
from grpc_backend.index.overviews import Overviews
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import FileState
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.memory import MemoryEngine
from tests.search.asking import engine_of
from tests.storage.samples import extraction, file, key, symbol, uses


@pytest.fixture
def engine():
    """`Base` is used by `Thing` alone, `Thing` by three files; in JavaScript something else is called `Base`."""
    made = MemoryEngine()
    held = {
        "lib/base.py": extraction(symbol("Base", kind="class")),
        "lib/thing.py": extraction(symbol("Thing", kind="class"), Base=uses((1, 0))),
        **{f"app/{one}.py": extraction(symbol(f"use_{one}"), Thing=uses((1, 0), (2, 0))) for one in "abc"},
        "web/x.js": extraction(language="javascript", Base=uses(*((line, -1) for line in range(1, 30)))),
        "tests/test_it.py": extraction(symbol("Fake", kind="class"), Fake=uses((3, -1))),
    }
    for path, one in held.items():
        of = key(path, one.language)
        made.commit(Commit("w", [(of, one)], [file(path, of)]))
    return made


def asked(engine, **part):
    files = [one.path for one in engine.files("w")]
    return overview(engine, "w", Part(**part), files)


def test_uses_are_of_the_definitions_own_language(engine):
    central = {one.located.symbol.name: one.uses for one in asked(engine).central}
    assert central == {"Base": 1, "Thing": 6, "Fake": 1}


def test_what_is_used_by_what_is_used_comes_before_what_only_tests_use(engine):
    names = [one.located.symbol.name for one in asked(engine).central]
    assert names.index("Fake") == 2
    assert sum(one.rank for one in asked(engine).central) == pytest.approx(1)


def test_what_is_near_comes_first(engine):
    assert asked(engine, near="tests/test_it.py").central[0].located.symbol.name == "Fake"
    assert asked(engine, near="nowhere/at/all.py").central


def test_a_part_has_its_own_areas(engine):
    value = asked(engine, path="app")
    assert [area.path for area in value.areas] == ["app/a.py", "app/b.py", "app/c.py"]
    only = asked(engine, areas_only=True)
    assert (only.entry_points, only.central) == ([], [])
    assert len(only.areas) == 4


def test_where_things_begin():
    engine = engine_of(
        {
            "pkg/__main__.py": ["run"],
            "pkg/core.py": ["main"],
            "tests/main.py": ["main"],
            "vendor/x/main.go": ["main"],
            "cmd/tool.go": ["start"],
        }
    )
    files = [one.path for one in engine.files("w")]
    assert entry_points(engine, "w", "", files, 10) == ["pkg/__main__.py", "pkg/core.py#main", "cmd/tool.go"]
    assert entry_points(engine, "w", "cmd", files, 10) == ["cmd/tool.go"]
    assert entry_points(engine, "w", "", files, 1) == ["pkg/__main__.py"]


async def test_an_overview_is_kept_until_something_changes(engine):
    kept, workspace, made = Overviews(), Workspace("w", 1, []), []

    async def make():
        made.append(asked(engine))
        return made[-1]

    assert await kept.get(workspace, Part(), make) is await kept.get(workspace, Part(), make)
    assert len(made) == 1
    await kept.get(workspace, Part(path="app"), make)
    assert len(made) == 2
    workspace.committed(2, [FileState("new.py")], [])
    await kept.get(workspace, Part(), make)
    assert len(made) == 3
