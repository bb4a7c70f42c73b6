"""What every engine must do with several repositories at once."""

from __future__ import annotations

import pytest

from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.order import EACH_LOOSE
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.postgres import across as shared
from tests.storage.samples import extraction, file, key, symbol, uses
from tests.storage.test_contract import ALL, FIRST, ONE, fill

TEAM = ("team/first@main", "team/second@main")


@pytest.fixture(params=[shared.MOST_IN_TURN, 0], ids=["in turn", "of all"])
def way(request, monkeypatch):
    """Both ways in which the shared engine finds names."""
    monkeypatch.setattr(shared, "MOST_IN_TURN", request.param)


def across(engine, text, tier=Tier.EXACT, *, filters=ALL, limit=100, container=(), workspaces=TEAM):
    found = engine.across(workspaces).find("", NamePattern(text, tier, container), filters, limit)
    return [(one.workspace, one.id) for one in found]


def fill_two(engine):
    """Two repositories: both have the first content, the second one the other, too."""
    engine.commit(Commit(TEAM[0], [(ONE, FIRST)], [file("http/response.py", ONE)]))
    fill(engine, TEAM[1])


@pytest.mark.usefixtures("way")
def test_several_repositories_are_searched_as_one(engine):
    fill_two(engine)
    first, second = (TEAM[0], "http/response.py#Response"), (TEAM[1], "http/response.py#Response")
    assert sorted(across(engine, "Response")) == [first, second]
    assert sorted(across(engine, "response", Tier.CASE)) == [first, second]
    assert sorted(across(engine, "res_ponse", Tier.SEPARATORS)) == [first, second]
    assert sorted(across(engine, "Resp", Tier.PREFIX)) == [first, second]
    for mistyped in ("Responze", "Redponse"):
        assert sorted(across(engine, mistyped, Tier.TYPO)) == [first, second]
        assert across(engine, mistyped, Tier.TWO_TYPOS) == []
    assert across(engine, "Redpondee", Tier.TYPO) == []
    assert across(engine, "view") == [(TEAM[1], "app/views.py#view")]
    assert len(across(engine, "Response", limit=1)) == 1


def test_a_few_repositories_are_searched_for_all_that_one_is(engine):
    fill_two(engine)
    assert {one for _, one in across(engine, "spons", Tier.SUBSTRING)} == {"http/response.py#Response"}
    assert {where for where, _ in across(engine, "spons", Tier.SUBSTRING)} == set(TEAM)


@pytest.mark.usefixtures("way")
def test_across_repositories_filters_and_containers_count(engine):
    fill_two(engine)
    assert across(engine, "Response", filters=Filters(kinds=("function",))) == []
    assert across(engine, "Response", filters=Filters(paths=("app/**",))) == []
    assert {one for _, one in across(engine, "set_cookie", container=("Response",))} == {
        "http/response.py#Response.set_cookie"
    }
    assert across(engine, "set_cookie", container=("Request",)) == []


@pytest.mark.usefixtures("way")
def test_across_repositories_a_loose_name_is_one_guess(engine):
    contents = [(key(str(number)), extraction(symbol("loosely"), symbol(f"own{number}"))) for number in range(6)]
    for number, workspace in enumerate(TEAM):
        part = contents[number * 3 : number * 3 + 3]
        files = [file(f"{place}.py", one) for place, (one, _) in enumerate(part)]
        engine.commit(Commit(workspace, part, files))
    assert len(across(engine, "loos", Tier.PREFIX)) == EACH_LOOSE
    assert len(across(engine, "loosely")) == 6


@pytest.mark.usefixtures("way")
def test_only_the_repositories_that_are_asked_are_told(engine):
    fill_two(engine)
    for text, tier in (("Response", Tier.EXACT), ("Resp", Tier.PREFIX), ("Responze", Tier.TYPO)):
        assert across(engine, text, tier, workspaces=TEAM[1:]) == [(TEAM[1], "http/response.py#Response")]
    assert [where for where, _ in sorted(across(engine, "set_cookie"))] == list(TEAM)


def test_an_exact_name_is_told_as_often_as_it_is_asked_for(engine, monkeypatch):
    monkeypatch.setattr(shared, "NAMES_A_PAGE", 2)
    workspaces = [f"team/number{number}@main" for number in range(6)]
    for workspace in workspaces:
        said = key(workspace)
        engine.commit(Commit(workspace, [(said, extraction(symbol("many")))], [file("a.py", said)]))
    assert sorted(across(engine, "many", workspaces=workspaces)) == [(one, "a.py#many") for one in workspaces]
    assert len(across(engine, "many", limit=4, workspaces=workspaces)) == 4


@pytest.mark.usefixtures("way")
def test_filters_count_before_what_is_shown_of_a_name(engine):
    workspaces = [f"team/number{number}@main" for number in range(6)]
    for number, workspace in enumerate(workspaces):
        dialect = "go" if number == 5 else "python"
        said = [(key(workspace, dialect), extraction(symbol("common"), language=dialect))]
        used = 0 if dialect == "go" else 10
        said += [(key(f"{number} {one}"), extraction(common=uses((1, -1)))) for one in range(used)]
        engine.commit(Commit(workspace, said, [file(f"{place}", one) for place, (one, _) in enumerate(said)]))
    for text, tier in (("common", Tier.EXACT), ("comm", Tier.PREFIX)):
        found = across(engine, text, tier, filters=Filters(languages=("go",)), limit=3, workspaces=workspaces)
        assert found == [("team/number5@main", "0#common")]
        assert len(across(engine, text, tier, container=("0",), limit=3, workspaces=workspaces)) == 3


@pytest.mark.usefixtures("way")
def test_how_much_a_name_is_used_is_told_of_one_repository_as_of_many(engine):
    fill_two(engine)
    for workspaces in (TEAM[1:], TEAM):
        found = engine.across(workspaces).find("", NamePattern("set_cookie", Tier.EXACT), ALL, 100)
        assert {one.uses for one in found if one.workspace == TEAM[1]} == {2}


@pytest.mark.usefixtures("way")
def test_a_long_name_that_is_mistyped_far_behind_is_found(engine):
    name = "very_long_" * 20
    for workspace in TEAM:
        engine.commit(Commit(workspace, [(ONE, extraction(symbol(name)))], [file("a.py", ONE)]))
    for place in (3, 150, 199):
        assert len(across(engine, name[:place] + "x" + name[place + 1 :], Tier.TYPO)) == 2


@pytest.mark.usefixtures("way")
def test_across_no_repository_and_unknown_ones_nothing_is_found(engine):
    fill_two(engine)
    assert across(engine, "Response", workspaces=()) == []
    assert across(engine, "Response", workspaces=("nobody@main", TEAM[0])) == [(TEAM[0], "http/response.py#Response")]


def test_across_what_is_not_looked_for_among_many_repositories_is_said(engine, monkeypatch):
    monkeypatch.setattr(shared, "MOST_IN_TURN", 1)
    fill_two(engine)
    team = engine.across(TEAM)
    for tier, text in ((Tier.EXACT, "Response"), (Tier.SUBSTRING, "spons"), (Tier.TYPO, "Respnse")):
        found = team.find("", NamePattern(text, tier), ALL, 100)
        assert bool(found) != (tier in team.passed_over)
    assert set(team.passed_over) == ({Tier.SUBSTRING, Tier.TYPO} if engine.name == "postgresql" else set())
