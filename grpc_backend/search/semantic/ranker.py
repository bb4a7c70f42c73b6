"""Which symbols answer a question in plain words: BM25F and the cosine of directions, each by its maximum, added up
with what the name, the path and the file tell.

First every symbol is looked at cheaply: postings of the question's words, and the signs of directions by XOR and
population count. The best of both are candidates; these are scored by all features. The weights are fitted
(tools/semantic/fit.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from grpc_backend.model import KINDS
from grpc_backend.search.rank import GENERATED, TESTS, VENDORED
from grpc_backend.search.semantic.block import CODE_STEPS, Block, signs
from grpc_backend.search.semantic.fields import FIELDS, path_words
from grpc_backend.search.semantic.model import Model
from grpc_backend.search.semantic.question import Asked
from grpc_backend.search.semantic.words import stem, words

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.integer[Any]]

SATURATION: Final = 1.5
LEXICAL_CANDIDATES: Final = 300
NEAR_BY_SIGNS: Final = 2000
NEAR_CANDIDATES: Final = 300
# More signs than there are: of rows that may not be answered.
FARTHEST: Final = 1024
SCANNED_ROWS: Final = 1 << 15
# What is told of a candidate; `model.json` has a weight for each.
FEATURES: Final = (
    "words",
    "meaning",
    "closest",
    "named",
    "asked",
    "whole",
    "path",
    "file",
    "around",
    "aside",
    "type",
    "callable",
    "short",
)
TYPES: Final = frozenset({"class", "interface", "struct", "enum", "module", "namespace"})
CALLABLES: Final = frozenset({"function", "method"})
_KINDS: Final = np.array([[kind in TYPES, kind in CALLABLES] for kind in KINDS], np.float32)
_PATH: Final = FIELDS.index("path")
# The same files come up again and again.
REMEMBERED_PATHS: Final = 20_000


class Part(Struct, frozen=True):
    """A block with what of it counts: the rows that may be answered, and each content's path in the workspace."""

    block: Block
    live: npt.NDArray[np.bool_]
    paths: Callable[[int], str]


class Candidate(Struct, frozen=True):
    """A symbol by its file and its index there, with the features that make its score."""

    path: str
    ord: int
    score: float
    features: dict[str, float]


class _Found(Struct):
    """The candidates of one part."""

    part: Part
    rows: Rows
    lexical: Floats
    named: Floats
    asked: Floats
    whole: Floats


def rank(parts: Sequence[Part], question: Asked, model: Model, limit: int) -> list[Candidate]:
    """The best symbols, best first; equals by path and position."""
    found = _all_candidates(parts, question)
    if not found:
        return []
    told_of = _features(found, question, _word_weights(parts, question), model)
    settings = model.settings.ranking
    scores = told_of @ np.array([settings.get(name, 0.0) for name in FEATURES], np.float32)
    order = np.argsort(-scores, kind="stable")[: limit * 2]
    owners = [(one.part, int(row)) for one in found for row in one.rows]
    best = []
    for place in order:
        part, row = owners[place]
        told = {
            name: float(value) * settings.get(name, 0.0) for name, value in zip(FEATURES, told_of[place], strict=True)
        }
        path = part.paths(int(part.block.contents[row]))
        best.append(Candidate(path, int(part.block.ords[row]), float(scores[place]), told))
    return sorted(best, key=lambda one: (-one.score, one.path, one.ord))[:limit]


def table(parts: Sequence[Part], question: Asked, model: Model) -> tuple[Rows, Floats]:
    """The candidates' rows, part after part, and a row of FEATURES for each: what the weights are fitted on."""
    found = _all_candidates(parts, question)
    rows = np.concatenate([one.rows for one in found])
    return rows, _features(found, question, _word_weights(parts, question), model)


def _all_candidates(parts: Sequence[Part], question: Asked) -> list[_Found]:
    """The rows of all parts that are worth a closer look: so many of all together by words, and so many by meaning."""
    weights = _word_weights(parts, question)
    alive = [part for part in parts if part.live.any()]
    lexical = [_lexical(part, question, weights) for part in alive]
    least = max(_nth_largest(lexical, LEXICAL_CANDIDATES), 1e-6)
    near = _near(alive, question)
    found = []
    for part, scores, close in zip(alive, lexical, near, strict=True):
        rows = np.union1d(np.flatnonzero(scores >= least), close)
        if len(rows):
            found.append(_looked_at(part, rows, scores, question, weights))
    return found


def _word_weights(parts: Sequence[Part], question: Asked) -> Floats:
    """Of each word of the question: how rare it is among all symbols, times how telling it is in questions."""
    total, counts = 0, np.zeros(len(question.terms))
    for part in parts:
        total += len(part.block.contents)
        counts += [end - start for start, end in _stretches(part.block, question.terms)]
    rarity = np.log(1 + (total - counts + 0.5) / (counts + 0.5))
    return np.asarray(np.maximum(rarity, 0) * question.matches, np.float32)


def _stretches(block: Block, numbers: npt.NDArray[np.uint32]) -> list[tuple[int, int]]:
    """Where the postings of some terms are."""
    if not len(block.terms):
        return [(0, 0)] * len(numbers)
    places = np.minimum(np.searchsorted(block.terms, numbers), len(block.terms) - 1)
    known = block.terms[places] == numbers
    starts, ends = block.term_starts[places], block.term_starts[places + 1]
    return list(zip(np.where(known, starts, 0).tolist(), np.where(known, ends, 0).tolist(), strict=True))


def _lexical(part: Part, question: Asked, weights: Floats) -> Floats:
    """BM25F of every row; 0 for those that may not be answered."""
    block = part.block
    scores = np.zeros(len(part.live), np.float32)
    for (start, end), weight in zip(_stretches(block, question.terms), weights, strict=True):
        value = block.posted_weights[start:end].astype(np.float32)
        scores[block.posted_rows[start:end]] += weight * (SATURATION + 1) * value / (value + SATURATION)
    scores[~part.live] = 0
    return scores


def _near(parts: Sequence[Part], question: Asked) -> list[Rows]:
    """Of each part the rows whose direction is nearest: the nearest of all by signs, looked at again by their codes."""
    if not parts or not question.direction.any():
        return [np.zeros(0, np.intp)] * len(parts)
    differing = [_differing(part, question) for part in parts]
    counts = np.sum([np.bincount(one, minlength=FARTHEST + 1) for one in differing], axis=0)[:FARTHEST]
    within = int(np.searchsorted(np.cumsum(counts), NEAR_BY_SIGNS))
    close = [np.flatnonzero(one <= min(within, FARTHEST - 1)) for one in differing]
    cosines = [
        part.block.codes[rows].astype(np.float32) @ question.direction for part, rows in zip(parts, close, strict=True)
    ]
    least = _nth_largest(cosines, NEAR_CANDIDATES)
    return [rows[values >= least] for rows, values in zip(close, cosines, strict=True)]


def _differing(part: Part, question: Asked) -> npt.NDArray[np.uint16]:
    """In how many signs each row differs from the question; FARTHEST for those that may not be answered."""
    wanted = signs(question.direction[None])
    found = np.empty(len(part.live), np.uint16)
    for start in range(0, len(found), SCANNED_ROWS):  # so many stay in the processor's cache
        counts = np.bitwise_count(part.block.bits[start : start + SCANNED_ROWS] ^ wanted)
        found[start : start + SCANNED_ROWS] = np.einsum("ij->i", counts, dtype=np.uint16)
    found[~part.live] = FARTHEST
    return found


def _nth_largest(values: Sequence[Floats], count: int) -> float:
    """The value that so many of all are not below; of fewer, the smallest."""
    largest = [np.partition(one, len(one) - count)[len(one) - count :] if len(one) > count else one for one in values]
    every = np.sort(np.concatenate(largest)) if largest else np.zeros(0)
    return float(every[-min(count, len(every))]) if len(every) else 0.0


def _looked_at(part: Part, rows: Rows, scores: Floats, question: Asked, weights: Floats) -> _Found:
    """Some rows of a part with what their words and names tell."""
    block = part.block
    named, told = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    for (start, end), weight in zip(_stretches(block, question.name_terms), weights, strict=True):
        hit = _among(rows, block.posted_rows[start:end])
        named += hit
        told += hit * weight
    whole = np.zeros(len(rows), np.float32)
    for start, end in _stretches(block, question.wholes):
        if end > start:
            whole = np.maximum(whole, _among(rows, block.posted_rows[start:end]))
    named /= np.maximum(block.name_words[rows], 1)
    return _Found(part, rows, scores[rows], np.minimum(named, 1), told / (weights.sum() + 1e-6), whole)


def _among(rows: Rows, posted: Rows) -> Floats:
    """1 for each of `rows` that is posted. Both are in order."""
    if not len(posted):
        return np.zeros(len(rows), np.float32)
    places = np.minimum(np.searchsorted(posted, rows), len(posted) - 1)
    return np.asarray(posted[places] == rows, np.float32)


def _features(found: Sequence[_Found], question: Asked, weights: Floats, model: Model) -> Floats:
    """A row of FEATURES for each candidate of all parts."""
    lexical = np.concatenate([one.lexical for one in found])
    paths = [one.part.paths(int(content)) for one in found for content in one.part.block.contents[one.rows]]
    near = np.concatenate([_meaning(one, question, model) for one in found])
    around = np.concatenate(
        [
            one.part.block.means[one.part.block.contents[one.rows]].astype(np.float32) @ question.direction
            for one in found
        ]
    )
    told = {path: _path_features(path, question, weights) for path in set(paths)}
    kinds = _KINDS[np.concatenate([one.part.block.kinds[one.rows] for one in found])]
    columns = (
        lexical / max(float(lexical.max()), 1e-6),
        near,
        near / max(float(near.max()), 1e-6),
        np.concatenate([one.named for one in found]),
        np.concatenate([one.asked for one in found]),
        np.concatenate([one.whole for one in found]),
        *np.array([told[path] for path in paths], np.float32).T[:2],
        around / CODE_STEPS,
        np.array([told[path][2] for path in paths], np.float32),
        kinds[:, 0],
        kinds[:, 1],
        1 / np.maximum(np.concatenate([one.part.block.name_words[one.rows] for one in found]), 1),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _meaning(one: _Found, question: Asked, model: Model) -> Floats:
    """The cosine of each candidate's direction with the question's, once the words of its path are in."""
    block, rows = one.part.block, one.rows
    vectors = block.codes[rows].astype(np.float32) / CODE_STEPS * block.lengths[rows, None].astype(np.float32)
    contents, back = np.unique(block.contents[rows], return_inverse=True)
    paths = np.stack([_path_vector(one.part.paths(int(content)), model) for content in contents])
    vectors += model.settings.fields[_PATH] * paths[back].astype(np.float32)
    return np.asarray(vectors @ question.direction / (np.linalg.norm(vectors, axis=1) + 1e-6), np.float32)


@lru_cache(REMEMBERED_PATHS)
def _path_stems(path: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """The stems of a path, those of the file's own name, and whether it lies aside: a test, vendored, generated."""
    own = words(path.rsplit("/", 1)[-1].split(".", 1)[0])
    aside = bool(TESTS.search(path) or VENDORED.search(path) or GENERATED.search(path))
    return frozenset(map(stem, path_words(path))), frozenset(map(stem, own)), aside


def _path_features(path: str, question: Asked, weights: Floats) -> tuple[float, float, float]:
    """The share of the question in the path; of the file's own name in the question; whether the file lies aside."""
    held, own, aside = _path_stems(path)
    shared = [place for place, one in enumerate(question.stems) if one in held]
    share = float(weights[shared].sum() / (weights.sum() + 1e-6)) if shared else 0.0
    return share, len(own.intersection(question.stems)) / max(len(own), 1), float(aside)


@lru_cache(REMEMBERED_PATHS)
def _path_vector(path: str, model: Model) -> npt.NDArray[np.float16]:
    """The sum of a path's words' vectors over the root of their number."""
    found = path_words(path)
    total = np.sum([model.vector(word) for word in found], axis=0) if found else np.zeros(model.dimensions)
    return np.asarray(total / max(len(found), 1) ** 0.5, np.float16)
