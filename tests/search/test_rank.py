"""Among names that match equally well, what a reader more likely wants comes first."""

from __future__ import annotations

import random

import pytest

from tests.search.asking import ask, engine_of, found, places
from tests.storage.samples import symbol

# Each in a workspace with its opposite, under the same name: the first of the two is wanted.
BETTER_PLACE = [
    ("lib/zeta.py", "lib/tests/alpha.py"),
    ("lib/zeta.py", "lib/test_alpha.py"),
    ("lib/zeta.go", "lib/alpha_test.go"),
    ("lib/zeta.ts", "lib/alpha.spec.ts"),
    ("lib/zeta.js", "__tests__/alpha.js"),
    ("lib/zeta.py", "fixtures/alpha.py"),
    ("lib/zeta.go", "a/vendor/alpha.go"),
    ("lib/zeta.c", "a/third_party/alpha.c"),
    ("lib/zeta.js", "a/node_modules/b/alpha.js"),
    ("lib/zeta.py", "a/alpha_pb2.py"),
    ("lib/zeta.go", "a/alpha.pb.go"),
    ("lib/zeta.js", "a/alpha.min.js"),
    ("lib/zeta.js", "a/dist/alpha.js"),
    ("tests/zeta.go", "a/vendor/alpha.go"),
    ("tests/zeta.py", "a/alpha_pb2.py"),
]


@pytest.mark.parametrize(("better", "worse"), BETTER_PLACE)
def test_where_a_symbol_stands(better, worse):
    assert places(engine_of({worse: ["thing"], better: ["thing"]}), "thing") == [better, worse]


@pytest.mark.parametrize(
    "path", ["src/testament.py", "src/latest/a.py", "src/contest.py", "src/builder/a.py", "src/inspect.py"]
)
def test_a_word_that_only_contains_another_is_no_test_and_not_generated(path):
    plain = ask(engine_of({"src/plain.py": ["thing"]}), "thing").hits[0].score
    assert ask(engine_of({path: ["thing"]}), "thing").hits[0].score == plain


BETTER_SYMBOL = {
    "definition over declaration": ({}, {"modifiers": ("declaration",)}),
    "public over private": ({}, {"modifiers": ("private",)}),
    "private definition over private declaration": (
        {"modifiers": ("private",)},
        {"modifiers": ("private", "declaration")},
    ),
    "type over function": ({"kind": "class"}, {"kind": "function"}),
    "type over what only encloses": ({"kind": "class"}, {"kind": "namespace"}),
    "function over variable": ({"kind": "function"}, {"kind": "variable"}),
    "code over data": ({"kind": "function"}, {"kind": "key"}),
    "top level over nested": ({}, {"owner": "Outer.Inner"}),
}


@pytest.mark.parametrize(("better", "worse"), BETTER_SYMBOL.values(), ids=BETTER_SYMBOL)
def test_what_a_symbol_is(better, worse):
    engine = engine_of({"a.py": [symbol("thing", **worse)], "b.py": [symbol("thing", **better)]})
    assert places(engine, "thing") == ["b.py", "a.py"]


def test_a_file_of_the_same_name_is_where_a_symbol_is_at_home():
    assert places(engine_of({"a.more.py": ["thing"], "Thing.py": ["thing"]}), "thing") == ["Thing.py", "a.more.py"]
    assert places(engine_of({"a/thing.more.py": ["thing"], "b/thing.py": ["thing"]}), "thing")[0] == "b/thing.py"


def test_a_name_that_is_used_comes_before_one_that_is_not():
    engine = engine_of({"a.py": ["thing_aa"], "b.py": ["thing_bb"]}, used=["thing_bb"] * 5)
    assert found(engine, "thing") == ["thing_bb", "thing_aa"]


def test_being_used_at_all_is_worth_more_than_a_few_letters():
    engine = engine_of({"a.py": ["thing_abcd", "thing_abcdefg"]}, used=["thing_abcdefg"])
    assert found(engine, "thing") == ["thing_abcdefg", "thing_abcd"]


def test_a_shorter_name_is_closer_to_what_was_typed():
    assert found(engine_of({"a.py": ["thing_of_many_words", "things"]}), "thing") == ["things", "thing_of_many_words"]


def test_a_better_match_comes_before_a_better_place():
    engine = engine_of({"src/a.py": ["things"], "vendor/b.py": ["thing"]}, used=["things"] * 30)
    assert found(engine, "thing") == ["thing", "things"]


def test_scores_fall_and_lie_between_0_and_1():
    names = ["thing", "Thing", "th_ing", "things", "thnig", "something", "a_thing", "t_hi_ng"]
    hits = ask(engine_of({"a.py": names, "tests/b.py": names}), "thing").hits
    # Within one way of matching, the first of every name comes before any second.
    firsts = [hit.score for hit in hits if hit.located.path == "a.py"]
    assert firsts == sorted(firsts, reverse=True)
    assert all(0 < hit.score <= 1 for hit in hits)


def test_the_order_does_not_depend_on_how_the_index_came_about():
    files = {f"{folder}/{number}.py": ["thing", "things", "a_thing"] for folder in "ab" for number in range(6)}
    orders = set()
    for seed in range(5):
        shuffled = list(files.items())
        random.Random(seed).shuffle(shuffled)
        engine = engine_of(dict(shuffled))
        orders.add(tuple((hit.located.id, hit.score) for hit in ask(engine, "thing", limit=100).hits))
    assert len(orders) == 1
    (order,) = orders
    assert [one for one, _ in order[:12]] == [f"{folder}/{number}.py#thing" for folder in "ab" for number in range(6)]


@pytest.mark.parametrize("text", ["VXFS_DIR", "vxfs_dir"])
def test_the_case_that_was_typed_is_meant(text):
    engine = engine_of({"a.py": ["vxfs_directx", "VXFS_DIRPADX"]})
    assert found(engine, text)[0].startswith(text)


def test_the_separators_that_were_typed_are_meant():
    assert found(engine_of({"a.py": ["dorikrellocx", "doorbell_lock"]}), "dorel_loc")[0] == "doorbell_lock"
