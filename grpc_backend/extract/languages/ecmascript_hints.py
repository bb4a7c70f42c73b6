"""Where JavaScript and TypeScript define something, of what stands inside functions.

All here look at a plain text (see ecmascript_text.py). What is not sure counts as a hint: that costs a look at the
syntax tree, and no more.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grpc_backend.extract.languages.ecmascript_text import BLOCK

# What a class or the like begins with, before its name.
_HEADS: Final = ("class", "interface", "enum", "namespace", "module")
_DEFINING: Final = (*_HEADS, "type", "exports", "prototype", "function")
# Words that are so only with something after them.
_FOLLOWED: Final = {
    "module": re.compile(r"\s+[\w$\"]"),
    "type": re.compile(r"\s+[\w$]+\s*[=<]"),
}
_IS_LETTER: Final = np.array([letter >= 128 or chr(letter).isalnum() or chr(letter) in "_$" for letter in range(256)])
_BEGINNING: Final = 4
# No word that is looked for is longer.
_LONGEST: Final = 12
_ANONYMOUS: Final = re.compile(r"\s*+\*?\s*+\(")
_ARGUMENT: Final = re.compile(r"[(,]\s*+(?:async\s++)?+\Z")
_ARGUMENT_CHARACTERS: Final = 40
_HEAD_CHARACTERS: Final = 200
_BLANK: Final = 32
# A brace where a value is expected, or, at a line's beginning, maybe.
_OBJECT: Final = re.compile(r"\{(?:(?<=[=(,:?\[|&>]\{)|(?<=[=(,:?\[|&]\s\{)|(?<=\s\s\{)|(?<=return \{))(?<![=]>\{)")
# In an object, something in braces that is no value.
_METHOD: Final = re.compile(r"(?:[^\s(,:=\[?|&.+!~{>]|(?<!=)>)\s*+\{")


class Places:
    """Finds words and signs in a plain text: comparing arrays of numbers takes a fifth of what searches take."""

    def __init__(self, plain: str) -> None:
        letters = np.frombuffer(b"\0%b%b" % (plain.encode("latin-1"), bytes(_LONGEST)), np.uint8)
        is_letter = _IS_LETTER[letters]
        # Where words begin, and the first four letters of each, as one number.
        self._starts = np.flatnonzero(is_letter[1:] & ~is_letter[:-1])
        self._beginnings = np.zeros(len(self._starts), np.uint32)
        for index in range(_BEGINNING):
            self._beginnings |= letters[1 + index :][self._starts].astype(np.uint32) << 8 * index
        self._letters, self._is_letter = letters[1:], is_letter[1:]

    def of(self, word: str, is_spaced: bool = False) -> NDArray[np.int64]:
        """Where a word may stand, by its beginning and its length; if `is_spaced`, with a blank after it."""
        beginning = int.from_bytes(word[:_BEGINNING].encode(), "little")
        known = self._beginnings if len(word) >= _BEGINNING else self._beginnings & ((1 << 8 * len(word)) - 1)
        places = self._starts[known == beginning]
        ends = places + len(word)
        return places[self._letters[ends] <= _BLANK] if is_spaced else places[~self._is_letter[ends]]

    def of_sign(self, sign: str) -> NDArray[np.int64]:
        """Where a sign stands."""
        letters, last = self._letters, len(self._letters) - len(sign) + 1
        found = letters[:last] == ord(sign[0])
        for index in range(1, len(sign)):
            found &= letters[index : last + index] == ord(sign[index])
        return np.flatnonzero(found)


class Hints:
    """Where something may be defined."""

    def __init__(self, plain: str, places: Places) -> None:
        self._plain = plain
        # Where what defines something stands; where the heads of classes and the like begin; both in order.
        self.defining: list[int] = []
        self._heads: list[int] = []
        for word in _DEFINING:
            found = places.of(word, is_spaced=word in _FOLLOWED).tolist()
            self.defining += (start for start in found if self._defines(word, start))
            if word == _HEADS[-1]:
                self._heads = sorted(self.defining)
        self.defining.sort()

    def _defines(self, word: str, start: int) -> bool:
        plain, end = self._plain, start + len(word)
        if not plain.startswith(word, start):
            return False
        if word == "function":  # one without a name that is an argument defines nothing
            is_argument = _ARGUMENT.search(plain, max(0, start - _ARGUMENT_CHARACTERS), start)
            return not is_argument or not _ANONYMOUS.match(plain, end)
        return word not in _FOLLOWED or _FOLLOWED[word].match(plain, end) is not None

    def is_head(self, end: int) -> bool:
        """Whether what stands before a brace, or before what ends there, is the head of a class or the like."""
        index = bisect_left(self._heads, end) - 1
        if index < 0 or self._heads[index] < end - _HEAD_CHARACTERS:
            return False
        return not any(self._plain.find(sign, self._heads[index], end) >= 0 for sign in ";{}")

    def methods(self, start: int, end: int) -> Iterator[int]:
        """Where in a range objects with methods begin."""
        for match in _OBJECT.finditer(self._plain, start, end):
            block = BLOCK.match(self._plain, match.start())
            if block is None or _METHOD.search(self._plain, match.end(), block.end()):
                yield match.start()
