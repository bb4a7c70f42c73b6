"""A segment of names: what it reads at once is what it would read one by one."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from grpc_backend.storage import segment, signatures
from grpc_backend.storage.names import fold, spaced
from grpc_backend.storage.segment import WORTH_COMPILING, NameRow, Segment
from grpc_backend.storage.segment_build import build

WORDS = ("red", "blue", "light", "read", "x", "Grün")


@pytest.fixture(scope="module")
def names() -> Segment:
    """More than are read at a time, the first and the last without words, some not ASCII."""
    made = ["_".join(words) for count in (2, 3, 4) for words in itertools.permutations(WORDS, count)]
    rows = [NameRow(number, name, 1 + number % 4, 1) for number, name in enumerate(["_", *made], 1)]
    return build([*rows, NameRow(0, "__", 15, 1)])


@pytest.mark.parametrize("wanted", [rb"\n r", rb"\n(?=[^\n]* red)(?=[^\n]* x)", rb"\n[^l\n]*+l[^x\n]*+x"])
def test_names_that_match_an_expression_are_those_that_match_it_alone(names, wanted):
    numbers = np.arange(len(names))
    assert len(numbers) > WORTH_COMPILING
    left = {}
    for places, read in names.spaced(numbers, wanted):
        left |= dict(zip(numbers[places].tolist(), read, strict=True))
    alone = {number: spaced(names.name(number)).encode() for number in numbers.tolist()}
    fitting = {number for number, words in alone.items() if re.match(wanted, b"\n" + words)}
    assert left.keys() == fitting | names.foreign
    assert all(alone[number] == words for number, words in left.items())


@pytest.mark.parametrize("text", ["red", "ht_re", "x", "grün", "blue_light_read"])
@pytest.mark.parametrize("short", [0, segment.SHORT_COLUMN])
def test_a_formula_leaves_out_no_name_however_columns_are_read(names, text, short, monkeypatch):
    monkeypatch.setattr(segment, "SHORT_COLUMN", short)
    plan = names.plan(signatures.has(text))
    assert plan.at_once == bool(short)
    found = names.matching(plan).tolist()
    having = [number for number in range(len(names)) if text in fold(names.name(number))]
    assert having
    assert set(having) <= set(found)
    assert found == sorted(found)
    first, last = having[0], having[-1]
    assert names.matching(plan, first, last).tolist() == [one for one in found if first <= one < last]
    assert not len(names.matching(names.plan(signatures.has("zebra"))))
