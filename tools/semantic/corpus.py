"""Pairs as sparse matrices over words: what `train.py` multiplies."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import msgspec
import numpy as np
import scipy.sparse as sp

from grpc_backend.search.semantic.fields import FIELDS, field_words
from grpc_backend.search.semantic.model import grams
from grpc_backend.search.semantic.texts import Text
from grpc_backend.search.semantic.words import stem, words
from tools.semantic.pairs import Pair
from tools.semantic.sentences import key

_pair: Final = msgspec.json.Decoder(Pair)
MIN_COUNT: Final = 8
# One package in so many is kept from the vectors: the ranking's weights are fitted on it.
VALIDATION_SHARE: Final = 32
# Besides, so that its main languages are all there.
VALIDATION: Final = frozenset(
    {"debian+jsoup", "debian+commons-io", "debian+libevent", "debian+mbedtls", "pypi+dask", "npm+@lumino+widgets"}
)


class Corpus(NamedTuple):
    """Of each pair: its question's words, its fields' words (each row's values are one over the root of their number),
    its package's number, and a number that pairs share which must not count as wrong for each other."""

    questions: sp.csr_matrix
    fields: list[sp.csr_matrix]
    packages: np.ndarray
    alike: np.ndarray


def is_validation(package: str) -> bool:
    """Whether a package is kept for fitting the ranking."""
    return package in VALIDATION or crc32(package.encode()) % VALIDATION_SHARE == 0


def read(folder: Path, refused: frozenset[int]) -> Iterator[tuple[str, Pair]]:
    """Package and pair of all packages for training, without refused sentences (their keys' crc32)."""
    for file in sorted(folder.glob("*.jsonl.gz")):
        package = file.name.removesuffix(".jsonl.gz")
        if not is_validation(package):
            with gzip.open(file) as lines:
                found = (_pair.decode(line) for line in lines)
                yield from ((package, one) for one in found if crc32(key(one.question).encode()) not in refused)


def question_words(pair: Pair) -> tuple[str, ...]:
    """The question's words without the symbol's own name at its beginning, as Go's convention has it."""
    head, _, tail = pair.question.partition(" ")
    return words(tail if head == pair.name and tail.count(" ") else pair.question)


def fields_of(pair: Pair) -> tuple[tuple[str, ...], ...]:
    """The words of each field of a pair's symbol."""
    return field_words(Text(0, pair.name, pair.container, pair.signature, pair.rest, pair.body), pair.path)


def vocabulary(pairs: Iterable[tuple[str, Pair]], size: int) -> list[str]:
    """The words that most pairs have."""
    counts: Counter[str] = Counter()
    for _, pair in pairs:
        counts.update(set(question_words(pair)).union(*fields_of(pair)))
    return sorted(word for word, count in counts.most_common(size) if count >= MIN_COUNT and word.isascii())


def matrices(pairs: Sequence[tuple[str, Pair]], vocabulary_: list[str], buckets: int) -> Corpus:
    """All pairs over words and, for words that are not in the vocabulary, the buckets of their parts."""
    rows = _Rows(vocabulary_, buckets)
    sides = [_Side() for _ in range(len(FIELDS) + 1)]
    packages: dict[str, int] = {}
    alike: dict[str, int] = {}
    numbers, twins = [], []
    for package, pair in pairs:
        for side, found in zip(sides, (question_words(pair), *fields_of(pair)), strict=True):
            side.add(found, rows)
        numbers.append(packages.setdefault(package, len(packages)))
        twins.append(alike.setdefault(key(pair.question), len(alike)))
    made = [side.matrix(len(vocabulary_) + buckets) for side in sides]
    return Corpus(made[0], made[1:], np.array(numbers), np.array(twins))


def match_rates(corpus: Corpus, vocabulary_: list[str]) -> np.ndarray:
    """Of each word: how often, when it is in a question, the symbol that is meant has it too (up to its endings)."""
    stems: dict[str, int] = {}
    columns = [stems.setdefault(stem(word), len(stems)) for word in vocabulary_]
    to_stems = sp.csr_matrix((np.ones(len(columns), np.float32), (np.arange(len(columns)), columns)))
    known = len(vocabulary_)
    asked = ((corpus.questions[:, :known] > 0).astype(np.float32) @ to_stems).minimum(1)
    said = sum((field[:, :known] > 0).astype(np.float32) for field in corpus.fields) @ to_stems
    both = np.asarray(asked.multiply(said > 0).sum(0)).ravel()
    total = np.asarray(asked.sum(0)).ravel()
    return ((both + 2.0) / (total + 5.0))[columns]


class _Rows:
    """Words to columns, with the share that each has of the word."""

    def __init__(self, vocabulary_: list[str], buckets: int) -> None:
        self._known = {word: ([column], [1.0]) for column, word in enumerate(vocabulary_)}
        self._buckets = buckets
        self._size = len(vocabulary_)

    def of(self, word: str) -> tuple[list[int], list[float]]:
        held = self._known.get(word)
        if held is None:
            found = grams(word, self._buckets)
            held = self._known[word] = ([self._size + one for one in found], [1 / len(found)] * len(found))
        return held


class _Side:
    """The rows of one matrix as they come."""

    def __init__(self) -> None:
        self._columns: list[np.ndarray] = []
        self._values: list[np.ndarray] = []
        self._lengths: list[int] = []

    def add(self, found: Sequence[str], rows: _Rows) -> None:
        columns: list[int] = []
        values: list[float] = []
        for word in found:
            more, shares = rows.of(word)
            columns += more
            values += shares
        self._columns.append(np.array(columns, np.int32))
        self._values.append(np.array(values, np.float32) / np.sqrt(max(len(found), 1)))
        self._lengths.append(len(columns))

    def matrix(self, width: int) -> sp.csr_matrix:
        starts = np.concatenate([[0], np.cumsum(self._lengths)])
        data = (np.concatenate(self._values).astype(np.float32), np.concatenate(self._columns), starts)
        return sp.csr_matrix(data, shape=(len(self._lengths), width))
