"""Pairs as sparse matrices over words: what `train.py` multiplies."""

from __future__ import annotations

import gzip
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import msgspec
import numpy as np
import scipy.sparse as sp
from msgspec.structs import replace

from grpc_backend.search.semantic.fields import FIELDS, field_words
from grpc_backend.search.semantic.model import grams
from grpc_backend.search.semantic.texts import Text
from grpc_backend.search.semantic.words import stem, words
from tools.semantic.kinds import group_of
from tools.semantic.pairs import Pair
from tools.semantic.sentences import key, next_question

_pair: Final = msgspec.json.Decoder(Pair)
MIN_COUNT: Final = 8
# One package in so many is kept from the vectors: the ranking's weights are fitted on it.
VALIDATION_SHARE: Final = 32
# Besides, so that its main languages are all there.
VALIDATION: Final = frozenset(
    "debian+jsoup debian+commons-io debian+libevent debian+mbedtls pypi+dask npm+@lumino+widgets npm+@apollo+client"
    " npm+cheerio npm+@loopback+repository".split()
)


class Corpus(NamedTuple):
    """Of each pair: its question's words, its fields' words (each row's values are one over the root of their number),
    its package's number, a number that pairs share which must not count as wrong for each other, the question's first
    word (-1: not in the vocabulary), and the group of its symbol's kind."""

    questions: sp.csr_matrix
    fields: list[sp.csr_matrix]
    packages: np.ndarray
    alike: np.ndarray
    firsts: np.ndarray
    groups: np.ndarray


def is_validation(package: str) -> bool:
    """Whether a package is kept for fitting the ranking."""
    return package in VALIDATION or crc32(package.encode()) % VALIDATION_SHARE == 0


def read(folder: Path, refused: frozenset[int]) -> Iterator[tuple[str, Pair]]:
    """Package and pair of all packages for training, without refused sentences (their keys' crc32).

    A documentation that goes on gives one more pair, with its next sentence.
    """
    for file in sorted(folder.glob("*.jsonl.gz")):
        package = file.name.removesuffix(".jsonl.gz")
        if not is_validation(package):
            with gzip.open(file) as lines:
                found = (one for line in lines for one in _with_next(_pair.decode(line)))
                yield from ((package, one) for one in found if crc32(key(one.question).encode()) not in refused)


def _with_next(pair: Pair) -> Iterator[Pair]:
    yield pair
    if asked := next_question(pair.rest):
        yield replace(pair, question=asked, rest="")


def question_words(pair: Pair) -> tuple[str, ...]:
    """The question's words without the symbol's own name at its beginning, as Go's convention has it."""
    head, _, tail = pair.question.partition(" ")
    return words(tail if head == pair.name and tail.count(" ") else pair.question)


def fields_of(pair: Pair) -> tuple[tuple[str, ...], ...]:
    """The words of each field of a pair's symbol."""
    return field_words(Text(0, pair.name, pair.container, pair.signature, pair.rest, pair.body), pair.path)


class Said(NamedTuple):
    """Pairs over all words that they have: of the question and of each field a row a pair (each value is one over the
    root of the row's number of words); the others as in `Corpus`."""

    words: list[str]
    sides: list[sp.csr_matrix]
    packages: np.ndarray
    alike: np.ndarray
    firsts: np.ndarray
    groups: np.ndarray


def gathered(pairs: Iterable[tuple[str, Pair]]) -> Said:
    """All words of all pairs."""
    numbers: dict[str, int] = {}
    sides = [_Side() for _ in range(len(FIELDS) + 1)]
    packages: dict[str, int] = {}
    alike: dict[str, int] = {}
    of_pair: list[tuple[int, int, int, int]] = []
    for package, pair in pairs:
        asked = question_words(pair)
        for side, found in zip(sides, (asked, *fields_of(pair)), strict=True):
            side.add([numbers.setdefault(word, len(numbers)) for word in found])
        of_pair.append(
            (
                packages.setdefault(package, len(packages)),
                alike.setdefault(key(pair.question), len(alike)),
                numbers[asked[0]] if asked else -1,
                group_of(pair.name, pair.signature),
            )
        )
    return Said(list(numbers), [side.matrix(len(numbers)) for side in sides], *np.array(of_pair).T)


def vocabulary(said: Said, size: int) -> list[str]:
    """The words that most pairs have."""
    there = sum((side > 0).astype(np.int32) for side in said.sides) > 0
    counts = np.asarray(there.sum(0)).ravel()
    most = np.argsort(-counts, kind="stable")[:size]
    return sorted(said.words[place] for place in most if counts[place] >= MIN_COUNT and said.words[place].isascii())


def matrices(said: Said, vocabulary_: list[str], buckets: int) -> Corpus:
    """All pairs over the vocabulary and, for words that are not in it, the buckets of their parts."""
    known = {word: column for column, word in enumerate(vocabulary_)}
    rows: list[int] = []
    columns: list[int] = []
    shares: list[float] = []
    for row, word in enumerate(said.words):
        found = [known[word]] if word in known else [len(known) + one for one in grams(word, buckets)]
        rows += [row] * len(found)
        columns += found
        shares += [1 / len(found)] * len(found)
    width = len(known) + buckets
    parts = sp.csr_matrix((np.array(shares, np.float32), (rows, columns)), shape=(len(said.words), width))
    made = [(side @ parts).tocsr() for side in said.sides]
    places = np.array([*(known.get(word, -1) for word in said.words), -1])  # the last one stands for no word
    return Corpus(made[0], made[1:], said.packages, said.alike, places[said.firsts], said.groups)


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


class _Side:
    """The rows of one matrix as they come."""

    def __init__(self) -> None:
        self._columns = array("i")
        self._lengths: list[int] = []

    def add(self, found: Sequence[int]) -> None:
        self._columns.extend(found)
        self._lengths.append(len(found))

    def matrix(self, width: int) -> sp.csr_matrix:
        lengths = np.array(self._lengths)
        values = np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        made = sp.csr_matrix((values, np.array(self._columns, np.int32), starts), shape=(len(lengths), width))
        made.sum_duplicates()
        return made
