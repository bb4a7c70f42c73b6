"""What a name has in it, and what bears it (traits.py), as columns of bits: signatures, by which a segment finds names.

A column has one bit a name. Whatever is asked of the names is a formula over few columns, and a formula over
three million names reads some hundred kilobytes a column: bit-sliced signatures, as signature files and BitFunnel
have them. Different characters, pairs and triples share columns, so a formula gives some names too many, and never
too few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from grpc_backend.storage.names import begins

# Characters fall into 64 classes (of their bytes in UTF-8), pairs and triples of neighbours into 256 each.
_CLASSES, _PAIRS, _TRIPLES = 64, 256, 256
# As SQLite's integers have.
_TRAITS = 64
# Any character; the first one, of the name or of its first word; the one behind that; the first one of any word; and
# of the second word.
LETTER, FIRST, NEXT, INITIAL, SECOND = range(0, 5 * _CLASSES, _CLASSES)
PAIR: Final = SECOND + _CLASSES
TRIPLE: Final = PAIR + _PAIRS
# A name's traits, a bit of that number a column.
TRAIT: Final = TRIPLE + _TRIPLES
COLUMNS: Final = TRAIT + _TRAITS
BEGINNINGS: Final = range(FIRST, FIRST + _CLASSES)
ROWS_A_BYTE: Final = 8
END: Final = "\n"

# One of these columns must have the bit; a formula is all of its clauses.
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


def set_columns(
    columns: Bits, first: int, folded: Sequence[str], spaced: Sequence[str], traits: NDArray[np.int64]
) -> None:
    """Set the bits of names in columns of `width`, from number `first` on, a multiple of 8.

    At once for so many names as bits of a byte each fit into a processor's cache.
    """
    turn = _turn(folded, spaced, traits)
    start = first // ROWS_A_BYTE
    columns[:, start : start + turn.shape[1]] = turn


def _turn(folded: Sequence[str], spaced: Sequence[str], traits: NDArray[np.int64]) -> Bits:
    bits = np.zeros((len(folded), COLUMNS), np.bool_)
    bits[:, TRAIT:] = np.unpackbits(traits.astype("<i8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    rows, text = _laid_out([END + name for name in folded])
    bits[rows, LETTER + _CLASS[text]] = True
    bits[rows, PAIR + _pairs(text)] = True
    bits[rows, TRIPLE + _triples(text)] = True
    rows, text = _laid_out(spaced)
    bits[rows, LETTER + _CLASS[text]] = True
    blanks = np.flatnonzero(text[:-1] == ord(" "))
    bits[rows[blanks], INITIAL + _CLASS[text[blanks + 1]]] = True
    _set_pairs_of_words(bits, folded, spaced)
    begun = [begins(name) for name in folded]
    words = [text.split(" ", 3) for text in spaced]  # nothing stands before the first blank
    first = [text[1] if len(text) > 1 else "" for text in words]
    _set(bits, FIRST, begun)
    _set(bits, FIRST, first)
    _set(bits, NEXT, [text[1:2] for text in begun])
    _set(bits, NEXT, [text[1:2] for text in first])
    _set(bits, SECOND, [text[2] if len(text) > 2 else "" for text in words])
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


def _set(bits: NDArray[np.bool_], group: int, texts: Sequence[str]) -> None:
    """Set the bit of the class of each text's first character."""
    rows = np.array([row for row, text in enumerate(texts) if text], np.int64)
    points = [ord(text[0]) for text in texts if text]
    classes = [_LETTERS[point] if point < 128 else _class(chr(point)) for point in points]
    bits[rows, group + np.array(classes, np.int64)] = True


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


def starts(text: str) -> Formula:
    """Names that begin with a text's first two characters, or the first word of which does, whatever sign is before."""
    return tuple((group + _class(character),) for group, character in zip((FIRST, NEXT), text, strict=False))


def has_word(word: str) -> Formula:
    """Names in which a word begins with this."""
    return ((INITIAL + _class(word[0]),), *has(word))


def humps(parts: Sequence[str]) -> Formula:
    """Names whose words, from the first one on, begin with pieces of a text: each character of it is followed by the
    next one, or that begins a word. Each of the text's parts begins a word.
    """
    text = "".join(parts)
    begun = set(accumulate(map(len, parts)))
    clauses = [(FIRST + _class(text[0]),), *(_second_word(parts) if text.isascii() else ())]
    for place, (one, other) in enumerate(pairwise(text), 1):
        if one.isascii() and other.isascii():
            same_word = () if place in begun else (PAIR + _pair(ord(one), ord(other)),)
            clauses.append((*same_word, INITIAL + _LETTERS[ord(other)]))
    return (*dict.fromkeys(clauses), *has_letters(text))


def _second_word(parts: Sequence[str]) -> Iterator[Clause]:
    """Where the second word begins: behind one of the first part's letters."""
    first, then = parts[0], parts[1][:1] if len(parts) > 1 else ""
    second = [SECOND + _LETTERS[ord(letter)] for letter in first[1:] + then]
    yield tuple(dict.fromkeys(second))
    if len(first) > 1:
        yield (NEXT + _LETTERS[ord(first[1])], second[0])
    if len(first) > 2:
        yield (TRIPLE + _triple(*map(ord, first[:3])), *dict.fromkeys(second[:2]))
