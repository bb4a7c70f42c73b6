"""How hits are gathered: by ways of matching, each name once before any twice, cut where it is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grpc_backend.search.query import parse
from grpc_backend.search.searcher import search
from grpc_backend.storage.form import is_whole
from grpc_backend.storage.pattern import Tier, tier_of
from tests.search.asking import WORKSPACE, ask, engine_of, found

NAMES = st.text("abAB_1", min_size=1, max_size=7)


def test_every_way_of_matching_is_told():
    names = ["get_user", "GET_USER", "getUser", "get_users", "got_user", "the_get_user", "unrelated"]
    hits = ask(engine_of({"a.py": names}), "get_user", limit=50).hits
    told = {hit.located.symbol.name: hit.match for hit in hits}
    assert told["get_user"] == "exact"
    assert told["GET_USER"] == "case"
    assert told["getUser"] == "separators"
    assert told["get_users"] == "prefix"
    assert told["the_get_user"] == "substring"
    assert "unrelated" not in told


@settings(max_examples=150)
@given(st.lists(NAMES, unique=True, max_size=20), NAMES)
def test_no_symbol_is_found_twice_and_better_matches_come_first(names, query):
    hits = ask(engine_of({"a.py": names, "b.py": names[:3]}), f"{query}", limit=100).hits
    assert len({hit.located.id for hit in hits}) == len(hits)
    tiers = [Tier[hit.match.upper()] for hit in hits]
    assert tiers == [tier_of(hit.located.symbol.name, query) for hit in hits]
    steps = [_step(hit.located.symbol.name, tier, query) for hit, tier in zip(hits, tiers, strict=True)]
    assert steps == sorted(steps)


def _step(name: str, tier: Tier, query: str) -> float:
    """Where the hits of a tier have their turn: as the tiers do, with two exceptions."""
    if tier is Tier.HUMP and not is_whole(query, name):
        return (Tier.SUBSEQUENCE if "_" in query else Tier.SUBSTRING) + 0.5
    return Tier.PREFIX + 0.5 if tier is Tier.SEPARATORS and query.endswith("_") else tier


@settings(max_examples=100)
@given(st.lists(NAMES, unique=True, max_size=20), NAMES, st.integers(1, 8))
def test_a_shorter_list_is_the_beginning_of_a_longer_one(names, query, limit):
    engine = engine_of({"a.py": names, "tests/b.py": names})
    whole = ask(engine, query, limit=100)
    part = ask(engine, query, limit=limit)
    assert [hit.located.id for hit in part.hits] == [hit.located.id for hit in whole.hits[:limit]]
    assert part.truncated == (len(whole.hits) > limit)
    assert whole.truncated is False


def test_one_name_does_not_fill_the_list():
    files = {f"{number:02}.py": ["thing_one"] for number in range(30)}
    engine = engine_of({**files, "tests/a.py": ["thing_two"], "vendor/b.py": ["thing_three"]}, used=["thing_one"])
    first = [hit.located.symbol.name for hit in ask(engine, "thing", limit=5).hits]
    assert set(first[:3]) == {"thing_one", "thing_two", "thing_three"}
    assert first[3:] == ["thing_one", "thing_one"]


def test_a_name_that_is_spelt_otherwise_does_not_hide_others():
    engine = engine_of({**{f"{number}.py": ["getUser", "GET_USER"] for number in range(5)}, "a.py": ["get_users"]})
    names = found(engine, "get_user")
    assert names == ["GET_USER"] * 3 + ["getUser"] * 3 + ["get_users"] + ["GET_USER"] * 2 + ["getUser"] * 2
    first = ask(engine, "get_user", limit=4)
    more = search(engine, WORKSPACE, parse("get_user", limit=20, cursor=first.hits[-1].cursor))
    assert [hit.located.symbol.name for hit in (*first.hits, *more.hits)] == names


def test_what_two_readings_find_is_found_once_on_all_pages():
    engine = engine_of({"thing.py": ["one_thing", "thing_one", "one", "one_more"], "a.py": ["one_thing"]})
    assert _paged(engine, "thing one", 1) == found(engine, "thing one", limit=100)


def test_truncated_is_said_only_if_there_is_more():
    engine = engine_of({"a.py": [f"thing_{number}" for number in range(5)]})
    assert ask(engine, "thing", limit=5).truncated is False
    assert ask(engine, "thing", limit=4).truncated is True
    assert ask(engine, "nothing_like_it").truncated is False


def test_a_literal_stops_at_the_exact_name():
    engine = engine_of({"a.py": ["thing", "Thing", "things"], "b.py": ["thing"]})
    answer = ask(engine, '"thing"', limit=1)
    assert (found(engine, '"thing"'), answer.truncated) == (["thing", "thing"], True)


def test_nothing_matches_in_a_workspace_that_is_not_there():
    assert found(engine_of({}), "thing") == []


def test_who_types_a_separator_at_the_end_goes_on():
    engine = engine_of({"a.py": ["get", "get_user", "gets"]})
    assert found(engine, "get_") == ["get_user", "get"]
    assert found(engine, "get")[:2] == ["get", "gets"]


def test_what_was_typed_as_words_begins_words():
    engine = engine_of({"a.py": ["BUFSTAT_READY", "buffer_state"]})
    assert found(engine, "BufSt") == ["buffer_state", "BUFSTAT_READY"]
    assert found(engine, "bufst")[0] == "BUFSTAT_READY"


def test_capitals_say_where_words_begin():
    engine = engine_of({"a.py": ["pci_dev_is_added", "parse_diagnostic"]}, used=["pci_dev_is_added"] * 4)
    assert found(engine, "PDia") == ["parse_diagnostic", "pci_dev_is_added"]
    assert found(engine, "pdia") == ["pci_dev_is_added", "parse_diagnostic"]


def test_words_that_are_all_of_a_name_come_before_some_of_one():
    names = ["create_union_type_node", "create_union_type", "create_type_union_type"]
    engine = engine_of({"a.py": names}, used=["create_union_type_node"] * 5)
    assert found(engine, "type create union")[0] == "create_union_type"
    assert found(engine, "type union create type")[0] == "create_type_union_type"


def test_humps_that_leave_out_words_come_after_parts_of_names():
    engine = engine_of({"a.py": ["large_array_type_of_all", "lane_rate_type", "particular_lartyp"]})
    assert found(engine, "lartyp") == ["lane_rate_type", "particular_lartyp", "large_array_type_of_all"]


def test_humps_of_several_words_between_separators_come_after_what_was_shortened():
    engine = engine_of({"a.py": ["reclaim_one_dmap_locked", "round_l_d"], "b.py": ["rondo_lake"]})
    assert found(engine, "rond_l", path="a.py") == ["round_l_d", "reclaim_one_dmap_locked"]
    assert found(engine, "rond_l") == ["rondo_lake", "reclaim_one_dmap_locked"]


def test_fewer_words_are_closer_to_humps_however_long_they_are():
    engine = engine_of({"a.py": ["go_e_p_r", "generate_progress"]})
    assert found(engine, "gepr") == ["generate_progress", "go_e_p_r"]


def test_few_letters_of_each_word_are_typed_as_humps():
    engine = engine_of({"a.py": ["http_rest", "htt_preset"]})
    assert found(engine, "httpre") == ["htt_preset", "http_rest"]
    assert found(engine, "HttpRe") == ["http_rest"]


def test_humps_of_all_words_are_enough():
    engine = engine_of({"a.py": ["input_transformation_configuration", "intricate"]})
    assert found(engine, "itc") == ["input_transformation_configuration"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("foo.gepr", ["generate_progress", "general_problems"]),
        ("response", ["responsf", "responsg", "responsh"]),
        ("abt", ["abstract", "absent", "about_it"]),
        ("foo.art", ["start", "party"]),
        ("gepr", ["generate_progress", "general_problems", "the_gepr", "get_every_printer", "gesperrt"]),
    ],
)
def test_pages_have_what_one_list_has(query, names):
    engine = engine_of({"foo.py": names})
    whole = found(engine, query)
    assert len(whole) > 1
    assert _paged(engine, query, 1) == whole


@settings(max_examples=100)
@given(st.lists(NAMES, unique=True, max_size=12), NAMES, st.integers(1, 4))
def test_pages_of_any_size_have_what_one_list_has(names, query, limit):
    engine = engine_of({"a.py": names, "b.py": names[:2]})
    assert _paged(engine, query, limit) == [hit.located.symbol.name for hit in ask(engine, query, limit=100).hits]


def _paged(engine, query, limit):
    """The names on all pages."""
    names, cursor = [], ""
    while hits := search(engine, WORKSPACE, parse(query, limit=limit, cursor=cursor)).hits:
        names += [hit.located.symbol.name for hit in hits]
        cursor = hits[-1].cursor
        assert len(names) <= 100
    return names


def test_a_doubtful_hump_does_not_hide_what_was_shortened():
    engine = engine_of({"a.py": ["idle_to_execute_more", "init_cond_exec"]})
    assert "init_cond_exec" in found(engine, "it_o_exec")


def test_a_subsequence_is_no_more_than_a_reminder():
    engine = engine_of({"a.py": ["abstract", "a_rather_long_name_with_b_and_somewhere_t"]})
    assert found(engine, "abt") == ["abstract"]
