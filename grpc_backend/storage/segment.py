"""Some names, laid out so that a formula over their signatures is answered at once. Never changes.

Names are numbered by how much they are used and then by extent, so that within a band the first are the closest.
A segment is built in memory; one that was saved is mapped, and takes memory only where it is read.
"""

from __future__ import annotations

import functools
import math
import mmap
import os
import re
import zlib
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from grpc_backend.storage.order import MAX_BAND
from grpc_backend.storage.signatures import BEGINNINGS, COLUMNS, Clause, Formula

MAGIC: Final = b"codeindex names 4\n"
ALIGNED: Final = 64
WORD: Final = 64  # names to a machine word of a column
# The rarest clauses of a formula: how many are evaluated (more would leave hardly anything out), and how many tell
# about how much it gives. How often words without a bit left are dropped, and how many are not worth that.
EVALUATED, ESTIMATED_BY = 12, 3
NARROWED_EVERY, FEW_WORDS = 2, 512
# A column of so few words is read whole: one call of numpy for all columns takes less than looking where bits are left.
SHORT_COLUMN, EVALUATED_SHORT = 1_024, 24
READ_FIRST, READ_AT_ONCE = 48, 1_024
# Compiling an expression takes as long as looking at so many names.
WORTH_COMPILING: Final = 48
ENCODING: Final = ("utf-8", "surrogatepass")

Numbers = NDArray[np.int64]
NO_NUMBERS: Final[Numbers] = np.array([], np.int64)
# Which machine words of a column.
Words = slice | Numbers


class NameRow(NamedTuple):
    """A name as the dictionary has it, with its traits (see traits.py). Band -1: no symbol bears it any more."""

    id: int
    name: str
    band: int
    traits: int


class Plan(NamedTuple):
    """The column of what names begin with, if a formula has one; its other clauses, the rarest first; about how many
    names they give. `at_once`: columns are short, so that none of this is worth knowing.
    """

    begins: int | None
    clauses: list[Clause]
    likely: float
    at_once: bool = False


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
        self._band_ends = arrays["bands"]
        # Names that are not ASCII: folding them may compose other characters than their words have.
        self.foreign: frozenset[int] = frozenset(arrays["foreign"].tolist())
        # What was asked last with typos, and what may be meant: searches ask twice in a row.
        self.mistyped: tuple[Hashable, Numbers] = (None, NO_NUMBERS)
        self._words: dict[int, Numbers] = {}
        self._columns = arrays["columns"].view(np.uint64).reshape(COLUMNS, -1)
        self._counts: list[int] = arrays["counts"].tolist()
        self._names, self._name_ends = arrays["names"].data, arrays["name_ends"]
        self._spaced, self._spaced_ends = arrays["spaced"].data, arrays["spaced_ends"]

    def __len__(self) -> int:
        return len(self.ids)

    def band_range(self, in_band: int) -> tuple[int, int]:
        """The numbers of a band's names: first, and behind the last."""
        place = MAX_BAND - in_band
        return self.bands[place], self.bands[place + 1]

    def bands_of(self, numbers: Numbers) -> Numbers:
        """The band of each of some names."""
        found: Numbers = MAX_BAND + 1 - self._band_ends.searchsorted(numbers, "right")
        return found

    def band_of(self, number: int) -> int:
        """A name's band."""
        return MAX_BAND + 1 - bisect_right(self.bands, number)

    def name(self, number: int) -> str:
        """The name itself."""
        first, last = self._name_ends[number], self._name_ends[number + 1]
        return str(self._names[first:last], *ENCODING)

    def spaced(self, numbers: Numbers, wanted: bytes = b"") -> Iterator[tuple[slice | list[int], list[bytes]]]:
        """Names' words, each with a blank before it, in UTF-8, of some numbers at a time; and where these stand.

        `wanted` leaves out most of those that it does not match, if there are many: an expression that begins with the
        line end before a name's words and matches nothing beyond the next one. It is not asked of foreign names.
        """
        compiled = wanted if len(numbers) > WORTH_COMPILING else b""
        for first, last in _in_turns(len(numbers)):
            some = numbers[first:last]
            begins, ends = self._spaced_ends[some], self._spaced_ends[some + 1]
            if compiled:
                found = sorted({*self._matching_places(begins, ends, compiled), *self._foreign_places(some)})
                yield [first + place for place in found], self._read(begins[found], ends[found])
            else:
                yield slice(first, last), self._read(begins, ends)

    def _read(self, begins: Numbers, ends: Numbers) -> list[bytes]:
        """Some names' words, by where they stand."""
        return [bytes(self._spaced[begin:end]) for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]

    def _matching_places(self, begins: Numbers, ends: Numbers, wanted: bytes) -> list[int]:
        """Which of some names' words match: laid out line by line and asked of all at once, in a tenth of the time."""
        lengths = ends - begins + 1
        lines = np.cumsum(lengths) - lengths
        # Each line with what stands before its words, which a line end takes the place of.
        joined = self.arrays["spaced"][np.arange(int(lengths.sum())) + np.repeat(begins - 1 - lines, lengths)]
        joined[lines] = ord("\n")
        starts = [match.start() for match in re.finditer(wanted, joined.tobytes())]
        found: list[int] = lines.searchsorted(np.array(starts, np.int64)).tolist()
        return found

    def _foreign_places(self, numbers: Numbers) -> list[int]:
        return (
            [place for place, number in enumerate(numbers.tolist()) if number in self.foreign] if self.foreign else []
        )

    def bearers(self, keys: Iterable[str]) -> Numbers:
        """Names that may be one of these but for case and what stands between words."""
        hashes = self.arrays["hashes"]
        found: set[int] = set()
        for key in keys:
            wanted = np.uint32(hash_of(key))  # of the array's type: it is not converted
            first = int(hashes.searchsorted(wanted, "left"))
            if first < len(hashes) and hashes[first] == wanted:
                last = hashes.searchsorted(wanted, "right")
                found.update(self.arrays["hashed"][first:last].tolist())
        return np.array(sorted(found), np.int64) if found else NO_NUMBERS

    def plan(self, formula: Formula) -> Plan:
        """How to evaluate a formula. The estimate goes as if its rarest clauses had nothing to do with each other."""
        if self._columns.shape[1] <= SHORT_COLUMN:
            return Plan(None, list(formula[:EVALUATED_SHORT]), 0.0, at_once=True)
        counts = self._counts
        counted = sorted([(sum([counts[column] for column in clause]), clause) for clause in formula])[:EVALUATED]
        shares = (min(count / max(len(self), 1), 1.0) for count, _ in counted[:ESTIMATED_BY])
        # Names that begin alike stand together: that leaves the fewest words to look at.
        begun = [clause for _, clause in counted if clause[0] in BEGINNINGS]
        others = [clause for _, clause in counted if clause[0] not in BEGINNINGS]
        return Plan(begun[0][0] if begun else None, others, len(self) * math.prod(shares))

    def matching(self, plan: Plan, first: int = 0, last: int | None = None) -> Numbers:
        """The numbers from `first` to before `last` whose signatures fit, in order."""
        last = len(self) if last is None else last
        words, bits = self._evaluated(plan, first // WORD, -(-last // WORD))
        if not len(bits):
            return NO_NUMBERS
        places = np.unpackbits(bits.view(np.uint8), bitorder="little").view(np.bool_).nonzero()[0]
        numbers: Numbers = words[places // WORD] * WORD + places % WORD
        # A word may have names before the first and behind the last.
        return numbers[numbers.searchsorted(first) : numbers.searchsorted(last)]

    def _evaluated(self, plan: Plan, start: int, stop: int) -> tuple[Numbers, NDArray[np.uint64]]:
        """The machine words with a bit left, and these. The rarest clauses leave few to the others."""
        if plan.at_once and plan.clauses:
            bits = self._all_anded(plan.clauses)[start:stop]
            left = _not_zero(bits)
            return left + start, bits[left]
        if plan.begins is None:
            where, bits = self._narrowed(slice(start, stop), self._anded(plan.clauses[:2], slice(start, stop)))
            clauses = plan.clauses[2:]
        else:
            where, clauses = self._words_of(plan.begins), plan.clauses
            where = where[where.searchsorted(start) : where.searchsorted(stop)]
            bits = self._columns[plan.begins][where]
        for place in range(0, len(clauses), NARROWED_EVERY):
            if not np.count_nonzero(bits):  # (a method's `any` is called by way of Python)
                break
            if len(bits) > FEW_WORDS:
                where, bits = self._narrowed(where, bits)
            bits = bits & self._anded(clauses[place : place + NARROWED_EVERY], where)
        left = _not_zero(bits)
        return (np.arange(start, stop) if isinstance(where, slice) else where)[left], bits[left]

    def _all_anded(self, clauses: Sequence[Clause]) -> NDArray[np.uint64]:
        """All words of some clauses, each of which has at least one column."""
        bits = self._columns[[clause[0] for clause in clauses]]
        for place in range(1, max(map(len, clauses))):
            bits |= self._columns[[clause[min(place, len(clause) - 1)] for clause in clauses]]
        anded: NDArray[np.uint64] = np.bitwise_and.reduce(bits)
        return anded

    def _narrowed(self, where: Words, bits: NDArray[np.uint64]) -> tuple[Words, NDArray[np.uint64]]:
        """Without the words that have no bit left, if that is worth it."""
        left = _not_zero(bits)
        if len(left) * 2 >= len(bits):
            return where, bits
        return (left + where.start if isinstance(where, slice) else where[left]), bits[left]

    def _anded(self, clauses: Sequence[Clause], where: Words) -> NDArray[np.uint64]:
        """Some words of several clauses; all bits of all words where there are none."""
        if not clauses and isinstance(where, slice):
            return np.full(where.stop - where.start, ~np.uint64(0))
        columns = self._columns
        taken = [functools.reduce(np.bitwise_or, [columns[one][where] for one in clause]) for clause in clauses]
        return functools.reduce(np.bitwise_and, taken)

    def _words_of(self, column: int) -> Numbers:
        """The machine words of a column that have a bit; looked up once."""
        if column not in self._words:
            self._words[column] = _not_zero(self._columns[column])
        return self._words[column]


def _in_turns(count: int) -> Iterator[tuple[int, int]]:
    """From where to before where: few at first, as the first few are often enough."""
    start, size = 0, READ_FIRST
    while start < count:
        yield start, min(start + size, count)
        start, size = start + size, READ_AT_ONCE


def _not_zero(bits: NDArray[np.uint64]) -> Numbers:
    """Where there are bits. (numpy looks ten times as long for numbers that are not zero.)"""
    found: Numbers = (bits != 0).nonzero()[0]
    return found


def keys_of(folded: str, squeezed: str) -> list[str]:
    """By which of its forms a name is found whole. (Where all is ASCII, names that fold alike are squeezed alike.)"""
    return [squeezed or folded] if folded.isascii() else [squeezed or folded, folded]


def hash_of(text: str) -> int:
    """Under which number the whole form of a name is found."""
    return zlib.crc32(text.encode(*ENCODING))


# -- files


class _Head(msgspec.Struct, frozen=True):
    """What a file holds: of each array its name, type, shape and offset behind the head."""

    arrays: list[tuple[str, str, list[int], int]]
    size: int
    serial: int


def save(segment: Segment, serial: int, path: Path) -> None:
    """Write a segment that has all changes up to `serial`; it is whole on disk when this returns. Errors: OSError."""
    entries, size = [], 0
    for name, one in segment.arrays.items():
        entries.append((name, one.dtype.str, list(one.shape), size))
        size = _aligned(size + one.nbytes)
    head = msgspec.json.encode(_Head(entries, size, serial))
    with path.open("wb") as stream:
        stream.write((MAGIC + head + b"\n").ljust(_aligned(len(MAGIC) + len(head) + 1)))
        for one in segment.arrays.values():
            stream.write(one.data)
            stream.write(b"\0" * (_aligned(one.nbytes) - one.nbytes))
        stream.flush()
        os.fsync(stream.fileno())


def load(path: Path) -> tuple[Segment, int]:
    """A saved segment, mapped, and the last change that is in it.

    Errors: OSError; ValueError if the file is not whole or none of ours.
    """
    with path.open("rb") as stream:
        mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    if mapped[: len(MAGIC)] != MAGIC:
        raise ValueError(f"{path} is no file of names")
    end = mapped.find(b"\n", len(MAGIC))
    head = msgspec.json.decode(mapped[len(MAGIC) : end], type=_Head)
    start = _aligned(end + 1)
    if len(mapped) != start + head.size:
        raise ValueError(f"{path} is not whole")
    return Segment(dict(_mapped_arrays(mapped, head, start))), head.serial


def _mapped_arrays(mapped: mmap.mmap, head: _Head, start: int) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, kind, shape, offset in head.arrays:
        count = int(np.prod(shape))
        yield name, np.frombuffer(mapped, kind, count, start + offset if count else 0).reshape(shape)


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED
