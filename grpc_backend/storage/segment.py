"""Some names, laid out so that a formula over their signatures is answered at once. Never changes.

Names are numbered by how much they are used and then by extent, so that within a band the first are the closest.
A segment is built in memory; one that was saved is mapped, and takes memory only where it is read.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from grpc_backend.storage.names import fold, words_of
from grpc_backend.storage.order import MAX_BAND
from grpc_backend.storage.signatures import COLUMNS, Formula, columns_of

MAGIC: Final = b"codeindex names 1\n"
ALIGNED: Final = 64
WORD: Final = 64  # names to a machine word of a column

Numbers = NDArray[np.int64]


class NameRow(NamedTuple):
    """A name as the dictionary has it. Band -1: no symbol bears it any more."""

    id: int
    name: str
    band: int


class _Prepared(NamedTuple):
    """A name with its forms, in the order of numbers."""

    negative_band: int
    extent: int
    name: str
    id: int
    folded: str
    spaced: str


class Segment:
    """`ids`, `extents`, `lengths` (of the folded names, in characters) are by number; `covered` has the ids of which
    this segment tells the truth, also of those that are gone, in order.
    """

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self.ids = arrays["ids"]
        self.covered = arrays["covered"]
        self.extents = arrays["extents"]
        self.lengths = arrays["lengths"]
        self.bands: list[int] = arrays["bands"].tolist()
        self._columns = arrays["columns"].view(np.uint64).reshape(COLUMNS, -1)
        self._counts = arrays["counts"]
        self._names, self._name_ends = memoryview(arrays["names"]), arrays["name_ends"]
        self._spaced, self._spaced_ends = memoryview(arrays["spaced"]), arrays["spaced_ends"]

    def __len__(self) -> int:
        return len(self.ids)

    def band_range(self, in_band: int) -> tuple[int, int]:
        """The numbers of a band's names: first, and behind the last."""
        place = MAX_BAND - in_band
        return self.bands[place], self.bands[place + 1]

    def name(self, number: int) -> str:
        """The name itself."""
        first, last = self._name_ends[number], self._name_ends[number + 1]
        return str(self._names[first:last], "utf-8", "surrogatepass")

    def spaced(self, number: int) -> bytes:
        """Its words, each with a blank before it, in UTF-8."""
        return bytes(self._spaced[self._spaced_ends[number] : self._spaced_ends[number + 1]])

    def bearers(self, keys: Iterable[str]) -> Numbers:
        """Names that may be one of these but for case and what stands between words."""
        hashes = self.arrays["hashes"]
        found: set[int] = set()
        for key in keys:
            wanted = _hash(key)
            first, last = np.searchsorted(hashes, wanted, "left"), np.searchsorted(hashes, wanted, "right")
            found.update(self.arrays["hashed"][first:last].tolist())
        return np.array(sorted(found), np.int64)

    def likely(self, formula: Formula) -> int:
        """About how many names a formula gives: no more than its rarest clause does."""
        return min((int(self._counts[list(clause)].sum()) for clause in formula), default=len(self))

    def matching(self, formula: Formula, first: int = 0, last: int | None = None) -> Numbers:
        """The numbers from `first` to before `last` whose signatures fit, in order."""
        last = len(self) if last is None else last
        start, stop = first // WORD, -(-last // WORD)
        clauses = sorted(formula, key=lambda clause: int(self._counts[list(clause)].sum()))
        where, bits = self._evaluated(clauses, start, stop)
        unpacked = np.unpackbits(bits.view(np.uint8), bitorder="little")
        places = np.flatnonzero(unpacked)
        numbers: Numbers = (where[places // WORD] + start) * WORD + places % WORD
        return numbers[(numbers >= first) & (numbers < last)]

    def _evaluated(self, clauses: list[tuple[int, ...]], start: int, stop: int) -> tuple[Numbers, NDArray[np.uint64]]:
        """The machine words with a bit left, and these. The rarest clauses leave few to the others."""
        where = np.arange(stop - start)
        bits = np.full(stop - start, ~np.uint64(0))
        for clause in clauses:
            dense = len(where) == stop - start
            columns = [self._columns[one, start:stop] for one in clause]
            taken = columns if dense else [column[where] for column in columns]
            bits = bits & (taken[0] if len(taken) == 1 else np.bitwise_or.reduce(taken))
            left = np.flatnonzero(bits)
            if len(left) * 2 < len(bits):
                where, bits = where[left], bits[left]
        return where, bits


def build(rows: Iterable[NameRow]) -> Segment:
    """A segment of these names; the last row of an id counts."""
    latest = {row.id: row for row in rows}
    prepared = sorted(_prepared(row) for row in latest.values() if row.band >= 0)
    folded = [one.folded for one in prepared]
    columns = columns_of(folded, [one.spaced for one in prepared])
    bands = np.searchsorted([one.negative_band for one in prepared], range(-MAX_BAND, 2), "left")
    names, name_ends = _blob([one.name for one in prepared])
    spaced, spaced_ends = _blob([one.spaced for one in prepared])
    hashes, hashed = _hashes(prepared)
    return Segment(
        {
            "ids": np.array([one.id for one in prepared], np.int64),
            "covered": np.array(sorted(latest), np.int64),
            "extents": np.array([min(one.extent, 0xFFFF) for one in prepared], np.uint16),
            "lengths": np.array([min(len(one), 0xFFFF) for one in folded], np.uint16),
            "bands": bands.astype(np.int64),
            "columns": columns,
            "counts": np.bitwise_count(columns).sum(axis=1, dtype=np.int64),
            "hashes": hashes,
            "hashed": hashed,
            "names": names,
            "name_ends": name_ends,
            "spaced": spaced,
            "spaced_ends": spaced_ends,
        }
    )


def keys_of(folded: str, squeezed: str) -> list[str]:
    """By which of its forms a name is found whole. (Where all is ASCII, names that fold alike are squeezed alike.)"""
    return [squeezed or folded] if folded.isascii() else [squeezed or folded, folded]


def _prepared(row: NameRow) -> _Prepared:
    words = words_of(row.name)
    spaced = "".join(f" {word}" for word in words)
    extent = len(spaced) - len(words) or len(row.name)
    return _Prepared(-row.band, extent, row.name, row.id, fold(row.name), spaced)


def _blob(texts: list[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.fromiter(accumulate(map(len, encoded), initial=0), np.int64, len(encoded) + 1)
    return np.frombuffer(b"".join(encoded), np.uint8), ends


def _hashes(prepared: list[_Prepared]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The hashes of all names' keys, in order, and whose each is."""
    pairs = [
        (_hash(key), number)
        for number, one in enumerate(prepared)
        for key in keys_of(one.folded, one.spaced.replace(" ", ""))
    ]
    hashes, numbers = np.array(pairs, np.uint32).reshape(-1, 2).T
    order = np.argsort(hashes, kind="stable")
    return hashes[order], numbers[order]


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


# -- files


class _Head(msgspec.Struct, frozen=True):
    """What a file holds: of each array its name, type, shape and offset behind the head."""

    arrays: list[tuple[str, str, list[int], int]]
    size: int


def save(segment: Segment, path: Path) -> None:
    """Write a segment so that it is whole on disk when this returns. Errors: OSError."""
    entries, size = [], 0
    for name, array in segment.arrays.items():
        entries.append((name, array.dtype.str, list(array.shape), size))
        size = _aligned(size + array.nbytes)
    head = msgspec.json.encode(_Head(entries, size))
    with path.open("wb") as stream:
        stream.write((MAGIC + head + b"\n").ljust(_aligned(len(MAGIC) + len(head) + 1)))
        for array in segment.arrays.values():
            stream.write(memoryview(np.ascontiguousarray(array)).cast("B") if array.nbytes else b"")
            stream.write(b"\0" * (_aligned(array.nbytes) - array.nbytes))
        stream.flush()
        os.fsync(stream.fileno())


def load(path: Path) -> Segment:
    """A saved segment, mapped. Errors: OSError; ValueError if the file is not whole or none of ours."""
    with path.open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    if mapped[: len(MAGIC)] != MAGIC:
        raise ValueError(f"{path} is no file of names")
    end = mapped.find(b"\n", len(MAGIC))
    head = msgspec.json.decode(mapped[len(MAGIC) : end], type=_Head)
    start = _aligned(end + 1)
    if len(mapped) != start + head.size:
        raise ValueError(f"{path} is not whole")
    return Segment(dict(_mapped_arrays(mapped, head, start)))


def _mapped_arrays(mapped: mmap.mmap, head: _Head, start: int) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, kind, shape, offset in head.arrays:
        count = int(np.prod(shape))
        yield name, np.frombuffer(mapped, kind, count, start + offset if count else 0).reshape(shape)


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED
