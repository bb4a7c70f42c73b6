"""The names of the whole team store: that they follow what repositories define, whatever comes and goes."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.postgres import across as shared
from grpc_backend.storage.postgres import migrations
from grpc_backend.storage.postgres import spellings as kept
from grpc_backend.storage.postgres.engine import PostgresEngine
from tests.storage.samples import extraction, file, key, symbol, uses

REPOSITORIES = [f"team/number{number}@main" for number in range(4)]
NAMES = ["Response", "set_cookie", "get", "é", "nul\0", "long" * 40]


@pytest.fixture
def dsn(postgresql):
    return postgresql.database()


@pytest.fixture
def engine(dsn):
    made = PostgresEngine(dsn, 1)
    yield made
    made.close()


def content(number: int):
    """One with some of the names, defined and used."""
    rng = random.Random(number)
    said = extraction(
        *(symbol(name, line=line) for line, name in enumerate(rng.sample(NAMES, rng.randrange(3)), 1)),
        **{name: uses((1, -1)) for name in rng.sample(NAMES, rng.randrange(4))},
    )
    return key(str(number)), said


def change(engine, workspace: str, rng: random.Random) -> None:
    """Have a repository's files say something else."""
    chosen = [content(rng.randrange(40)) for _ in range(rng.randrange(1, 4))]
    files = [file(f"{rng.randrange(5)}.py", one) for one, _ in chosen]
    engine.commit(Commit(workspace, chosen, files, removed=[f"{rng.randrange(5, 8)}.py"]))


def tables(dsn) -> tuple[set, set]:
    with psycopg.connect(dsn) as connection:
        definers = connection.execute("SELECT name_id, rarity, repo_id FROM definer").fetchall()
        spelled = connection.execute("SELECT id, name, length, head, tail, squeezed FROM spelling").fetchall()
    return set(definers), set(spelled)


def from_scratch(dsn) -> tuple[set, set]:
    """The same, as the step that made the tables finds it in the names."""
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TABLE definer, spelling")
        connection.execute(migrations.SPELLINGS)
        definers = connection.execute("SELECT name_id, rarity, repo_id FROM definer").fetchall()
        spelled = connection.execute("SELECT id, name, length, head, tail, squeezed FROM spelling").fetchall()
        connection.rollback()
    return set(definers), set(spelled)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_is_what_the_names_give(engine, dsn, seed):
    rng = random.Random(seed)
    for step in range(30):
        change(engine, rng.choice(REPOSITORIES), rng)
        if step % 5 == 4:
            engine.collect(rng.randrange(1, 20))
            assert tables(dsn) == from_scratch(dsn)
    for workspace in REPOSITORIES:
        engine.forget(workspace)
    engine.collect(1_000)
    assert tables(dsn) == (set(), set())


def test_many_at_a_time_enter_and_leave_the_same_names(engine, dsn):
    def work(number: int) -> None:
        rng = random.Random(number)
        for _ in range(15):
            change(engine, REPOSITORIES[number], rng)
            engine.collect(3)

    with ThreadPoolExecutor() as pool:
        list(pool.map(work, range(len(REPOSITORIES))))
    assert tables(dsn) == from_scratch(dsn)


def test_of_a_name_those_come_first_that_mention_it_most(engine, monkeypatch):
    used = [1, 8, 64, 300]
    for count, workspace in zip(used, REPOSITORIES, strict=True):
        said = [(key("definition"), extraction(symbol("get")))]
        said += [(key(f"use {one}"), extraction(get=uses((1, -1)))) for one in range(count)]
        engine.commit(Commit(workspace, said, [file(f"{place}.py", one) for place, (one, _) in enumerate(said)]))
    monkeypatch.setattr(shared, "MOST_IN_TURN", 0)
    found = engine.across(REPOSITORIES).find("", NamePattern("get", Tier.EXACT), Filters(), 100)
    assert [one.workspace for one in found] == REPOSITORIES[::-1]
    assert [one.uses for one in found] == used[::-1]
    found = engine.across(REPOSITORIES[:3]).find("", NamePattern("ge", Tier.PREFIX), Filters(), 1)
    assert [one.workspace for one in found] == REPOSITORIES[2:3]


def test_more_names_than_a_page_are_all_looked_at(engine, monkeypatch):
    said = [(key("names"), extraction(*(symbol(f"name{number:03}") for number in range(20))))]
    engine.commit(Commit(REPOSITORIES[0], said, [file("a.py", said[0][0])]))
    monkeypatch.setattr(kept, "FIRST_PAGE", 2)
    monkeypatch.setattr(shared, "MOST_IN_TURN", 0)
    across = engine.across(REPOSITORIES[:1])
    found = across.find("", NamePattern("name", Tier.PREFIX), Filters(), 100)
    assert sorted(one.symbol.name for one in found) == [f"name{number:03}" for number in range(20)]
    assert not across.passed_over
    monkeypatch.setattr(kept, "MOST_NAMES", 15)
    assert len(across.find("", NamePattern("name", Tier.PREFIX), Filters(), 15)) == 15
    assert not across.passed_over  # as many as were asked for
    assert len(across.find("", NamePattern("name", Tier.PREFIX), Filters(), 16)) == 15
    assert across.passed_over == {Tier.PREFIX}


@pytest.mark.parametrize("most_in_turn", [50, 0])
def test_where_a_bound_keeps_from_finding_all_it_is_said(engine, monkeypatch, most_in_turn):
    monkeypatch.setattr(shared, "MOST_IN_TURN", most_in_turn)
    for number, workspace in enumerate(REPOSITORIES):
        dialect = "go" if number == 3 else "python"
        said = [(key(workspace, dialect), extraction(symbol("common"), symbol("commoner"), language=dialect))]
        engine.commit(Commit(workspace, said, [file("a", said[0][0])]))

    def left_out(filters: Filters, limit: int) -> set[Tier]:
        across = engine.across(REPOSITORIES)
        across.find("", NamePattern("comm", Tier.PREFIX), filters, limit)
        return across.passed_over

    go, everything = Filters(languages=("go",)), Filters()
    assert left_out(go, 9) == left_out(everything, 9) == set()
    monkeypatch.setattr(shared, "MOST_DEFINERS", 2)
    assert left_out(go, 9) == {Tier.PREFIX}
    assert left_out(everything, 9) == set()  # three of each name are all that is shown
    monkeypatch.setattr(kept, "MOST_NAMES", len(REPOSITORIES))
    assert left_out(everything, 2) == set()
    if most_in_turn:
        assert left_out(everything, 9) == {Tier.PREFIX}  # one name of each repository
