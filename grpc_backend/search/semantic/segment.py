"""Blocks as files: written once, then mapped into memory, never changed.

A file is the arrays of a block, each at a multiple of 64 bytes, then a msgpack footer that says where they are, then
the footer's length. A file that is incomplete is no segment: it is written under another name first.
"""

from __future__ import annotations

import itertools
import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from grpc_backend.model import ContentKey
from grpc_backend.search.semantic.block import ARRAYS, COLUMNS, Block

ALIGNMENT: Final = 64
LENGTH: Final = struct.Struct("<Q")
# Postings are merged in so many steps, each of a range of terms: what a merge needs at once stays small.
MERGE_STEPS: Final = 64
COPIED_ROWS: Final = 100_000
_numbers: Final = itertools.count()

Keep = npt.NDArray[np.bool_]


class _Place(Struct, frozen=True, array_like=True):
    dtype: str
    shape: tuple[int, ...]
    offset: int


class _Footer(Struct, frozen=True, array_like=True):
    keys: list[ContentKey]
    languages: list[str]
    arrays: dict[str, _Place]


class Segment:
    """A block with a number of its own; `path` is None where it is in memory only, `mapped` where it was not read from
    a file.
    """

    def __init__(self, block: Block, path: Path | None = None, mapped: mmap.mmap | None = None) -> None:
        self.block = block
        self.path = path
        self.number = next(_numbers)
        self._mapped = mapped

    @property
    def rows(self) -> int:
        """How many symbols it holds."""
        return len(self.block.contents)

    def rest(self) -> None:
        """Give back the memory that reading the file has taken: the system still has it, and maps it again."""
        if self._mapped is not None:
            self._mapped.madvise(mmap.MADV_DONTNEED)


def opened(path: Path) -> Segment:
    """A segment out of its file. Errors: OSError, ValueError (it is none, or is cut)."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (length,) = LENGTH.unpack_from(mapped, len(mapped) - LENGTH.size)
    if not 0 < length < len(mapped):
        raise ValueError(f"{path} is no segment")
    footer = msgspec.msgpack.decode(mapped[len(mapped) - LENGTH.size - length : -LENGTH.size], type=_Footer)

    def array(name: str) -> npt.NDArray[Any]:
        place = footer.arrays[name]
        count = int(np.prod(place.shape))
        return np.frombuffer(mapped, np.dtype(place.dtype), count, place.offset).reshape(place.shape)

    return Segment(Block(footer.keys, footer.languages, *map(array, ARRAYS)), path, mapped)


def write(block: Block, path: Path) -> None:
    """Write a block to a file that is there as a whole or not at all."""
    with _Writer(path) as writer:
        for name in ARRAYS:
            array: npt.NDArray[Any] = getattr(block, name)
            writer.put(name, [array], array.dtype, array.shape)
        writer.finish(block.keys, block.languages)


def merge(blocks: Sequence[Block], keep: Sequence[Keep], path: Path) -> None:
    """Write those contents of some blocks that are to be kept as one segment."""
    keys = [key for block, kept in zip(blocks, keep, strict=True) for key in itertools.compress(block.keys, kept)]
    languages = [
        one for block, kept in zip(blocks, keep, strict=True) for one in itertools.compress(block.languages, kept)
    ]
    counts = np.concatenate([np.diff(block.row_starts)[kept] for block, kept in zip(blocks, keep, strict=True)])
    rows_kept = [np.repeat(kept, np.diff(block.row_starts)) for block, kept in zip(blocks, keep, strict=True)]
    with _Writer(path) as writer:
        row_starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        writer.put("row_starts", [row_starts], row_starts.dtype, row_starts.shape)
        means = [block.means[kept] for block, kept in zip(blocks, keep, strict=True)]
        writer.put("means", means, np.dtype(np.int8), (len(keys), blocks[0].means.shape[1]))
        contents = np.repeat(np.arange(len(keys), dtype=np.int32), counts)
        writer.put("contents", [contents], contents.dtype, contents.shape)
        for name in COLUMNS:
            columns = [getattr(block, name) for block in blocks]
            shape = (int(row_starts[-1]), *columns[0].shape[1:])
            writer.put(name, _rows(columns, rows_kept), columns[0].dtype, shape)
        lanes = len(blocks[0].bits)
        bits = [_rows([block.bits[lane] for block in blocks], rows_kept) for lane in range(lanes)]
        writer.put("bits", itertools.chain.from_iterable(bits), np.dtype(np.uint64), (lanes, int(row_starts[-1])))
        _merge_postings(writer, blocks, rows_kept)
        writer.finish(keys, languages)


def _rows(columns: Sequence[npt.NDArray[Any]], kept: Sequence[Keep]) -> Iterator[npt.NDArray[Any]]:
    """What is kept of some columns, a piece at a time."""
    for column, rows in zip(columns, kept, strict=True):
        for start in range(0, len(column), COPIED_ROWS):
            yield column[start : start + COPIED_ROWS][rows[start : start + COPIED_ROWS]]


def _merge_postings(writer: _Writer, blocks: Sequence[Block], rows_kept: Sequence[Keep]) -> None:
    """Postings by term; within one by row, since blocks keep their order."""
    moved, base = [], 0
    for kept in rows_kept:
        moved.append(np.where(kept, np.cumsum(kept) - 1 + base, -1).astype(np.int32))
        base += int(kept.sum())
    terms: list[npt.NDArray[Any]] = []
    counts: list[npt.NDArray[Any]] = []
    rows: list[npt.NDArray[Any]] = []
    weights: list[npt.NDArray[Any]] = []
    borders = np.linspace(0, 1 << 32, MERGE_STEPS + 1).astype(np.int64)
    for low, high in itertools.pairwise(borders):
        merged = _merge_range(blocks, moved, int(low), int(high))
        for gathered, part in zip((terms, counts, rows, weights), merged, strict=True):
            gathered.append(part)
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
    found = np.concatenate(terms)
    writer.put("terms", [found], found.dtype, found.shape)
    writer.put("term_starts", [starts], starts.dtype, starts.shape)
    writer.put("posted_rows", rows, np.dtype(np.int32), (int(starts[-1]),))
    writer.put("posted_weights", weights, np.dtype(np.float16), (int(starts[-1]),))


def _merge_range(
    blocks: Sequence[Block], moved: Sequence[npt.NDArray[np.int32]], low: int, high: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Terms from `low` to below `high`, how many postings each has, these postings' rows and weights."""
    terms, rows, weights = [], [], []
    for block, new_rows in zip(blocks, moved, strict=True):
        first, last = (
            np.searchsorted(block.terms, [low, high])
            if high < 1 << 32
            else (np.searchsorted(block.terms, low), len(block.terms))
        )
        start, end = int(block.term_starts[first]), int(block.term_starts[last])
        found = new_rows[block.posted_rows[start:end]]
        kept = found >= 0
        terms.append(np.repeat(block.terms[first:last], np.diff(block.term_starts[first : last + 1]))[kept])
        rows.append(found[kept])
        weights.append(block.posted_weights[start:end][kept])
    every = np.concatenate(terms)
    order = np.argsort(every, kind="stable")
    distinct, counts = np.unique(every, return_counts=True)
    return distinct, counts, np.concatenate(rows)[order], np.concatenate(weights)[order]


class _Writer:
    """Writes arrays one after the other, then the footer; the file takes its name when it is whole and on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_suffix(".unfinished")
        self._places: dict[str, _Place] = {}

    def __enter__(self) -> _Writer:
        self._file: BinaryIO = self._unfinished.open("wb")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._file.close()
        if kind is not None:
            self._unfinished.unlink(missing_ok=True)

    def put(self, name: str, pieces: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        """Write an array that comes in pieces."""
        self._file.write(b"\0" * (-self._file.tell() % ALIGNMENT))
        self._places[name] = _Place(dtype.str, shape, self._file.tell())
        for piece in pieces:
            self._file.write(np.ascontiguousarray(piece).data)

    def finish(self, keys: Sequence[ContentKey], languages: Sequence[str]) -> None:
        """Write the footer and give the file its name."""
        footer = msgspec.msgpack.encode(_Footer(list(keys), list(languages), self._places))
        self._file.write(footer + LENGTH.pack(len(footer)))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._unfinished.replace(self._path)
