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
    weights = _word_weights(parts, question)
    return [one for part in parts if part.live.any() and (one := _candidates(part, question, weights)) is not None]


def _word_weights(parts: Sequence[Part], question: Asked) -> Floats:
    """Of each word of the question: how rare it is among all symbols, times how telling it is in questions."""
    total, counts = 0, np.zeros(len(question.terms))
    for part in parts:
        total += len(part.block.contents)
        counts += [len(_postings(part.block, number)[0]) for number in question.terms]
    rarity = np.log(1 + (total - counts + 0.5) / (counts + 0.5))
    return np.asarray(np.maximum(rarity, 0) * question.matches, np.float32)


def _postings(block: Block, number: np.uint32) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float16]]:
    place = int(np.searchsorted(block.terms, number))
    if place == len(block.terms) or block.terms[place] != number:
        place = -1
    start, end = (int(block.term_starts[place]), int(block.term_starts[place + 1])) if place >= 0 else (0, 0)
    return block.posted_rows[start:end], block.posted_weights[start:end]


def _candidates(part: Part, question: Asked, weights: Floats) -> _Found | None:
    """The rows of a part that are worth a closer look."""
    block, live = part.block, part.live
    scores = np.zeros(len(live), np.float32)
    for number, weight in zip(question.terms, weights, strict=True):
        rows, values = _postings(block, number)
        value = values.astype(np.float32)
        scores[rows] += weight * (SATURATION + 1) * value / (value + SATURATION)
    scores[~live] = 0
    lexical = _best(scores, LEXICAL_CANDIDATES)
    rows = np.union1d(lexical[scores[lexical] > 0], _near(block, live, question))
    if not len(rows):
        return None
    named, told = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    for number, weight in zip(question.name_terms, weights, strict=True):
        hit = _among(rows, _postings(block, number)[0])
        named += hit
        told += hit * weight
    whole = np.zeros(len(rows), np.float32)
    for number in question.wholes:
        whole = np.maximum(whole, _among(rows, _postings(block, number)[0]))
    named /= np.maximum(block.name_words[rows], 1)
    return _Found(part, rows, scores[rows], np.minimum(named, 1), told / (weights.sum() + 1e-6), whole)


def _best(scores: Floats, count: int) -> Rows:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(scores, len(scores) - count)[len(scores) - count :]


def _near(block: Block, live: npt.NDArray[np.bool_], question: Asked) -> Rows:
    """Rows whose direction is nearest: the nearest by signs, looked at again by their codes."""
    if not question.direction.any():
        return np.zeros(0, np.intp)
    differing = np.bitwise_count(block.bits ^ signs(question.direction[None])).sum(1, dtype=np.int16)
    differing[~live] = np.iinfo(np.int16).max
    near = _best(-differing.astype(np.float32), NEAR_BY_SIGNS)
    near = near[live[near]]
    return near[_best(block.codes[near].astype(np.float32) @ question.direction, NEAR_CANDIDATES)]


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
