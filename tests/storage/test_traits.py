"""Filters leave out, before anything is read, the names that no symbol of such a kind or language bears."""

from __future__ import annotations

import itertools

import pytest

from grpc_backend.extract import detect
from grpc_backend.model import KINDS
from grpc_backend.storage import name_queries
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.sqlite import SqliteEngine
from grpc_backend.storage.symbols import Wanted
from grpc_backend.storage.traits import LANGUAGES, class_of, masks
from tests.storage.samples import extraction, file, key, symbol

MANY = 2_000
CLASSES = Filters(kinds=("class",))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "index.sqlite3"


@pytest.fixture
def engine(path):
    opened = SqliteEngine(path, 1)
    put(opened, "many.py", *(symbol(f"load_{number}") for number in range(MANY)))
    yield opened
    opened.close()


@pytest.fixture
def looked_at(monkeypatch):
    """The names that were read and compared."""
    names = []
    may_fit = name_queries._Look._may_fit
    monkeypatch.setattr(
        name_queries._Look, "_may_fit", lambda look, name, folded: (names.append(name), may_fit(look, name, folded))[1]
    )
    return names


def put(engine: SqliteEngine, path: str, *symbols, language: str = "python") -> None:
    of = key(repr((path, symbols)))
    engine.commit(Commit("w", [(of, extraction(*symbols, language=language))], [file(path, of)]))


def found(engine: SqliteEngine, filters: Filters, text: str = "load", tier: Tier = Tier.PREFIX) -> list[str]:
    return [one.symbol.name for one in engine.find("w", NamePattern(text, tier), filters, 10)]


@pytest.mark.parametrize("text", ["load", ""])
def test_what_no_name_can_pass_has_none_looked_at(engine, looked_at, text):
    for filters in (CLASSES, Filters(languages=("rust",)), Filters(kinds=("class", "event"), languages=("python",))):
        assert found(engine, filters, text) == []
    assert looked_at == []


def test_few_are_looked_at_where_few_names_pass(engine, looked_at):
    put(engine, "few.rs", symbol("load_it", kind="class"), symbol("load_all", kind="enum"), language="rust")
    assert found(engine, CLASSES) == ["load_it"]
    assert found(engine, Filters(languages=("rust",))) == ["load_it", "load_all"]
    assert found(engine, Filters(kinds=("enum",), languages=("rust",)), "", Tier.PREFIX) == ["load_all"]
    assert found(engine, CLASSES, "oad_i", Tier.SUBSTRING) == ["load_it"]
    assert set(looked_at) == {"load_it", "load_all"}


def test_a_name_is_found_by_what_it_has_become(engine, path):
    for change in (engine.names.save, engine.names.join):
        change()
        put(engine, "more.py", symbol("load_7", kind="class"))
        assert found(engine, CLASSES) == ["load_7"]
        change()
        assert found(engine, CLASSES) == ["load_7"]
        put(engine, "more.py", symbol("load_7"))
        engine.collect(10)
        assert found(engine, CLASSES) == []
    put(engine, "more.py", symbol("load_8", kind="class"))
    engine.close()
    again = SqliteEngine(path, 1)
    try:
        assert found(again, CLASSES) == ["load_8"]
    finally:
        again.close()


def test_a_name_that_came_back_has_only_what_it_has_now(engine, looked_at):
    put(engine, "other.py", symbol("load_once", kind="class"))
    engine.commit(Commit("w", removed=["other.py"]))
    engine.collect(10)
    put(engine, "other.py", symbol("load_once", line=2))
    assert found(engine, CLASSES) == []
    assert looked_at == []


def test_languages_that_share_a_class_are_told_apart(engine):
    languages = (f"language-{number}" for number in itertools.count())
    one = next(languages)
    other = next(name for name in languages if class_of(name) == class_of(one))
    put(engine, "one", symbol("load_one"), language=one)
    put(engine, "other", symbol("load_other"), language=other)
    assert found(engine, Filters(languages=(one,))) == ["load_one"]
    assert found(engine, Filters(languages=(other,))) == ["load_other"]


def test_languages_that_are_often_together_share_no_class():
    shared = [name for name in detect.languages() if len(sharing(name)) > 1]
    assert len(shared) <= 14
    web, native = ("javascript", "typescript", "tsx", "css", "html", "json"), ("c", "cpp", "rust", "python", "go")
    for together in (web, native, ("java", "kotlin", "scala", "sql", "yaml"), ("python", "css", "html", "sql", "yaml")):
        assert len(set(map(class_of, together))) == len(together)


def sharing(language: str) -> list[str]:
    return [name for name in detect.languages() if class_of(name) == class_of(language)]


def test_all_traits_fit_beside_a_sign():
    every = masks(Filters(kinds=KINDS, languages=detect.languages()))
    assert max(every) < 2**63
    assert LANGUAGES + len(KINDS) <= 63
    assert every[0] & every[1] == 0


def test_a_trait_is_noticed_where_a_name_is_not_used_more_by_much(engine):
    """What orders names falls into bands, and a change within one is else of no interest."""
    for number in range(2):
        put(engine, f"{number}.py", symbol("load_often", line=number + 1))
    assert found(engine, CLASSES) == []
    put(engine, "3.py", symbol("load_often", kind="class"))
    assert found(engine, CLASSES) == ["load_often"]


def test_a_mistyped_name_is_looked_for_anew_without_the_filter(engine):
    put(engine, "one.py", symbol("receive_all"))
    assert found(engine, CLASSES, "recieve_all", Tier.TYPO) == []
    assert found(engine, Filters(), "recieve_all", Tier.TYPO) == ["receive_all"]


def test_an_exact_name_that_is_borne_otherwise_is_not_looked_up(engine, monkeypatch):
    put(engine, "few.py", symbol("load_it", kind="class"))
    looked_up = []
    symbols = Wanted.symbols
    monkeypatch.setattr(Wanted, "symbols", lambda self, *asked: (looked_up.append(asked), symbols(self, *asked))[1])
    assert found(engine, CLASSES, "load_7", Tier.EXACT) == []
    assert looked_up == []
    assert found(engine, CLASSES, "load_it", Tier.EXACT) == ["load_it"]
    assert len(looked_up) == 1
