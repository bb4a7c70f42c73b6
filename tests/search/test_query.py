"""What a query's text and filters mean, and what is said of those that mean nothing."""

from __future__ import annotations

import pytest

from grpc_backend.errors import InvalidRequest
from tests.search.asking import ask, engine_of, found, places
from tests.storage.samples import symbol

SEPARATORS = ["::", "->", ".", "/", "#", "\\"]


@pytest.fixture(scope="module")
def engine():
    return engine_of(
        {
            "src/jobs.py": [
                symbol("Job", kind="class"),
                symbol("run", owner="Job", kind="method"),
                symbol("inner", owner="Job.run"),
                symbol("Task", kind="class"),
                symbol("run", owner="Task", kind="method"),
                "running",
                "RUN_ALL",
            ],
            "src/deep/jobs.go": [symbol("Run", kind="struct"), symbol("LOW", kind="enum_member")],
            "src/many.py": [f"many_{number:02}" for number in range(30)],
        }
    )


@pytest.mark.parametrize("separator", SEPARATORS)
def test_every_languages_separator_names_what_encloses(engine, separator):
    assert found(engine, f"Job{separator}run", limit=1) == ["Job.run"]
    assert "Task.run" not in found(engine, f"Job{separator}run")
    assert found(engine, f"Job{separator}run{separator}inner") == ["Job.run.inner"]


def test_separators_may_be_mixed_and_folders_and_files_enclose_too(engine):
    assert found(engine, "src/jobs::Task->run", limit=1) == ["Task.run"]
    assert places(engine, "deep/jobs/Run", limit=1) == ["src/deep/jobs.go"]


def test_what_is_pasted_from_code_is_understood(engine):
    assert found(engine, "  Job.run()  ", limit=1) == ["Job.run"]
    assert found(engine, "run()", limit=2) == ["Job.run", "Task.run"]


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_a_quoted_name_is_meant_as_it_stands(engine, quote):
    assert found(engine, f"{quote}run{quote}") == ["Job.run", "Task.run"]
    assert found(engine, f"{quote}rUn{quote}") == []
    assert found(engine, f"{quote}runn{quote}") == []
    assert len(found(engine, "run")) > 2


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "class"}, {"Job", "Task"}),
        ({"kind": " CLASS , struct"}, {"Job", "Task", "Run"}),
        ({"kind": "enum-member"}, {"LOW"}),
        ({"language": "Go"}, {"Run", "LOW"}),
        ({"languages": ["GO"]}, {"Run", "LOW"}),
        ({"language": "go", "kind": "struct"}, {"Run"}),
        ({"path": "src/deep"}, {"Run", "LOW"}),
        ({"path": "**/*.go"}, {"Run", "LOW"}),
        ({"path": "nowhere,src/deep/**"}, {"Run", "LOW"}),
    ],
)
def test_filters_alone_ask_for_all_that_passes(engine, filters, expected):
    assert set(found(engine, "", **filters)) == expected


def test_filters_of_one_kind_add_up_and_of_different_kinds_narrow(engine):
    both = set(found(engine, "run", languages=["python"], language="go"))
    assert {"Job.run", "Run"} <= both
    assert set(found(engine, "run", language="go", kind="method")) == set()


def test_limits(engine):
    assert len(found(engine, "many")) == 20  # the default
    assert len(found(engine, "many", limit=1)) == 1
    assert len(found(engine, "many", limit=1000)) == 30


@pytest.mark.parametrize(
    ("text", "more", "advice"),
    [
        ("", {}, "name a symbol, or give a kind, language or path"),
        ("   ", {}, "name a symbol"),
        ("()", {}, "name a symbol"),
        ("::", {}, "name a symbol"),
        ("./", {}, "name a symbol"),
        ("x" * 513, {}, "at most 512 characters"),
        ("run", {"limit": -1}, "from 1 to 1000"),
        ("run", {"limit": 1001}, "from 1 to 1000"),
        ("run", {"kind": "klass"}, "'klass': use one of file, module, "),
        ("run", {"kind": "class,,no"}, "'no': use one of"),
        ("run", {"colour": "red"}, "'colour': use kind, path"),
        ("run", {"path": "x" * 513}, "at most 512 characters"),
        ("run", {"path": "[z-a].py"}, "[z-a].py cannot be understood"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_advice(engine, text, more, advice):
    with pytest.raises(InvalidRequest) as refused:
        ask(engine, text, **more)
    assert refused.value.code == "invalid_request"
    assert advice in str(refused.value)
