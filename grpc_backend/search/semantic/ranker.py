"""Which symbols answer a question in plain words: BM25F and the cosine of directions, each by its maximum, added up
with what the name, the path and the file tell.

Of all symbols the candidates (candidates.py) are scored by all features, whose weights are fitted
(tools/semantic/fit.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from grpc_backend.model import KINDS
from grpc_backend.search.rank import GENERATED, TESTS, VENDORED
from grpc_backend.search.semantic.block import CODE_STEPS
from grpc_backend.search.semantic.candidates import (
    CANDIDATES,
    Floats,
    Part,
    Rows,
    Weighed,
    among,
    bm25,
    candidates,
    stretches,
    weighed,
)
from grpc_backend.search.semantic.encoder import whole_term
from grpc_backend.search.semantic.fields import FIELDS, path_words
from grpc_backend.search.semantic.model import Model
from grpc_backend.search.semantic.names import explained
from grpc_backend.search.semantic.question import Asked
from grpc_backend.search.semantic.subject import MORE, is_of_subject, together
from grpc_backend.search.semantic.traits import Trait
from grpc_backend.search.semantic.words import stem, words

# What is told of a candidate; `model.json` has a weight for each.
FEATURES: Final = (
    "words",
    "meaning",
    "closest",
    "named",
    "asked",
    "whole",
    "explained",
    "path",
    "file",
    "around",
    "aside",
    "kind",
    "type",
    "callable",
    "value",
    "short",
    "main",
    "declared",
    "inner",
    "hidden",
    "exported",
    "lines",
)
# As `model.GROUPS` has them.
TYPES: Final = frozenset({"class", "interface", "struct", "enum", "module", "namespace"})
CALLABLES: Final = frozenset({"function", "method"})
VALUES: Final = frozenset({"property", "field", "enum_member", "event"})
_KINDS: Final = np.array([[kind in group for group in (TYPES, CALLABLES, VALUES)] for kind in KINDS], np.float32)
_TRAITS: Final = np.array([Trait.DECLARED, Trait.INNER, Trait.HIDDEN, Trait.EXPORTED], np.uint8)
_LOG_LINES: Final = np.log1p(np.arange(256, dtype=np.float32)) / np.log(256)
_PATH: Final = FIELDS.index("path")
# The same files come up again and again.
REMEMBERED_PATHS: Final = 4_000


class Candidate(Struct, frozen=True):
    """A symbol by its file and its index there, with the features that make its score."""

    path: str
    ord: int
    score: float
    features: dict[str, float]


class _Found(Struct):
    """The candidates of one part. `files`: the paths that they are in, `places`: of each candidate, which of these."""

    part: Part
    rows: Rows
    files: list[str]
    places: Rows
    lexical: Floats
    named: Floats
    asked: Floats
    whole: Floats


def rank(parts: Sequence[Part], question: Asked, model: Model, limit: int) -> list[Candidate]:
    """The best symbols, best first; equals by path and position."""
    found, told_of = _looked_at(parts, question, model, max(limit, CANDIDATES))
    weights = np.array([model.settings.ranking.get(name, 0.0) for name in FEATURES], np.float32)
    subject = is_of_subject(question.kinds)
    weights += subject * np.array([MORE.get(name, 0.0) for name in FEATURES], np.float32)
    scores = told_of @ weights
    told_of_files = subject * together(scores, _numbered_files(found))
    scores += told_of_files
    borders = np.cumsum([0, *(len(one.rows) for one in found)])
    best = []
    for place in np.argsort(-scores, kind="stable")[: limit * 2].tolist():
        number = int(np.searchsorted(borders, place, "right")) - 1
        one, at = found[number], place - int(borders[number])
        told = dict(zip(FEATURES, (told_of[place] * weights).tolist(), strict=True))
        told["together"] = float(told_of_files[place])
        path, ord_ = one.files[one.places[at]], int(one.part.block.ords[one.rows[at]])
        best.append(Candidate(path, ord_, float(scores[place]), told))
    return sorted(best, key=lambda one: (-one.score, one.path, one.ord))[:limit]


def _numbered_files(found: Sequence[_Found]) -> Rows:
    """Of each candidate, a number of its file, the same for no other."""
    numbers: dict[str, int] = {}
    for path in (path for one in found for path in one.files):
        numbers.setdefault(path, len(numbers))
    return np.array([numbers[one.files[place]] for one in found for place in one.places.tolist()], np.intp)


def table(parts: Sequence[Part], question: Asked, model: Model) -> tuple[Rows, Floats]:
    """The candidates' rows, part after part, and a row of FEATURES for each: what the weights are fitted on."""
    found, told_of = _looked_at(parts, question, model, CANDIDATES)
    return np.concatenate([one.rows for one in found]), told_of


def _looked_at(parts: Sequence[Part], question: Asked, model: Model, count: int) -> tuple[list[_Found], Floats]:
    """All candidates, and a row of FEATURES for each."""
    asked = weighed(parts, question)
    found = [_found(part, rows, asked) for part, rows in candidates(parts, asked, count)]
    return found, _features(found, asked, model) if found else np.zeros((0, len(FEATURES)), np.float32)


def _found(part: Part, rows: Rows, question: Weighed) -> _Found:
    """Some rows of a part with what their words and names tell."""
    block, weights = part.block, question.weights
    named, told, whole = (np.zeros(len(rows), np.float32) for _ in range(3))
    usual = float(weights.mean()) + 1e-6
    for stretch, weight in stretches(block, question.asked.name_terms, weights):
        there, _ = among(rows, block.posted_rows[stretch])
        named[there] += min(weight / usual, 1)
        told[there] += weight
    for stretch, weight in stretches(block, question.asked.wholes, np.ones(len(question.asked.wholes), np.float32)):
        whole[among(rows, block.posted_rows[stretch])[0]] = weight
    named /= np.maximum(block.name_words[rows], 1)
    contents, places = np.unique(block.contents[rows], return_inverse=True)
    files = [part.paths(content) for content in contents.tolist()]
    lexical = bm25(part, rows, question)
    return _Found(part, rows, files, places, lexical, np.minimum(named, 1), told / (weights.sum() + 1e-6), whole)


def _features(found: Sequence[_Found], question: Weighed, model: Model) -> Floats:
    """A row of FEATURES for each candidate of all parts."""
    lexical = np.concatenate([one.lexical for one in found])
    near = np.concatenate([_meaning(one, question, model) for one in found])
    around = np.concatenate(
        [
            one.part.block.means[one.part.block.contents[one.rows]].astype(np.float32) @ question.direction
            for one in found
        ]
    )
    told = np.concatenate([_of_files(one, question) for one in found])
    columns = (
        lexical / max(float(lexical.max()), 1e-6),
        near,
        near / max(float(near.max()), 1e-6),
        np.concatenate([one.named for one in found]),
        np.concatenate([one.asked for one in found]),
        np.concatenate([one.whole for one in found]),
        np.concatenate([_explained(one, question, model) for one in found]),
        told[:, 0],
        told[:, 1],
        around / CODE_STEPS,
        told[:, 2],
        np.concatenate([_KINDS[one.part.block.kinds[one.rows]] for one in found]) @ question.asked.kinds,
        *np.concatenate([_standing(one) for one in found]).T,
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _explained(one: _Found, question: Weighed, model: Model) -> Floats:
    """How much of each candidate's name the question explains."""
    return explained(one.part.block.name_rows[one.rows], question.asked.terms, question.asked.vectors, model)


def _standing(one: _Found) -> Floats:
    """What each candidate is, whatever is asked: from `type` on in FEATURES."""
    block, rows = one.part.block, one.rows
    mains = np.array([_file_term(path) for path in one.files], np.uint32)[one.places]
    return np.column_stack(
        [
            _KINDS[block.kinds[rows]],
            1 / np.maximum(block.name_words[rows], 1),
            block.names[rows] == mains,
            block.traits[rows][:, None] & _TRAITS > 0,
            _LOG_LINES[block.lines[rows]],
        ]
    ).astype(np.float32)


def _meaning(one: _Found, question: Weighed, model: Model) -> Floats:
    """The cosine of each candidate's direction with the question's, once the words of its path are in."""
    block, rows = one.part.block, one.rows
    vectors = block.codes[rows].astype(np.float32) / CODE_STEPS * block.lengths[rows, None].astype(np.float32)
    vectors += model.settings.fields[_PATH] * _path_vectors(one.files, model)[one.places]
    return np.asarray(vectors @ question.direction / (np.linalg.norm(vectors, axis=1) + 1e-6), np.float32)


@lru_cache(REMEMBERED_PATHS)
def _file_term(path: str) -> int:
    """The term of the file's own name, as of a symbol's whole name."""
    return whole_term(words(path.rsplit("/", 1)[-1].split(".", 1)[0]))


@lru_cache(REMEMBERED_PATHS)
def _path_stems(path: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """The stems of a path, those of the file's own name, and whether it lies aside: a test, vendored, generated."""
    own = words(path.rsplit("/", 1)[-1].split(".", 1)[0])
    aside = bool(TESTS.search(path) or VENDORED.search(path) or GENERATED.search(path))
    return frozenset(map(stem, path_words(path))), frozenset(map(stem, own)), aside


def _of_files(one: _Found, question: Weighed) -> Floats:
    """Of each candidate's file: the share of the question in its path, of its own name in the question; whether it lies
    aside."""
    weights = dict(zip(question.asked.stems, question.weights.tolist(), strict=True))
    total = sum(weights.values()) + 1e-6
    told = []
    for held, own, aside in map(_path_stems, one.files):
        share = sum([weights[known] for known in held.intersection(weights)]) / total
        told.append((share, len(own.intersection(weights)) / max(len(own), 1), aside))
    return np.array(told, np.float32)[one.places]


def _path_vectors(paths: Sequence[str], model: Model) -> Floats:
    """Of each path the sum of its words' vectors over the root of their number."""
    rows, shares = zip(*(_path_rows(path, model) for path in paths), strict=True)
    each, columns = np.unique(np.concatenate(rows), return_inverse=True)  # most words come in many paths
    counted = np.zeros((len(paths), len(each)), np.float32)
    np.add.at(counted, (np.repeat(np.arange(len(paths)), [len(one) for one in rows]), columns), np.concatenate(shares))
    return np.asarray(counted @ (model.vectors[each] * model.scales[each].astype(np.float32)[:, None]), np.float32)


@lru_cache(REMEMBERED_PATHS)
def _path_rows(path: str, model: Model) -> tuple[npt.NDArray[np.int32], Floats]:
    """The model's rows of a path's words, and how much each counts."""
    found = [model.rows(word) for word in path_words(path)]
    shares = [1 / len(rows) / len(found) ** 0.5 for rows in found for _ in rows]
    return np.array([row for rows in found for row in rows], np.int32), np.array(shares, np.float32)
