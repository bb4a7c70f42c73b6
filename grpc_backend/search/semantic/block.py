"""What is derived of some contents: a row a symbol, as arrays that are searched as they are.

`terms` are numbers of words in order, with a stretch of `posted_rows` and `posted_weights` each (`term_starts`); a
word of the name is in twice, once as a word of the symbol, once as a word of its name (`name_term`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from grpc_backend.model import ContentKey


class Block(NamedTuple):
    """Arrays over C contents, R rows, T terms, P postings and D dimensions."""

    keys: Sequence[ContentKey]
    languages: Sequence[str]  # of each content
    row_starts: npt.NDArray[np.int32]  # C + 1
    means: npt.NDArray[np.int8]  # C by D: the mean direction of each content's symbols
    contents: npt.NDArray[np.int32]  # R: which content a row belongs to
    ords: npt.NDArray[np.int32]  # R: which symbol of its content a row is
    kinds: npt.NDArray[np.uint8]  # R
    name_words: npt.NDArray[np.uint8]  # R
    names: npt.NDArray[np.uint32]  # R: the term of the whole name
    name_rows: npt.NDArray[np.int32]  # R by NAME_WORDS: the words of the name, see `names.py`
    traits: npt.NDArray[np.uint8]  # R: see `traits.Trait`
    lines: npt.NDArray[np.uint8]  # R: how many it has, 255 for more
    bits: npt.NDArray[
        np.uint64
    ]  # D / 64 by R: the signs of the direction; so laid out they are scanned six times faster
    codes: npt.NDArray[np.int8]  # R by D: the direction
    lengths: npt.NDArray[np.float16]  # R: of the vector before it was scaled to length one
    terms: npt.NDArray[np.uint32]  # T
    term_starts: npt.NDArray[np.int64]  # T + 1
    posted_rows: npt.NDArray[np.int32]  # P
    posted_weights: npt.NDArray[np.float16]  # P


ARRAYS = Block._fields[2:]
# Those with an element a row that stand for themselves.
COLUMNS = ("ords", "kinds", "name_words", "names", "name_rows", "traits", "lines", "codes", "lengths")
# A direction's components are kept in so many steps of one; what is beyond a byte is cut (it is rare at 256
# dimensions).
CODE_STEPS = 400.0


def coded(directions: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Directions as bytes."""
    return np.asarray(np.clip(np.rint(directions * CODE_STEPS), -127, 127), np.int8)


def signs(directions: npt.NDArray[np.float32]) -> npt.NDArray[np.uint64]:
    """The signs of each direction, 64 in a number: a column a direction."""
    return np.ascontiguousarray(np.packbits(directions > 0, axis=1).view(np.uint64).T)
