"""Extractions to a block: the words of each symbol's fields, weighed for BM25F and summed up to a direction.

BM25F after Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework"; the saturation and the inverse
document frequency come in with the question. Field lengths are held against fixed ones, since a content's rows must
not depend on what else is indexed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from grpc_backend.model import KIND_NUMBER, ContentKey, Extraction
from grpc_backend.search.semantic.block import Block, coded, signs
from grpc_backend.search.semantic.fields import FIELDS, field_words
from grpc_backend.search.semantic.model import Model
from grpc_backend.search.semantic.names import kept, strange
from grpc_backend.search.semantic.texts import Text, texts
from grpc_backend.search.semantic.traits import traits
from grpc_backend.search.semantic.words import stem

# Words without a row of their own are given one; all are forgotten when there are more.
NEW_WORDS: Final = 20_000
CHUNK_TOKENS: Final = 20_000
MAX_LINES: Final = 255
OWN_FIELDS: Final = len(FIELDS) - 1
# Per field: its weight in BM25F, how much its length counts, and the length that is usual.
LEXICAL: Final = np.array(
    [(3.0, 0.5, 2.5), (1.5, 0.5, 2.0), (1.0, 0.6, 6.0), (0.5, 0.6, 20.0), (1.0, 0.6, 20.0)], dtype=np.float32
)


def term(word: str) -> int:
    """A word's number in the lexical index: 32 bits of its stem. Of a million terms some hundred share theirs."""
    return crc32(stem(word).encode())


def name_term(word: str) -> int:
    """The number of a word of a name."""
    return crc32(b"name:" + stem(word).encode())


def whole_term(parts: Sequence[str]) -> int:
    """The number of a whole name, however it is spelt: `HttpResponse` and `http_response` have the same."""
    return crc32(b"whole:" + "".join(parts).encode())


class Encoder:
    """Makes blocks. Keeps what it has learnt of words, so one is used for long. Not for several threads."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known = len(model.vectors)
        self._vectors = np.zeros((self._known + NEW_WORDS, model.dimensions), np.float16)
        self._vectors[: self._known] = model.vectors * model.scales[:, None]
        self._terms = np.zeros((len(self._vectors), 2), np.uint32)
        for word, row in model.words.items():
            self._terms[row] = term(word), name_term(word)
        self._rows = dict(model.words)
        self._weights = np.array(model.settings.fields[:OWN_FIELDS], np.float32)

    def encode(self, contents: Iterable[tuple[ContentKey, Extraction]]) -> Block:
        """The block of some contents; one without symbols that say anything has no rows."""
        if len(self._rows) > len(self._model.words) + NEW_WORDS // 2:
            self._rows = dict(self._model.words)
        keys: list[ContentKey] = []
        languages: list[str] = []
        counts: list[int] = []
        said: list[Text] = []
        facts: list[tuple[int, int, int]] = []
        for key, extraction in contents:
            found = list(texts(extraction))
            keys.append(key)
            languages.append(extraction.language)
            counts.append(len(found))
            said += found
            facts += _facts(extraction, found)
        row_starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        return self._block(keys, languages, row_starts, said, np.array(facts, np.uint8).reshape(-1, 3))

    def _block(
        self,
        keys: list[ContentKey],
        languages: list[str],
        row_starts: npt.NDArray[np.int32],
        said: list[Text],
        facts: npt.NDArray[np.uint8],
    ) -> Block:
        tokens, lengths, wholes = self._tokens(said)
        vectors = self._sums(tokens, lengths)
        sizes = np.linalg.norm(vectors, axis=1)
        directions = vectors / (sizes[:, None] + 1e-9)
        return Block(
            keys,
            languages,
            row_starts,
            coded(_means(directions, row_starts)),
            np.repeat(np.arange(len(keys), dtype=np.int32), np.diff(row_starts)),
            np.array([text.ord for text in said], np.int32),
            facts[:, 0],
            np.minimum(lengths[:, 0], 255).astype(np.uint8),
            np.array(wholes, np.uint32),
            kept(self._numbers(tokens), lengths.sum(1), lengths[:, 0]),
            facts[:, 1],
            facts[:, 2],
            signs(directions),
            coded(directions),
            sizes.astype(np.float16),
            *self._postings(tokens, lengths, wholes),
        )

    def _tokens(self, said: Sequence[Text]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], list[int]]:
        """The rows of all words, symbol by symbol and field by field; how many each field has; terms of whole names."""
        tokens: list[int] = []
        lengths: list[tuple[int, ...]] = []
        wholes: list[int] = []
        row = self._row
        for text in said:
            fields = field_words(text, "")[:OWN_FIELDS]
            for found in fields:
                tokens += map(row, found)
            lengths.append(tuple(map(len, fields)))
            wholes.append(whole_term(fields[0]))
        return np.array(tokens, np.int32), np.array(lengths, np.int32).reshape(-1, OWN_FIELDS), wholes

    def _numbers(self, tokens: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Words as the model knows them: the rows made here mean nothing elsewhere."""
        return np.where(tokens < self._known, tokens, strange(self._terms[tokens, 0]))

    def _row(self, word: str) -> int:
        row = self._rows.get(word)
        return self._new_row(word) if row is None else row

    def _new_row(self, word: str) -> int:
        """A word that the model does not have. When there is no room left, it shares the last row's place."""
        row = min(self._known + len(self._rows) - len(self._model.words), len(self._vectors) - 1)
        self._rows[word] = row
        self._vectors[row] = self._model.vector(word)
        self._terms[row] = term(word), name_term(word)
        return row

    def _sums(self, tokens: npt.NDArray[np.int32], lengths: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Each symbol's vector: its fields' words, each field's weight over the root of its length."""
        vectors = np.zeros((len(lengths), self._model.dimensions), np.float32)
        each = np.repeat((self._weights / np.sqrt(np.maximum(lengths, 1))).ravel(), lengths.ravel())
        ends = np.cumsum(lengths.sum(1))
        start = first = 0
        while first < len(lengths):
            last = max(int(np.searchsorted(ends, start + CHUNK_TOKENS)), first + 1)
            end = int(ends[last - 1])
            if end > start:
                part = self._vectors[tokens[start:end]].astype(np.float32) * each[start:end, None].astype(np.float32)
                starts = np.concatenate([[start], ends[first : last - 1]]) - start
                vectors[first:last] = _summed(part, starts)
            start, first = end, last
        return vectors

    def _postings(
        self, tokens: npt.NDArray[np.int32], lengths: npt.NDArray[np.int32], wholes: list[int]
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float16]]:
        weight, share, usual = LEXICAL.T
        each = weight / (1 - share + share * lengths / usual)
        rows = np.arange(len(lengths))
        token_rows = np.repeat(rows, lengths.sum(1))
        token_weights = np.repeat(each.ravel(), lengths.ravel())
        of_name = np.repeat(np.tile(np.arange(OWN_FIELDS) == 0, len(lengths)), lengths.ravel())
        name_weights = 1 / np.sqrt(np.maximum(lengths[:, 0], 1))
        return posted(
            np.concatenate([self._terms[tokens, 0], self._terms[tokens[of_name], 1], np.array(wholes, np.uint32)]),
            np.concatenate([token_rows, token_rows[of_name], rows]),
            np.concatenate([token_weights, name_weights[token_rows[of_name]], np.ones(len(rows))]),
        )


def _facts(extraction: Extraction, said: Sequence[Text]) -> list[tuple[int, int, int]]:
    """Of each text's symbol: the number of its kind, its traits, how many lines it has."""
    symbols = [extraction.symbols[one.ord] for one in said]
    lines = [min(one.end_line - one.start_line + 1, MAX_LINES) for one in symbols]
    kinds = [KIND_NUMBER[one.kind] for one in symbols]
    return list(zip(kinds, traits(extraction, said), lines, strict=True))


def posted(
    terms: npt.NDArray[np.uint32], rows: npt.NDArray[np.int64], weights: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float16]]:
    """Postings in order of terms and rows; the weights of a term that a row has several times are added up."""
    joined = terms.astype(np.uint64) << np.uint64(32) | rows.astype(np.uint64)
    order = np.argsort(joined)
    joined = joined[order]
    firsts = (
        np.flatnonzero(np.concatenate([[True], joined[1:] != joined[:-1]])) if len(joined) else np.zeros(0, np.int64)
    )
    summed = np.add.reduceat(weights[order], firsts) if len(firsts) else np.zeros(0)
    kept = joined[firsts]
    found, starts = np.unique((kept >> np.uint64(32)).astype(np.uint32), return_index=True)
    return (
        found,
        np.concatenate([starts, [len(kept)]]).astype(np.int64),
        (kept & np.uint64(0xFFFFFFFF)).astype(np.int32),
        summed.astype(np.float16),
    )


def _summed(part: npt.NDArray[np.float32], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """The sums of stretches of rows, each up to the next one's start; zeros for an empty one."""
    filled = np.concatenate([starts[1:], [len(part)]]) > starts
    sums = np.zeros((len(starts), part.shape[1]), np.float32)
    sums[filled] = np.add.reduceat(part, starts[filled], axis=0)
    return sums


def _means(directions: npt.NDArray[np.float32], row_starts: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """The mean direction of each content's rows, of length one; zeros where there are none."""
    if not len(directions):
        return np.zeros((len(row_starts) - 1, directions.shape[1]), np.float32)
    sums = _summed(directions, row_starts[:-1].astype(np.int64))
    return np.asarray(sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9), np.float32)
