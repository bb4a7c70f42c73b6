"""Pairs as matrices of word counts: what `train.py` multiplies."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
import scipy.sparse as sp

from grpc_backend.search.semantic.fields import FIELDS, field_words
from grpc_backend.search.semantic.model import grams
from grpc_backend.search.semantic.words import words
from tools.semantic.pairs import Pair
from tools.semantic.sentences import key

_pair: Final = msgspec.json.Decoder(Pair)
MIN_COUNT: Final = 8


class Corpus(NamedTuple):
    """Of each pair: its question's words, its fields' words (each row of length one over the root of its sum), its package,
    and a number that pairs share which must not count as wrong for each other."""

    questions: sp.csr_matrix
    fields: list[sp.csr_matrix]
    packages: np.ndarray
    alike: np.ndarray


def read(folder: Path, without: frozenset[str], refused: frozenset[str]) -> Iterator[tuple[str, Pair]]:
    """Package and pair, without some packages and without some sentences."""
    for file in sorted(folder.glob("*.jsonl.gz")):
        package = file.name.removesuffix(".jsonl.gz")
        if package not in without:
            with gzip.open(file) as lines:
                found = (_pair.decode(line) for line in lines)
                yield from ((package, one) for one in found if key(one.question) not in refused)


def question_words(pair: Pair) -> tuple[str, ...]:
    """The question's words without the symbol's own name at its beginning, as Go's convention has it."""
    head, _, tail = pair.question.partition(" ")
    return words(tail if head == pair.name and tail.count(" ") else pair.question)


def vocabulary(pairs: Iterable[Pair], size: int) -> list[str]:
    """The most frequent words, a pair counting each once on each side."""
    counts: Counter[str] = Counter()
    for pair in pairs:
        counts.update(set(question_words(pair)))
        counts.update({word for field in field_words(_as_text(pair), pair.path) for word in field})
    return sorted(word for word, count in counts.most_common(size) if count >= MIN_COUNT)


def matrices(pairs: list[tuple[str, Pair]], vocabulary_: list[str], buckets: int) -> Corpus:
    """All pairs over words and, for words that are not in the vocabulary, hashed parts of them."""
    rows = _Rows(vocabulary_, buckets)
    sides = [_Side() for _ in range(len(FIELDS) + 1)]
    packages: dict[str, int] = {}
    alike: dict[str, int] = {}
    numbers, twins = [], []
    for package, pair in pairs:
        for side, found in zip(sides, (question_words(pair), *field_words(_as_text(pair), pair.path)), strict=True):
            side.add(rows.of(found))
        numbers.append(packages.setdefault(package, len(packages)))
        twins.append(alike.setdefault(key(pair.question), len(alike)))
    made = [side.matrix(len(vocabulary_) + buckets) for side in sides]
    return Corpus(made[0], made[1:], np.array(numbers), np.array(twins))


def _as_text(pair: Pair):
    from grpc_backend.search.semantic.texts import Text

    return Text(0, pair.name, pair.container, pair.signature, pair.rest, pair.body)


class _Rows:
    """Words to rows of the vectors, with their shares."""

    def __init__(self, vocabulary_: list[str], buckets: int) -> None:
        self._known = {word: (np.array([row]), np.array([1.0])) for row, word in enumerate(vocabulary_)}
        self._buckets = buckets
        self._size = len(vocabulary_)

    def of(self, found: Iterable[str]) -> list[tuple[np.ndarray, np.ndarray]]:
        return [self._row(word) for word in found]

    def _row(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        row = self._known.get(word)
        if row is None:
            found = grams(word, self._buckets)
            row = (np.array(found) + self._size, np.full(len(found), 1 / len(found)))
            self._known[word] = row
        return row


class _Side:
    def __init__(self) -> None:
        self._columns: list[np.ndarray] = []
        self._values: list[np.ndarray] = []
        self._lengths: list[int] = []

    def add(self, rows: list[tuple[np.ndarray, np.ndarray]]) -> None:
        columns = np.concatenate([row for row, _ in rows]) if rows else np.zeros(0, int)
        values = np.concatenate([share for _, share in rows]) / np.sqrt(len(rows)) if rows else np.zeros(0)
        self._columns.append(columns.astype(np.int32))
        self._values.append(values.astype(np.float32))
        self._lengths.append(len(columns))

    def matrix(self, width: int) -> sp.csr_matrix:
        indptr = np.concatenate([[0], np.cumsum(self._lengths)])
        return sp.csr_matrix(
            (np.concatenate(self._values), np.concatenate(self._columns), indptr), shape=(len(self._lengths), width)
        )
