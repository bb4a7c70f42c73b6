"""Bodies of functions in JavaScript and TypeScript that the parser need not see (see skim.py)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from grpc_backend.extract.languages import ecmascript_hints, ecmascript_words
from grpc_backend.extract.languages.ecmascript_hints import Hints
from grpc_backend.extract.languages.ecmascript_text import Plain, end_of_block, last_word, opening
from grpc_backend.extract.languages.ecmascript_words import Words
from grpc_backend.extract.scanner import WordFinder
from grpc_backend.extract.skim import Range

_KEYWORDS: Final = WordFinder({*ecmascript_hints.KEYWORDS, *ecmascript_words.KEYWORDS}, r"\w$\x80-\xff")
# What stands in braces: nothing that may be left out, a constructor's code, other code of a function.
_OUTSIDE: Final = 0
_CONSTRUCTOR: Final = 1
_CODE: Final = 2
# Shorter blocks stay.
_LEAST: Final = 16
_BEFORE_CHARACTERS: Final = 200
_PARAMETERS_CHARACTERS: Final = 4000
_CONTROLLED: Final = frozenset({"if", "for", "while", "switch", "catch", "with", "await"})
_BLOCKS: Final = frozenset({"else", "try", "finally", "do", "catch"})
_TYPE_PARAMETERS: Final = re.compile(r"<[^;{}()]*+>\Z")
_RETURNED: Final = re.compile(r"\)\s*+:[^;{}=]*+\Z")
_STATEMENT_ENDS: Final = ("", ";", "{", "}")
_OPERATORS: Final = frozenset("=(,:?[|&<+-*/%^!~.")
# How a member's name ends that is no word.
_NAME_ENDS: Final = ("]", '"')
# From right to left: a type after parameters, these, if there is nothing in parentheses in them, and what has them.
_DAEH: Final = re.compile(r"\s*+(?:[\w$>\]\"][\w\s$|&<>\[\].\",]*+:\s*+)?+\)[^()]*+\(\s*+([\w$#\x80-\xff]++)(?!\Z)")
# What a type begins with, and no block.
_MEMBER: Final = re.compile(r"\{\s*+(?:[\[(<\"+-]|(?:readonly|get|set|new)\b|[\w$]++\??\s*+(?:[:<]|\([^;{}]*\)\s*+:))")


class Bodies:
    """Finds them in one text, and the roles of the words in there, which the query does not get to see."""

    def __init__(self, plain: Plain, typed: bool) -> None:
        self._text = plain.text
        places = _KEYWORDS.find(plain.text)
        self._words = Words(plain.text, places, typed)
        self._templates = plain.unread
        self._hints = Hints(plain.text, places)
        self._unread: list[int] = []
        self._looked = 0
        self.ranges = list(self._find())

    def roles(self) -> Iterator[tuple[int, int]]:
        """Offsets and roles of words."""
        roles = sorted(self._words.roles)
        for start, end in self.ranges:
            yield from roles[bisect_left(roles, (start,)) : bisect_left(roles, (end,))]

    def holds(self, offset: int) -> bool:
        """Whether an offset is in one of the ranges."""
        index = bisect_left(self.ranges, (offset,)) - 1
        return index >= 0 and offset < self.ranges[index][1]

    def _find(self) -> Iterator[Range]:
        """Blocks without anything to define, braces included, in order."""
        text = self._text
        position, around = 0, [_OUTSIDE]
        while (start := text.find("{", position)) >= 0:
            closed = min(text.count("}", position, start), len(around) - 1)
            del around[len(around) - closed :]
            kind, is_block = self._kind(start, around[-1])
            position = self._end(start, kind) if is_block and kind != _OUTSIDE else 0
            if not position:
                around.append(kind)
                position = start + 1
            elif position - start >= _LEAST:
                yield start, position

    def _kind(self, start: int, around: int) -> tuple[int, bool]:
        """What is in the braces that open there, and whether they are a block, and no value or type."""
        least = max(0, start - _BEFORE_CHARACTERS)
        head = _DAEH.match(self._text[start - 1 : least : -1]) if start else None
        if head is not None:  # most of them
            return self._after_word(head[1][::-1], start, around), True
        before = self._text[least:start].rstrip()
        end = len(before)
        if before.endswith("=>"):
            return (_OUTSIDE, False) if _MEMBER.match(self._text, start) else (_CODE, True)
        if not before.endswith(")"):
            if before[-1:] in _STATEMENT_ENDS or last_word(before) in _BLOCKS:
                return around, True
            end = before.rfind(")") + 1
            if before[-1] in _OPERATORS or not end or not _RETURNED.match(before, end - 1):
                return (_OUTSIDE if self._hints.is_head(start) else around), False
        return self._after_parameters(least + end, around), True

    def _after_parameters(self, end: int, around: int) -> int:
        """The same for what follows a parenthesis that ends there."""
        text = self._text
        first = opening(text, end, max(0, end - _PARAMETERS_CHARACTERS))
        before = text[max(0, first - _BEFORE_CHARACTERS) : first].rstrip() if first >= 0 else ""
        if before.endswith(">"):
            generic = _TYPE_PARAMETERS.search(before)
            before = before[: generic.start()].rstrip() if generic else ""
        word = last_word(before)
        return self._after_word(word, first, around) if word or before.endswith(_NAME_ENDS) else _OUTSIDE

    def _after_word(self, word: str, end: int, around: int) -> int:
        """The same for what follows a word and its parameters; before `end` there may be the head of a class."""
        if word in _CONTROLLED:
            return around
        if self._hints.is_head(end):
            return _OUTSIDE
        return _CONSTRUCTOR if word == "constructor" else _CODE

    def _end(self, start: int, kind: int) -> int:
        """Where a block ends in which there is nothing to define; 0 if there may be something."""
        index = bisect_left(self._hints.defining, start)
        limit = self._hints.defining[index] if index < len(self._hints.defining) else len(self._text)
        end = end_of_block(self._text, start, limit)
        if not end or (kind == _CONSTRUCTOR and self._text.find("this", start, end) >= 0):
            return 0
        return end if end - start < _LEAST or self._is_read(start, end) else 0

    def _is_read(self, start: int, end: int) -> bool:
        """Whether all words of a block are understood. Of blocks in each other the outermost comes first."""
        if start >= self._looked:
            self._looked = end
            found = [*self._words.look(start, end), *self._hints.methods(start, end)]
            if self._templates:
                first, last = bisect_left(self._templates, start), bisect_left(self._templates, end)
                found += self._templates[first:last]
            self._unread += sorted(found)
        unread = self._unread
        return not unread or unread[-1] < start or bisect_left(unread, start) == bisect_left(unread, end)


def emptied(length: int) -> bytes:
    """A block of that length with nothing in it but a comment."""
    return b"{/*" + b"*" * (length - 6) + b"*/}"
