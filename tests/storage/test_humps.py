"""Humps among many names: none is left out, and hardly any other is looked at closely."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from grpc_backend.storage import name_queries, segment
from grpc_backend.storage.name_queries import matching_names
from grpc_backend.storage.pattern import NamePattern, Tier, text_of, tier_by_forms, tier_of
from grpc_backend.storage.segment import NameRow, Segment
from grpc_backend.storage.segment_build import build

WORDS = ("get", "getus", "user", "us", "b", "id", "2d", "été")
NAMES = [
    join.join(word.title() if not join else word for word in words)
    for join in ("_", "")
    for count in (1, 2, 3, 4)
    for words in itertools.permutations(WORDS, count)
]
TEXTS = ("gu", "getus", "guib", "GetUs", "GetusI", "g_us", "gUIB", "usbid", "b_i", "2dg", "étég", "gét", "GB", "idu")


@pytest.fixture(scope="module")
def names() -> Segment:
    return build(NameRow(number, name, 1 + number % 4, 1) for number, name in enumerate(NAMES))


def humps(names: Segment, text: str, tier: Tier = Tier.HUMP) -> list[str]:
    found = matching_names([names], NamePattern(text, tier), np.array([], np.int64))
    return sorted(one.name for one in found)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("short", [0, segment.SHORT_COLUMN])
def test_no_name_is_left_out(names, text, short, monkeypatch):
    monkeypatch.setattr(segment, "SHORT_COLUMN", short)
    expected = sorted(name for name in NAMES if tier_of(name, text) is Tier.HUMP)
    assert expected
    assert humps(names, text) == expected


@pytest.mark.parametrize("text", ["get", "getus", "GetUs", "get_us", "UserG", "us_i", "2dUs", "étéG"])
def test_no_name_is_left_out_that_begins_so(names, text):
    expected = sorted(name for name in NAMES if tier_of(name, text) is Tier.PREFIX)
    assert expected
    assert humps(names, text, Tier.PREFIX) == expected


@pytest.mark.parametrize("text", ["GetUs", "get_us", "gus", "_getus"])
def test_names_are_looked_at_that_match_or_that_are_a_better_match(names, text, monkeypatch):
    """But for names that are not ASCII, of which each is looked at."""
    looked_at: list[str] = []

    def noting(folded: str, words: str, text: str) -> Tier | None:
        tier = tier_by_forms(folded, words, text)
        if folded.isascii() and (tier is None or tier > Tier.HUMP):
            looked_at.append(words)
        return tier

    monkeypatch.setattr(name_queries, "tier_by_forms", noting)
    assert humps(names, text)
    assert looked_at == []


def test_the_second_word_narrows_before_names_are_read(names):
    """Behind g comes i, in the first word or at the beginning of the second: not at that of the third."""
    (formula,) = name_queries._SOUGHT[Tier.HUMP](text_of("gid")).formulas
    left = {names.name(number) for number in names.matching(names.plan(formula)).tolist()}
    assert {name for name in NAMES if tier_of(name, "gid") is Tier.HUMP} <= left
    assert "get_id_us" in left
    assert "get_us_id" not in left
