"""Which symbols are worth a closer look.

Every one is looked at cheaply: by the postings of the question's words, and by the signs of directions with XOR and
population count.

Words that tell little beside the others find no candidates, as in MaxScore (Turtle & Flood 1995, "Query evaluation:
strategies and optimizations"); what they add to a candidate counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from grpc_backend.search.semantic.block import Block, signs
from grpc_backend.search.semantic.question import Asked

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.integer[Any]]

SATURATION: Final = 1.5
# How much a word's rarity counts in where a question points: training knows how telling a word is as a rule, not in
# this index.
RARITY_IN_MEANING: Final = 0.4
# Words of less than this share of the heaviest one's weight find no candidates.
LIGHT: Final = 0.25
# So many are looked at closely of each kind, or as many as are wanted if that is more. (A hundred were enough for the
# same first ten.)
CANDIDATES: Final = 150
NEAR_BY_SIGNS: Final = 2000
# More signs than there are: of rows that may not be answered.
FARTHEST: Final = 1024
SCANNED_ROWS: Final = 1 << 15


class Part(Struct, frozen=True):
    """A block with what of it counts: the rows that may be answered, and each content's path in the workspace."""

    block: Block
    live: npt.NDArray[np.bool_]
    paths: Callable[[int], str]


class Weighed(Struct, frozen=True):
    """A question as it weighs in one index: each word's weight in BM25F, and where it points, of length one."""

    asked: Asked
    weights: Floats
    direction: Floats


def weighed(parts: Sequence[Part], question: Asked) -> Weighed:
    """Weigh each word by how rare it is among all symbols; in BM25F also by how telling it is in questions."""
    total, counts = 0, np.zeros(len(question.terms))
    for part in parts:
        total += len(part.block.contents)
        counts += _frequencies(part.block, question.terms)
    rarity = np.maximum(np.log(1 + (total - counts + 0.5) / (counts + 0.5)), 0)
    pointing = rarity**RARITY_IN_MEANING @ question.vectors
    direction = pointing / (np.linalg.norm(pointing) + 1e-9)
    return Weighed(question, (rarity * question.matches).astype(np.float32), direction.astype(np.float32))


def candidates(parts: Sequence[Part], question: Weighed, count: int) -> list[tuple[Part, Rows]]:
    """The rows of each part, in order: `count` of all together by words, and as many by meaning."""
    alive = [part for part in parts if part.live.any()]
    by_words = _best([_worded(part, question) for part in alive], count)
    by_meaning = _near(alive, question.direction, count)
    found = [np.union1d(*both) for both in zip(by_words, by_meaning, strict=True)]
    return [(part, rows) for part, rows in zip(alive, found, strict=True) if len(rows)]


def bm25(part: Part, rows: Rows, question: Weighed) -> Floats:
    """BM25F of some rows, by all words. The rows are in order."""
    block = part.block
    scores = np.zeros(len(rows), np.float32)
    for stretch, weight in stretches(block, question.asked.terms, question.weights):
        there, places = among(rows, block.posted_rows[stretch])
        scores[there] += weight * _saturated(block.posted_weights[stretch][places])
    return scores


def stretches(block: Block, numbers: npt.NDArray[np.uint32], weights: Floats) -> list[tuple[slice, float]]:
    """Where the postings are of those terms that the block has, each with its weight."""
    if not len(block.terms):
        return []
    places = np.minimum(np.searchsorted(block.terms, numbers), len(block.terms) - 1)
    known = np.flatnonzero(block.terms[places] == numbers)
    starts, ends = block.term_starts[places[known]].tolist(), block.term_starts[places[known] + 1].tolist()
    return list(zip(map(slice, starts, ends), weights[known].tolist(), strict=True))


def _frequencies(block: Block, numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """How many rows have each term."""
    if not len(block.terms):
        return np.zeros(len(numbers), np.int64)
    places = np.minimum(np.searchsorted(block.terms, numbers), len(block.terms) - 1)
    rows: npt.NDArray[np.int64] = block.term_starts[places + 1] - block.term_starts[places]
    rows[block.terms[places] != numbers] = 0
    return rows


def among(rows: Rows, posted: Rows) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which of `rows` are posted, and where. Both are in order, and something is posted."""
    places = np.minimum(np.searchsorted(posted, rows), len(posted) - 1)
    there = np.flatnonzero(posted[places] == rows)
    return there, places[there]


def _worded(part: Part, question: Weighed) -> tuple[Rows, Floats]:
    """The rows that may be answered and have a telling word, and their BM25F by these words."""
    block = part.block
    scores = np.zeros(len(part.live), np.float32)
    least = LIGHT * question.weights.max(initial=0)
    for stretch, weight in stretches(block, question.asked.terms, question.weights):
        if weight >= least:
            scores[block.posted_rows[stretch]] += weight * _saturated(block.posted_weights[stretch])
    rows = np.flatnonzero(scores)
    rows = rows[part.live[rows]]
    return rows, scores[rows]


def _saturated(values: npt.NDArray[np.float16]) -> Floats:
    wide = values.astype(np.float32)
    return (SATURATION + 1) * wide / (wide + SATURATION)


def _near(parts: Sequence[Part], direction: Floats, count: int) -> list[Rows]:
    """Of each part the rows whose direction is nearest: the nearest of all by signs, looked at again by their codes."""
    if not parts or not direction.any():
        return [np.zeros(0, np.intp)] * len(parts)
    wanted = signs(direction[None])[:, 0]
    scanned = [_differing(part, wanted) for part in parts]
    together = np.sum([counts for _, counts in scanned], axis=0)
    by_signs = max(NEAR_BY_SIGNS, 2 * count)
    within = int(np.searchsorted(np.cumsum(together[:FARTHEST]), by_signs))
    close = [np.flatnonzero(differing <= min(within, FARTHEST - 1)) for differing, _ in scanned]
    codes = [part.block.codes[rows].astype(np.float32) for part, rows in zip(parts, close, strict=True)]
    return _best([(rows, one @ direction) for rows, one in zip(close, codes, strict=True)], count)


def _differing(part: Part, wanted: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """In how many signs each row differs, FARTHEST for those that may not be answered; how many rows differ so much."""
    found = np.zeros(len(part.live), np.uint16)
    counts = np.zeros(FARTHEST + 1, np.int64)
    for start in range(0, len(found), SCANNED_ROWS):  # so many stay in the processor's cache
        one = found[start : start + SCANNED_ROWS]
        for lane, sign in zip(part.block.bits[:, start : start + SCANNED_ROWS], wanted, strict=True):
            one += np.bitwise_count(lane ^ sign)
        one[~part.live[start : start + SCANNED_ROWS]] = FARTHEST
        counts += np.bincount(one, minlength=FARTHEST + 1)
    return found, counts


def _best(found: Sequence[tuple[Rows, Floats]], count: int) -> list[Rows]:
    """Of each part's rows those with the highest values, so many of all parts; more where some are equal."""
    values = [one for _, one in found]
    largest = [np.partition(one, len(one) - count)[len(one) - count :] if len(one) > count else one for one in values]
    every = np.sort(np.concatenate(largest)) if largest else np.zeros(0, np.float32)
    least = every[-min(count, len(every))] if len(every) else 0.0
    return [rows[values >= least] for rows, values in found]
