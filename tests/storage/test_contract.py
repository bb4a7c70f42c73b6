"""What every engine must do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec import msgpack
from msgspec.structs import replace

from grpc_backend.errors import Overtaken
from grpc_backend.model import Extraction, FileState, Import, Role
from grpc_backend.storage.engine import Commit, Filters, Summary
from grpc_backend.storage.order import EACH_LOOSE
from grpc_backend.storage.pattern import NamePattern, Tier
from tests.storage.samples import extraction, file, key, symbol, uses

ALL = Filters()
ONE = key("one")
TWO = key("two")
CLASS = symbol("Response", kind="class")
METHOD = symbol("set_cookie", kind="method", line=3, owner="Response")
FIRST = extraction(CLASS, METHOD, set_cookie=uses((5, 1)), other=uses((6, -1)))
SECOND = extraction(symbol("view", line=2), set_cookie=uses((3, 0), (4, 0)), Response=uses((3, 0)))


def fill(engine, workspace="w"):
    return engine.commit(
        Commit(workspace, [(ONE, FIRST), (TWO, SECOND)], [file("http/response.py", ONE), file("app/views.py", TWO)])
    )


def find(engine, text, tier=Tier.EXACT, *, filters=ALL, limit=100, container=(), workspace="w"):
    return [one.id for one in engine.find(workspace, NamePattern(text, tier, container), filters, limit)]


def test_an_unknown_workspace_is_empty_and_not_an_error(engine):
    assert engine.generation("nobody") == 0
    assert engine.files("nobody") == []
    assert engine.summary("nobody") == Summary(0, 0, {})
    assert find(engine, "x", workspace="nobody") == []
    assert engine.outline("nobody", "a.py") == []
    assert engine.references("nobody", "x", ALL, 5) == ([], 0)
    assert engine.popular("nobody", "", 5) == []
    assert engine.workspaces() == []


def test_each_commit_moves_the_generation_by_one(engine):
    assert [fill(engine), fill(engine), engine.commit(Commit("other"))] == [1, 2, 1]
    assert engine.generation("w") == 2
    assert engine.workspaces() == ["other", "w"]


def test_what_is_committed_is_found(engine):
    fill(engine)
    assert find(engine, "Response") == ["http/response.py#Response"]
    assert [one.symbol for one in engine.outline("w", "http/response.py")] == [CLASS, METHOD]
    assert engine.summary("w") == Summary(2, 3, {"python": 3})
    assert engine.summary("w", "http") == Summary(1, 2, {"python": 2})
    assert [one.path for one in engine.files("w")] == ["app/views.py", "http/response.py"]
    assert engine.files("w")[0] == file("app/views.py", TWO)


def test_known_tells_what_a_content_is_without_its_symbols(engine):
    fill(engine)
    known = engine.known([ONE, key("never seen"), key("one", "go")])
    assert set(known) == {ONE}
    assert (known[ONE].language, known[ONE].problem, known[ONE].symbols) == ("python", "", 2)


def test_a_content_with_a_problem_is_known_too(engine):
    engine.commit(Commit("w", [(ONE, Extraction("python", problem="minified", warnings=("invalid_utf8",)))]))
    info = engine.known([ONE])[ONE]
    assert (info.problem, info.warnings) == ("minified", ("invalid_utf8",))


def test_a_file_without_content_keeps_its_problem(engine):
    state = FileState("big.py", 10**9, 5, 6, b"", "python", "too_large", "1 GB")
    engine.commit(Commit("w", files=[state]))
    assert engine.files("w") == [state]
    assert engine.summary("w") == Summary(0, 0, {})


def test_a_commit_that_refers_to_an_unknown_content_changes_nothing(engine):
    fill(engine)
    with pytest.raises(KeyError):
        engine.commit(Commit("w", [(key("three"), SECOND)], [file("a.py", key("never sent"))], ["app/views.py"]))
    assert engine.generation("w") == 1
    assert [one.path for one in engine.files("w")] == ["app/views.py", "http/response.py"]
    assert not engine.known([key("three")])
    fill(engine)
    assert engine.generation("w") == 2


def test_a_replaced_or_removed_file_leaves_no_ghost(engine):
    fill(engine)
    engine.commit(Commit("w", files=[file("http/response.py", TWO)]))
    assert find(engine, "Response") == []
    assert find(engine, "view") == ["app/views.py#view", "http/response.py#view"]
    engine.commit(Commit("w", removed=["app/views.py", "not/there.py"]))
    assert find(engine, "view") == ["http/response.py#view"]
    assert engine.outline("w", "app/views.py") == []


def test_one_content_serves_many_paths_and_workspaces(engine):
    fill(engine)
    engine.commit(Commit("second", files=[file("elsewhere.py", ONE)]))
    assert find(engine, "Response", workspace="second") == ["elsewhere.py#Response"]
    assert find(engine, "view", workspace="second") == []
    engine.forget("w")
    assert engine.workspaces() == ["second"]
    assert find(engine, "Response", workspace="second") == ["elsewhere.py#Response"]


def test_tiers_do_not_overlap(engine):
    names = ["Query", "query", "QUERY", "QuerySet", "queryset_of", "InnerQuery", "subquery", "other"]
    engine.commit(Commit("w", [(ONE, extraction(*map(symbol, names)))], [file("a.py", ONE)]))
    assert find(engine, "query") == ["a.py#query"]
    assert find(engine, "query", Tier.CASE) == ["a.py#QUERY", "a.py#Query"]
    assert find(engine, "query", Tier.PREFIX) == ["a.py#queryset_of", "a.py#QuerySet"]
    assert find(engine, "query", Tier.SUBSTRING) == ["a.py#subquery", "a.py#InnerQuery"]


@pytest.mark.parametrize(("text", "found"), [("ue", ["queue", "value"]), ("u", ["queue", "value"]), ("lu", ["value"])])
def test_substrings_shorter_than_a_trigram(engine, text, found):
    engine.commit(Commit("w", [(ONE, extraction(*map(symbol, ["queue", "value"])))], [file("a.py", ONE)]))
    assert find(engine, text, Tier.SUBSTRING) == [f"a.py#{name}" for name in found]


def test_names_are_folded_as_unicode_has_it(engine):
    names = ["Straße", "ﬁle", "ÉTÉ"]
    engine.commit(Commit("w", [(ONE, extraction(*map(symbol, names)))], [file("a.py", ONE)]))
    assert find(engine, "STRASSE", Tier.CASE) == ["a.py#Straße"]
    assert find(engine, "FILE", Tier.CASE) == ["a.py#ﬁle"]
    assert find(engine, "ét", Tier.PREFIX) == ["a.py#ÉTÉ"]


@pytest.mark.parametrize("text", ["%", "_", "'", '"', "*", "a\0b", "\\", "", "AND", 'x" OR "y'])
def test_special_characters_are_text(engine, text):
    names = ["a%b", "a'b", 'a"b', "a*b", "plain", "AND_gate", 'x" OR "y z']
    engine.commit(Commit("w", [(ONE, extraction(*map(symbol, names)))], [file("a.py", ONE)]))
    for tier in Tier:
        expected = {"a.py#" + name for name in names if text and _tier(name, text) is tier}
        if text:
            assert set(find(engine, text, tier)) == expected


def _tier(name, text):
    from grpc_backend.storage.pattern import tier_of

    return tier_of(name, text)


def test_filters_come_before_the_cut(engine):
    fill(engine)
    many = extraction(*(symbol("view", line=line, ordinal=line) for line in range(1, 50)), view=uses((1, -1)))
    engine.commit(Commit("w", [(key("many"), many)], [file("a/many.py", key("many"))]))
    only = Filters(paths=("app/**",))
    assert find(engine, "view", filters=only, limit=1) == ["app/views.py#view"]
    assert find(engine, "set_cookie", filters=Filters(kinds=("class",))) == []
    assert find(engine, "set_cookie", filters=Filters(kinds=("class", "method"))) == [
        "http/response.py#Response.set_cookie"
    ]
    assert find(engine, "view", filters=Filters(languages=("go",))) == []
    assert find(engine, "view", filters=Filters(kinds=("no such kind",))) == []


@pytest.mark.parametrize(
    ("glob", "fits"),
    [
        ("app", True), ("app/", True), ("app/views.py", True), ("*.py", True), ("views.*", True),
        ("app/*", True), ("**/views.py", True), ("a?p/**", True), ("[ab]pp/**", True), ("/app", True),
        ("*/views.py", True), ("**", True), ("app/**/views.py", True),
        ("src/app", False), ("iews.py", False), ("app/*.go", False), ("ap", False), ("[!a]pp/**", False),
    ],
)  # fmt: skip
def test_path_globs(engine, glob, fits):
    fill(engine)
    assert find(engine, "view", filters=Filters(paths=(glob,))) == (["app/views.py#view"] if fits else [])


def test_containers_enclose_in_order(engine):
    fill(engine)
    for container, fits in (
        (("Response",), True), (("response",), True), (("http", "Response"), True), (("http",), True),
        (("Response", "http"), False), (("other",), False), (("Resp",), False),
    ):  # fmt: skip
        expected = ["http/response.py#Response.set_cookie"] if fits else []
        assert find(engine, "set_cookie", container=container) == expected, container


def test_the_cut_keeps_the_closest_names_first_and_the_more_used_of_equals(engine):
    symbols = [symbol("load", line=9), symbol("load_b"), symbol("load_a"), symbol("load_c"), symbol("loaders", line=4)]
    engine.commit(Commit("w", [(ONE, extraction(*symbols, load_c=uses((1, -1))))], [file("b.py", ONE)]))
    every = ["b.py#load_c", "b.py#load_a", "b.py#load_b", "b.py#loaders"]
    for limit in range(5):
        assert find(engine, "load", Tier.PREFIX, limit=limit) == every[:limit]


def test_of_a_name_the_symbols_come_by_what_they_are_wherever_they_stand(engine):
    member = symbol("load", kind="property", owner="Box")
    declared = symbol("load", modifiers=("declaration",))
    kinds = {"a.c": member, "b.c": declared, "c.c": symbol("load"), "d.c": symbol("load", kind="class")}
    keys = {path: key(path) for path in kinds}
    contents = [(keys[path], extraction(one)) for path, one in kinds.items()]
    engine.commit(Commit("w", contents, [file(path, keys[path]) for path in kinds]))
    every = ["d.c#load", "c.c#load", "b.c#load", "a.c#Box.load"]
    for limit in range(5):
        assert find(engine, "load", limit=limit) == every[:limit]


def test_of_a_name_that_matches_loosely_only_a_few_symbols_are_given(engine):
    paths = [f"{number}.py" for number in range(9)]
    keys = {path: key(path) for path in paths}
    contents = [(keys[path], extraction(symbol("load"), symbol("loader"))) for path in paths]
    engine.commit(Commit("w", contents, [file(path, keys[path]) for path in paths]))
    assert len(find(engine, "load")) == len(find(engine, "", Tier.PREFIX)) / 2 == 9
    assert len(find(engine, "load", Tier.PREFIX)) == EACH_LOOSE
    only = Filters(paths=("3.py",))
    assert find(engine, "load", Tier.PREFIX, filters=only) == ["3.py#loader"]


def test_references_come_by_path_and_position_and_are_counted_beyond_the_limit(engine):
    fill(engine)
    found, total = engine.references("w", "set_cookie", ALL, 100)
    assert [(one.path, one.occurrence.line, one.enclosing_id) for one in found] == [
        ("app/views.py", 3, "app/views.py#view"),
        ("app/views.py", 4, "app/views.py#view"),
        ("http/response.py", 5, "http/response.py#Response.set_cookie"),
    ]
    assert total == 3
    assert engine.references("w", "set_cookie", ALL, 1) == (found[:1], 3)
    assert engine.references("w", "set_cookie", Filters(paths=("http",)), 5)[1] == 1
    assert engine.references("w", "Set_Cookie", ALL, 5) == ([], 0)
    assert {one.name for one in found} == {"set_cookie"}
    roles = {one.occurrence.role for one in found}
    for role in Role:
        of_role = Filters(roles=frozenset({role}))
        some = engine.references("w", "set_cookie", of_role, 100)[0]
        assert engine.roles("w", "set_cookie", of_role) == ({int(role): len(some)} if some else {})
        assert some == [one for one in found if one.occurrence.role == role]
    assert roles <= set(Role)


def test_the_uses_in_a_file_are_those_of_every_name_in_it(engine):
    fill(engine)
    uses = engine.uses_in("w", "app/views.py")
    assert [use for use in uses if use.name == "set_cookie"] == [
        use for use in engine.references("w", "set_cookie", ALL, 9)[0] if use.path == "app/views.py"
    ]
    assert uses == sorted(uses, key=lambda use: (use.occurrence.line, use.occurrence.column, use.name))
    assert engine.uses_in("w", "app") == engine.uses_in("nobody", "app/views.py") == []


def test_below_lists_top_level_symbols_of_a_folder(engine):
    fill(engine)
    assert [one.id for one in engine.below("w", "", 10)] == ["app/views.py#view", "http/response.py#Response"]
    assert [one.id for one in engine.below("w", "http", 10)] == ["http/response.py#Response"]
    assert engine.below("w", "htt", 10) == []
    assert len(engine.below("w", "", 1)) == 1


def test_popular_counts_the_contents_that_use_a_name(engine):
    fill(engine)
    engine.commit(Commit("elsewhere", [(key("x"), extraction(view=uses((1, -1))))], [file("x.py", key("x"))]))
    assert [(one.id, one.uses) for one in engine.popular("w", "", 10)] == [
        ("http/response.py#Response.set_cookie", 2),
        ("http/response.py#Response", 1),
    ]
    assert engine.popular("w", "app", 10) == []


def test_collect_drops_only_what_nobody_holds_and_undoes_its_uses(engine):
    fill(engine)
    engine.commit(Commit("w", removed=["app/views.py"]))
    assert engine.collect(0) == 0
    assert engine.collect(10) == 1
    assert set(engine.known([ONE, TWO])) == {ONE}
    assert engine.find("w", NamePattern("set_cookie", Tier.EXACT), ALL, 5)[0].uses == 1
    assert engine.collect(10) == 0
    engine.commit(Commit("w", [(TWO, SECOND)], [file("app/views.py", TWO)]))
    assert engine.find("w", NamePattern("set_cookie", Tier.EXACT), ALL, 5)[0].uses == 2


def test_a_content_that_is_sent_twice_counts_once(engine):
    fill(engine)
    engine.commit(Commit("w", [(ONE, FIRST), (ONE, FIRST)]))
    assert engine.find("w", NamePattern("set_cookie", Tier.EXACT), ALL, 5)[0].uses == 2


def test_many_readers_while_one_writes(engine):
    fill(engine)

    def read(_):
        found = find(engine, "view", limit=1000)
        assert len(found) == len(set(found))
        return len(found)

    with ThreadPoolExecutor(4) as pool:
        reading = pool.map(read, range(200))
        for number in range(30):
            engine.commit(Commit("w", files=[file(f"more/{number}.py", TWO)]))
        assert max(reading) <= 31
    assert read(0) == 31


def test_large_inodes_and_times_survive(engine):
    state = FileState("a.py", 1, 2**62, 2**64 - 1, ONE.digest, "python")
    engine.commit(Commit("w", [(ONE, FIRST)], [state]))
    assert engine.files("w") == [state]


def test_symbols_of_a_file_by_their_index(engine):
    fill(engine)
    outline = engine.outline("w", "http/response.py")
    assert engine.standing_at("w", "http/response.py", [1, 7]) == {1: outline[1]}
    assert engine.standing_at("w", "http/response.py", [0, 1]) == dict(enumerate(outline))
    assert engine.standing_at("w", "nowhere.py", [0]) == {}


def test_extractions_are_given_back_as_they_were_but_for_imports_and_warnings(engine):
    fill(engine)
    engine.commit(Commit("w", [(key("three"), replace(SECOND, imports=(Import(1, "os"),), warnings=("capped",)))]))
    found = dict(engine.extractions([TWO, key("nobody's"), ONE, key("three")]))
    assert found == {ONE: FIRST, TWO: SECOND, key("three"): SECOND}
    assert engine.extractions([]) == []


def test_a_step_that_goes_on_from_another_generation_changes_nothing(engine):
    fill(engine)
    with pytest.raises(Overtaken):
        engine.commit(Commit("w", [(key("new"), SECOND)], [file("a.py", key("new"))], expected=0))
    assert engine.generation("w") == 1
    assert not engine.known([key("new")])
    assert engine.commit(Commit("w", removed=["app/views.py"], expected=1)) == 2
    assert engine.commit(Commit("new", expected=0)) == 1


def test_extractions_are_given_out_whole(engine):
    whole = replace(FIRST, imports=(Import(1, "os"),), warnings=("capped",))
    engine.commit(Commit("w", [(ONE, whole)]))
    found = engine.packed([TWO, ONE])
    assert [(key, msgpack.decode(body, type=Extraction)) for key, body in found] == [(ONE, whole)]


def test_contents_are_held_by_the_workspaces_whose_files_have_them(engine):
    fill(engine)
    engine.commit(Commit("other", files=[file("a.py", TWO)]))
    assert engine.held_by([ONE, TWO, key("no one's")], ["w"]) == {ONE, TWO}
    assert engine.held_by([ONE, TWO], ["other", "nobody"]) == {TWO}
    assert engine.held_by([ONE], []) == set()
