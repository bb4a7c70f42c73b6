"""Where JavaScript and TypeScript define something, of what stands inside functions.

All here look at a plain text (see ecmascript_text.py). What is not sure counts as a hint: that costs a look at the
syntax tree, and no more.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain
from typing import Final

from grpc_backend.extract.languages.ecmascript_text import end_of_block

# What a class or the like begins with, before its name; what else defines something.
_HEADS: Final = ("class", "interface", "enum", "namespace")
_OTHERS: Final = ("exports", "prototype")
_MODULE: Final = re.compile(r"module\s+[\w$\"]")
_ALIAS: Final = re.compile(r"type\s+[\w$]+\s*[=<]")
KEYWORDS: Final = (*_HEADS, *_OTHERS, "module", "type", "function")
_ANONYMOUS: Final = re.compile(r"\s*+\*?\s*+\(")
_ARGUMENT: Final = re.compile(r"[(,]\s*+(?:async\s++)?+\Z")
_ARGUMENT_CHARACTERS: Final = 40
_BLANK_CHARACTERS: Final = 100
_HEAD_CHARACTERS: Final = 200
# A brace where a value is expected, or, at a line's beginning, maybe.
_OBJECT: Final = re.compile(r"\{(?:(?<=[=(,:?\[|&>]\{)|(?<=[=(,:?\[|&]\s\{)|(?<=\s\s\{)|(?<=return \{))(?<![=]>\{)")
# After these, what is in braces in an object is a value.
_BEFORE_VALUES: Final = frozenset("(,:=[?|&.+!~{")


class Hints:
    """Where something may be defined."""

    def __init__(self, plain: str, places: dict[str, list[int]]) -> None:
        """`places` are those of `KEYWORDS`."""
        self._plain = plain
        modules = [place for place in places["module"] if _MODULE.match(plain, place)]
        aliases = [place for place in places["type"] if _ALIAS.match(plain, place)]
        # Where the heads of classes and the like begin; where all that defines something stands; both in order.
        self._heads = sorted(chain(modules, *(places[word] for word in _HEADS)))
        others = chain(aliases, *(places[word] for word in _OTHERS))
        self.defining = sorted([*self._heads, *others, *filter(self._defines, places["function"])])

    def _defines(self, function: int) -> bool:
        """Whether that is not a function without a name that is an argument."""
        is_argument = _ARGUMENT.search(self._plain, max(0, function - _ARGUMENT_CHARACTERS), function)
        return not is_argument or not _ANONYMOUS.match(self._plain, function + len("function"))

    def is_head(self, end: int) -> bool:
        """Whether what stands before a brace, or before what ends there, is the head of a class or the like."""
        index = bisect_left(self._heads, end) - 1
        if index < 0 or self._heads[index] < end - _HEAD_CHARACTERS:
            return False
        return not any(self._plain.find(sign, self._heads[index], end) >= 0 for sign in ";{}")

    def methods(self, start: int, end: int) -> Iterator[int]:
        """Where in a range objects with methods begin."""
        for match in _OBJECT.finditer(self._plain, start, end):
            end = end_of_block(self._plain, match.start(), len(self._plain))
            if not end or self._has_method(match.end(), end):
                yield match.start()

    def _has_method(self, start: int, end: int) -> bool:
        """Whether in an object there is something in braces that is no value."""
        plain = self._plain
        brace = plain.find("{", start, end)
        while brace >= 0:
            before = plain[max(start, brace - _BLANK_CHARACTERS) : brace].rstrip()
            sign = before[-1:]
            if sign and sign not in _BEFORE_VALUES and not before.endswith("=>"):
                return True
            brace = plain.find("{", brace + 1, end)
        return False
