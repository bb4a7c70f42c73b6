"""C and C++ texts as the parser gets to see them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_LOOK_BACK: Final = 400
_CLOSING: Final = ");"
# What begins on the left edge and never inside of brackets.
_FRESH: Final = re.compile(r"\n(?:static|typedef|extern|inline|template|namespace)\b")

Range = tuple[int, int]

# Brackets with what is in them, four deep.
BRACKETS: Final = r"\((?:[^()]++|\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\))*+\)"
ARGUMENTS: Final = r"<(?:[^<>;{}()]++|<(?:[^<>;{}()]++|<[^<>;{}()]*+>)*+>)*+>"
NAME: Final = rf"(?:::\s*+)?+[A-Za-z_]\w*+(?:{ARGUMENTS})?+(?:::[A-Za-z_]\w*+(?:{ARGUMENTS})?+)*+"
# What a function takes, as against a macro: nothing, or first of all a type and a name.
PARAMETERS: Final = rf"\(\s*+(?:(?:void\s*+)?+\)|{NAME}(?:\s++|\s*+[*&]++\s*+)[A-Za-z_])"
# Macros between a pointer's star and its name, which are spelled like names.
NULLABILITY: Final = ("absl_nonnull", "absl_nullable", "absl_nullability_unknown", "_Nonnull", "_Nullable")
BLOCK_COMMENT: Final = r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+"
# What follows the quote of a raw string, and how it ends; near enough for any delimiter.
RAW_STRING: Final = r'(?<=R")[^()\s\\"]*+\((?:[^)]++|\)(?![^()\s\\"]*+"))*+(?:\)[^()\s\\"]*+")?+'
_STRING: Final = rf'(?<=")(?:{RAW_STRING}|(?:[^"\\\n]++|\\.)*+")'
_CHARACTER: Final = r"(?<=')(?:[^'\\\n]++|\\.)*+'"
_COMMENT: Final = r"(?<=/)(?:/(?:[^\n\\]++|\\(?:\r\n|.))*+|\*(?:[^*]++|\*(?!/))*+(?:\*/)?+)"
# Begins with characters, which is what makes the search fast.
_NO_CODE: Final = re.compile(rf"""(["'/](?:{_STRING}|{_CHARACTER}|{_COMMENT})?+)""", re.DOTALL)


def without_comments(text: str) -> str:
    """The text with blanks for comments and for the insides of strings, as long as before."""
    pieces = _NO_CODE.split(text)
    for index in range(1, len(pieces), 2):
        piece = pieces[index]
        if len(piece) > 1:
            blanks = " " * len(piece)
            pieces[index] = blanks if piece[0] == "/" else piece[0] + blanks[2:] + piece[0]
    return "".join(pieces)


def unclosed(plain: str) -> Iterator[int]:
    """Where in a text without comments what ends before a declaration has brackets open."""
    position = 0
    for match in _FRESH.finditer(plain):
        start = max(position, match.start() - _LOOK_BACK)
        chunk = plain[start : match.start()].rstrip()
        stop = start + len(chunk)
        chunk = chunk[max(map(chunk.rfind, ";}")) + 1 :]
        if len(chunk) > len(_CLOSING) and chunk.count("(") > chunk.count(")"):
            yield stop
            position = stop


def closed(text: str, ends: Iterable[int]) -> str:
    """The text with brackets closed at these ends: a line half typed costs only itself."""
    pieces: list[str] = []
    position = 0
    for end in ends:
        pieces += [text[position : end - len(_CLOSING)], _CLOSING]
        position = end
    return "".join([*pieces, text[position:]])


def blanked(text: str, ranges: list[Range]) -> str:
    """The text with blanks in these ranges, as long as before."""
    pieces: list[str] = []
    position = 0
    for start, end in sorted(ranges):
        if end > position:
            first = max(start, position)
            pieces += [text[position:first], " " * (end - first)]
            position = end
    return "".join([*pieces, text[position:]])
