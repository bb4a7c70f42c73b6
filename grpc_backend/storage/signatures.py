"""What a name has in it, as columns of bits: the signatures by which a segment finds its names.

A column has one bit a name. Whatever is asked of the names is a formula over few columns, and a formula over
three million names reads some hundred kilobytes a column: bit-sliced signatures, as signature files and BitFunnel
have them. Different characters, pairs and triples share columns, so a formula gives some names too many, and never
too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from grpc_backend.storage.names import begins

# Characters fall into 64 classes (of their bytes in UTF-8), pairs and triples of neighbours into 256 each.
_CLASSES, _PAIRS, _TRIPLES = 64, 256, 256
LETTER, FIRST, INITIAL, PAIR = 0, _CLASSES, 2 * _CLASSES, 3 * _CLASSES
TRIPLE: Final = PAIR + _PAIRS
COLUMNS: Final = TRIPLE + _TRIPLES
BEGINNINGS: Final = range(FIRST, FIRST + _CLASSES)
ROWS_A_BYTE: Final = 8
END: Final = "\n"

# One of these columns, which are one or two, must have the bit; a formula is all of its clauses.
Clause = tuple[int, ...]
Formula = tuple[Clause, ...]
Bits = NDArray[np.uint8]
# The bytes of a query one by one, or of many names at once.
N = TypeVar("N", int, NDArray[np.int64])


def _class_table() -> NDArray[np.int64]:
    table = 37 + np.arange(256) % 27
    for number, character in enumerate(b"abcdefghijklmnopqrstuvwxyz0123456789_"):
        table[character] = number
    return table


_CLASS: Final = _class_table()
_LETTERS: Final[list[int]] = _CLASS.tolist()


def width(names: int) -> int:
    """The bytes of a column for so many names: whole machine words, and one at least."""
    return -(-max(names, 1) // 64) * 8


def set_columns(columns: Bits, first: int, folded: Sequence[str], spaced: Sequence[str]) -> None:
    """Set the bits of names in columns of `width`, from number `first` on, a multiple of 8.

    At once for so many names as bits of a byte each fit into a processor's cache.
    """
    turn = _turn(folded, spaced)
    start = first // ROWS_A_BYTE
    columns[:, start : start + turn.shape[1]] = turn


def _turn(folded: Sequence[str], spaced: Sequence[str]) -> Bits:
    bits = np.zeros((len(folded), COLUMNS), np.bool_)
    rows, text = _laid_out([END + name for name in folded])
    bits[rows, LETTER + _CLASS[text]] = True
    bits[rows, PAIR + _pairs(text)] = True
    bits[rows, TRIPLE + _triples(text)] = True
    rows, words = _laid_out(spaced)
    bits[rows, LETTER + _CLASS[words]] = True
    begun = np.flatnonzero(words[:-1] == ord(" "))
    bits[rows[begun], INITIAL + _CLASS[words[begun + 1]]] = True
    _set_pairs_of_words(bits, folded, spaced)
    _set_first(bits, [begins(name) for name in folded])
    _set_first(bits, [words[1:] for words in spaced])
    return np.packbits(bits, axis=0, bitorder="little").T


def _set_pairs_of_words(bits: NDArray[np.bool_], folded: Sequence[str], spaced: Sequence[str]) -> None:
    """The pairs within words, where folding the whole name may have composed other characters."""
    for row, (name, words) in enumerate(zip(folded, spaced, strict=True)):
        if not name.isascii():
            _, text = _laid_out([words])
            bits[row, PAIR + _pairs(text)] = True
            bits[row, TRIPLE + _triples(text)] = True


def _laid_out(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All bytes of some texts, one after the other, and the row that each belongs to."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in encoded])
    return rows, np.frombuffer(b"".join(encoded), np.uint8).astype(np.int64)


def _pairs(text: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class of each byte with the next one; the last has the end of a name behind it."""
    return _pair(text, np.append(text[1:], ord(END)))


def _triples(text: NDArray[np.int64]) -> NDArray[np.int64]:
    """The class of each byte with the next two; behind the last stands the end of a name, and nothing behind that."""
    second, third = np.append(text[1:], ord(END)), np.append(text[2:], [ord(END), 0])[: len(text)]
    return _triple(text, second, third)


def _pair(first: N, second: N) -> N:
    return (first * 251 + second * 131) * 40503 >> 8 & (_PAIRS - 1)


def _triple(first: N, second: N, third: N) -> N:
    return (first * 65_599 + second * 257 + third) * 40503 >> 9 & (_TRIPLES - 1)


def _set_first(bits: NDArray[np.bool_], texts: Sequence[str]) -> None:
    rows = np.array([row for row, text in enumerate(texts) if text], np.int64)
    points = [ord(text[0]) for text in texts if text]
    classes = [_LETTERS[point] if point < 128 else _class(chr(point)) for point in points]
    bits[rows, FIRST + np.array(classes, np.int64)] = True


def _class(character: str) -> int:
    return _LETTERS[character.encode("utf-8", "surrogatepass")[0]]


# -- what a query asks of them


def has(text: str) -> Formula:
    """Names with this in them. END stands for a name's beginning and its end."""
    encoded = text.encode("utf-8", "surrogatepass")
    if len(encoded) == 1:
        return ((LETTER + _LETTERS[encoded[0]],),)
    triples = [TRIPLE + _triple(*encoded[place : place + 3]) for place in range(len(encoded) - 2)]
    pairs = [PAIR + _pair(*encoded[place : place + 2]) for place in range(len(encoded) - 1)]
    return tuple((column,) for column in dict.fromkeys([*triples, *pairs]))


def has_letters(text: str) -> Formula:
    """Names with all these characters in them."""
    encoded = text.encode("utf-8", "surrogatepass")
    return tuple((column,) for column in dict.fromkeys(LETTER + _LETTERS[byte] for byte in encoded))


def starts(character: str) -> Formula:
    """Names whose first letter, or whose first word, begins with a character."""
    return ((FIRST + _class(character),),)


def has_word(word: str) -> Formula:
    """Names in which a word begins with this."""
    return ((INITIAL + _class(word[0]),), *has(word))


def steps(text: str) -> Formula:
    """Names in which each character of a text is followed by the next one, or the next one begins a word."""
    clauses = (
        (PAIR + _pair(ord(one), ord(other)), INITIAL + _LETTERS[ord(other)])
        for one, other in pairwise(text)
        if one.isascii() and other.isascii()
    )
    return tuple(dict.fromkeys(clauses))
