"""What is derived, written, mapped, merged and kept."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from grpc_backend.search.semantic import segment
from grpc_backend.search.semantic.block import ARRAYS
from grpc_backend.search.semantic.encoder import Encoder, name_term, posted, term, whole_term
from grpc_backend.search.semantic.store import MERGE_AT, SegmentStore
from tests.search.semantic.samples import CONTENTS, model_in
from tests.storage.samples import extraction, key, symbol

SMAPS = Path("/proc/self/smaps")


@pytest.fixture
def encoder(tmp_path):
    return Encoder(model_in(tmp_path / "model"))


def same(one, other):
    assert list(one.keys) == list(other.keys)
    assert list(one.languages) == list(other.languages)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_a_block_has_a_row_a_symbol_and_postings_for_its_words(encoder):
    block = encoder.encode(CONTENTS)
    assert block.row_starts.tolist() == [0, 2, 4, 4]
    assert block.ords.tolist() == [0, 1, 0, 1]
    for number, rows in (
        (term("cookies"), [0, 1]),
        (name_term("remove"), [1]),
        (whole_term(("remove", "cookie")), [1]),
    ):
        place = int(np.searchsorted(block.terms, number))
        assert block.terms[place] == number
        assert block.posted_rows[block.term_starts[place] : block.term_starts[place + 1]].tolist() == rows


def test_words_that_mean_the_same_point_the_same_way(encoder):
    block = encoder.encode([(key("x"), extraction(symbol("fetch"), symbol("download"), symbol("cookie")))])
    fetch, download, cookie = block.codes.astype(float)
    assert fetch @ download > 3 * abs(fetch @ cookie)


def test_deriving_in_one_go_or_apart_is_the_same(encoder):
    apart = [encoder.encode([one]) for one in CONTENTS]
    whole = encoder.encode(CONTENTS)
    np.testing.assert_array_equal(np.concatenate([one.codes for one in apart]), whole.codes)


def test_a_file_gives_back_what_was_written(encoder, tmp_path):
    block = encoder.encode(CONTENTS)
    segment.write(block, tmp_path / "1.segment")
    same(segment.opened(tmp_path / "1.segment").block, block)


@pytest.mark.skipif(not SMAPS.exists(), reason="the system does not tell")
def test_what_was_read_of_a_file_is_given_back(encoder, tmp_path):
    segment.write(encoder.encode(CONTENTS), tmp_path / "1.segment")
    store = SegmentStore(tmp_path / "store")
    store.take_in(tmp_path / "1.segment")
    (one,) = store.segments.values()
    total = one.block.codes.sum()
    assert resident_kb(tmp_path / "1.segment") > 0
    store.rest()
    assert resident_kb(tmp_path / "1.segment") == 0
    assert one.block.codes.sum() == total


def resident_kb(path):
    """How much of a mapped file this process holds."""
    found = re.findall(rf"{re.escape(str(path))}\n(?:.+\n)*?Rss: +(\d+) kB", SMAPS.read_text())
    assert found, "the file is not mapped"
    return sum(map(int, found))


def test_merging_is_as_if_all_had_been_derived_together(encoder, tmp_path):
    parts = [encoder.encode(CONTENTS[:1]), encoder.encode(CONTENTS[1:])]
    segment.merge(parts, [np.ones(1, bool), np.ones(2, bool)], tmp_path / "1.segment")
    same(segment.opened(tmp_path / "1.segment").block, encoder.encode(CONTENTS))


def test_merging_leaves_out_what_is_not_kept(encoder, tmp_path):
    parts = [encoder.encode(CONTENTS[:2]), encoder.encode(CONTENTS[2:])]
    segment.merge(parts, [np.array([False, True]), np.ones(1, bool)], tmp_path / "1.segment")
    same(segment.opened(tmp_path / "1.segment").block, encoder.encode(CONTENTS[1:]))


def test_postings_of_a_term_in_one_row_are_added_up():
    terms, starts, rows, weights = posted(
        np.array([7, 5, 7, 7], np.uint32), np.array([1, 0, 1, 0]), np.array([1.0, 2.0, 3.0, 4.0])
    )
    assert terms.tolist() == [5, 7]
    assert starts.tolist() == [0, 1, 3]
    assert rows.tolist() == [0, 0, 1]
    assert weights.tolist() == [2.0, 4.0, 4.0]


def test_a_store_keeps_what_it_took_in(encoder, tmp_path):
    store = SegmentStore(tmp_path / "store")
    path = store.path()
    segment.write(encoder.encode(CONTENTS), path)
    store.take_in(path)
    again = SegmentStore(tmp_path / "store")
    assert again.lacks([one for one, _ in CONTENTS]) == []
    assert again.lacks([key("other")]) == [key("other")]


def test_a_damaged_file_is_thrown_away(encoder, tmp_path):
    store = SegmentStore(tmp_path / "store")
    path = store.path()
    segment.write(encoder.encode(CONTENTS), path)
    path.write_bytes(path.read_bytes()[:-9])
    (tmp_path / "store" / "5.unfinished").write_bytes(b"half")
    again = SegmentStore(tmp_path / "store")
    assert again.lacks([CONTENTS[0][0]])
    assert list((tmp_path / "store").iterdir()) == []


def test_small_segments_become_one(encoder, tmp_path):
    store = SegmentStore(tmp_path / "store")
    for number in range(MERGE_AT):
        assert store.to_merge() == []
        store.add(encoder.encode([(key(str(number)), extraction(symbol("fetch")))]))
    sources = store.to_merge()
    assert len(sources) == MERGE_AT
    path = store.path()
    segment.merge([one.block for one in sources], [np.ones(1, bool)] * MERGE_AT, path)
    store.take_in(path, sources)
    assert [one.rows for one in store.segments.values()] == [MERGE_AT]
    assert store.lacks([key(str(number)) for number in range(MERGE_AT)]) == []
