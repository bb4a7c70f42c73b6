"""Bodies of functions in C and C++ that the parser need not see (see skim.py)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from grpc_backend.extract.languages.c_text import PARAMETERS, Range
from grpc_backend.extract.skim import replaced

_DEEPEST: Final = 10
# The brace after a function's parameters, or after a statement's head.
_HEAD_END: Final = re.compile(r"\)(?:\s*+(?:const|noexcept|override|final)\b)*+\s*+(?=\{)")
# A macro with arguments after a type's name, as against a function that returns one.
_TRAILER: Final = rf"\s++\w++\s++\w++\s*+(?!{PARAMETERS})\("
# What makes brackets stand in the head of a type; begins with characters, which is what makes the search fast.
_TYPE_HEADS: Final = {
    **{
        word: re.compile(rf"{word}(?<!\w{word})\b(?:\s*+\w*+\s*+\(|{_TRAILER}|[^;{{}}:]*+(?:::++[^;{{}}:]*+)*+:)")
        for word in ("struct", "union", "enum", "class", "namespace")
    },
    **{word: re.compile(word) for word in ("attribute", "declspec", "alignas")},
}
# A type in brackets, before the values of one.
_VALUE_HEAD: Final = re.compile(r"(?:[=,(]|\breturn)\s*+\([^()]*+\)\s*+\Z")
_HEAD_CHARACTERS: Final = 400
# Shorter blocks stay; `{;/**/}` is the shortest that can take their place.
_LEAST: Final = 7


def _block(depth: int) -> str:
    return rf"\{{(?:[^{{}}]++|{_block(depth - 1)})*+\}}" if depth else r"\{[^{}]*+\}"


_BLOCK: Final = re.compile(_block(_DEEPEST))


def bodies(plain: str, hints: Sequence[int]) -> Iterator[Range]:
    """Blocks without hints, braces included; `plain` has no comments, directives, and nothing in its strings."""
    is_balanced = plain.count("(") == plain.count(")")
    position = 0
    while (head := _HEAD_END.search(plain, position)) is not None:
        position = start = head.end()
        index = bisect_left(hints, start)
        block = _BLOCK.match(plain, start, hints[index] if index < len(hints) else len(plain))
        if block is None or _is_no_code(plain, start, block[0]):
            position += 1
        else:
            position = block.end()
            if position - start >= _LEAST and (is_balanced or block[0].count("(") == block[0].count(")")):
                yield block.span()


def _is_no_code(plain: str, start: int, block: str) -> bool:
    """Whether the block that begins there may be that of a type, or of a value."""
    least = max(0, start - _HEAD_CHARACTERS)
    for end in ";{}":
        least = max(least, plain.rfind(end, least, start))
    head = plain[least:start].lower()
    is_list = ";" not in block and ("enum" in head or (_VALUE_HEAD.search(head) and "operator" not in head))
    return is_list or any(word in head and pattern.search(head) for word, pattern in _TYPE_HEADS.items())


def emptied(length: int) -> str:
    """A block of that length with nothing in it but a comment, and what no list of values has."""
    return "{;/" + "*" * (length - 5) + "/}"


class Shortened:
    """A text in which these blocks are as short as can be, for those who look for other things in it."""

    _BLOCK: Final = "{;}"

    def __init__(self, plain: str, blocks: Sequence[Range]) -> None:
        self.text = replaced(plain, blocks, lambda _: self._BLOCK)
        # What was left out up to the end of each block, and where in the short text that is.
        self._left_out = [0, *accumulate(end - start - len(self._BLOCK) for start, end in blocks)]
        self._ends = [end - left_out for (_, end), left_out in zip(blocks, self._left_out[1:], strict=True)]

    def place(self, offset: int) -> int:
        """Where an offset of the short text is in the text."""
        return offset + self._left_out[bisect_right(self._ends, offset)]
