"""What words inside functions of JavaScript and TypeScript mean beyond their neighbours: types and parameters.

What the syntax tree says where the parser sees it, said of a plain text (see ecmascript_text.py).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from grpc_backend.extract.languages.ecmascript_text import last_word, nested, opening
from grpc_backend.extract.rules import HIDDEN
from grpc_backend.model import Role

_NAME: Final = r"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*+"
_TYPE_CHARACTERS: Final = r"\w$.,|&\s\"\x80-\xff"


def _listing(opening: str, closing: str, depth: int) -> str:
    inner = f"|{_listing('<', '>', depth - 1)}|{_listing('[', ']', depth - 1)}" if depth else ""
    return rf"\{opening}(?:[{_TYPE_CHARACTERS}]++{inner})*+\{closing}"


# Types without signatures, members, conditions.
_TYPE: Final = (
    rf"(?:(?:(?:readonly|keyof|typeof)\s++)*+(?:{_NAME}(?:\.{_NAME})*+(?:{_listing('<', '>', 2)})?+|\"++|-?\d++"
    rf"|{_listing('[', ']', 2)})(?:\[\])*+(?:\s*+[|&]\s*+(?=[\w$\"\[-]))?+)++"
)
# No more of the type comes.
_COMPLETE: Final = r"(?!\s*(?:[\[<({.]|=>|[|&](?![|&])|extends\b|is\b))"
_COMPLETE_TYPE: Final = re.compile(_TYPE + _COMPLETE)
_TYPE_WORD: Final = re.compile(rf"typeof\s+{_NAME}(?:\.{_NAME})*+|(?:{_NAME}\.)*+({_NAME})")
_NO_TYPE_NAMES: Final = frozenset(
    "any unknown never string number boolean symbol object bigint void null undefined true false this const readonly "
    "keyof typeof unique".split()
)
_PATTERN: Final = rf"(?:{nested('{', '}', 3)}|{nested('[', ']', 3)})"
_DEFAULT: Final = r"[^,(){}\[\]=<>]++"
_PARAMETER: Final = rf"(?:\.\.\.\s*)?(?:({_NAME})|{_PATTERN})\s*\??\s*(?::\s*({_TYPE}){_COMPLETE})?(?:=\s*{_DEFAULT})?"
_UNNAMED: Final = _PARAMETER.replace(f"({_NAME})", _NAME).replace(f"({_TYPE})", _TYPE)
_PARAMETERS: Final = rf"\(\s*(?:{_UNNAMED}(?:\s*,\s*{_UNNAMED})*+\s*,?\s*)?\)"
_ITEM: Final = re.compile(rf"(?<=[(,])\s*{_PARAMETER}(?=\s*[,)])")
_SIGNATURE: Final = rf"({_PARAMETERS})(?:\s*:\s*({_TYPE}))?\s*"
_ARROW: Final = re.compile(_SIGNATURE + "=>")
_FUNCTION: Final = re.compile(rf"function\s*+\*?\s*+{_SIGNATURE}\{{")
_RETURNED: Final = re.compile(r"\)\s*+:[^;{}=]*+\Z")
_BEFORE_SINGLE: Final = frozenset("(,=?[&|{;>+-!")
_KEYWORDS_BEFORE_SINGLE: Final = frozenset({"async", "return", "yield", "await", "default", "of", "in"})
# What gives a function a name.
_BINDING: Final = re.compile(r"[=:]\s*+(?:async\s*+)?+(?:<[^;{}()]*+>\s*+)?+\Z")
_BEFORE_CHARACTERS: Final = 120
_PIECE: Final = rf"(?:[^(){{}}\[\],;\n]++|(?<==)\s++|{nested('(', ')', 6)}|{nested('{', '}', 6)}|{nested('[', ']', 6)})"
# A name with an annotation in a declaration: the first one, up to its type; a later one.
_FIRST: Final = re.compile(rf"(?:let|const|var)\s+(?:{_NAME}|{_PATTERN})\s*!?\s*:\s*")
_LATER: Final = re.compile(
    rf"(?:let|const|var)\b\s*(?:(?:{_PIECE})*+,(?!\s*{_NAME}\s*!?\s*:))*+(?:{_PIECE})*+,\s*{_NAME}\s*!?\s*:"
)
# A declaration of one name, without an annotation.
_UNTYPED: Final = re.compile(rf"\w++\s++{_NAME}\s*+=[^,;\n]*+;")
_ASSERTION: Final = re.compile(r"(?:as|satisfies)\s++(const\b)?+")
_LESS: Final = re.compile(r"<(?<!<<)(?:(?=[\w$({\[\"<\x80-\xff])|(?<=[\w$\x80-\xff]<)(?=\s))")
_ARGUMENTS: Final = re.compile(rf"<\s*{_TYPE}(?:\s*,\s*{_TYPE})*+\s*>")
_GENERIC_FUNCTION: Final = re.compile(rf"{nested('(', ')', 6)}\s*(?:=>|:|\{{)")
_CAST_OF: Final = re.compile(r"[\w$({\[\"`<\x80-\xff]")
_CREATED: Final = re.compile(rf"new\s+{_NAME}(?:\.{_NAME})++(?!\s*[(<.\[])")
_STATEMENT_CHARACTERS: Final = 2000
_KIND_BITS: Final = 4
_KIND_MASK: Final = (1 << _KIND_BITS) - 1
# What is looked at closely: signs, and words with what has to follow them.
_SIGNS: Final = {"=>": re.compile("=>"), "<": _LESS}
_FOLLOWED: Final = {
    "new": re.compile(r"new\s"),
    "as": re.compile(r"as\s"),
    "satisfies": re.compile(r"satisfies\s"),
    "break": re.compile(r"break[ \t]+[\w$]"),
    "continue": re.compile(r"continue[ \t]+[\w$]"),
}
KEYWORDS: Final = (*_FOLLOWED, "function", "let", "const", "var")


class Words:
    """Takes note of what words mean, range by range: `roles` of those at an offset, in no order."""

    def __init__(self, plain: str, places: dict[str, list[int]], typed: bool) -> None:
        """`places` are those of `KEYWORDS`."""
        self._plain = plain
        self.roles: list[tuple[int, int]] = []
        readers = {"=>": self._arrow, "function": self._function, "new": self._created}
        readers |= dict.fromkeys(("break", "continue"), self._jump)
        if typed:
            readers |= dict.fromkeys(("let", "const", "var"), self._declaration)
            readers |= dict.fromkeys(("as", "satisfies"), self._assertion)
            readers["<"] = self._less
        self._readers = list(readers.values())
        # Places with the numbers of their readers in the low bits, in order.
        self._found = sorted(
            place << _KIND_BITS | kind for kind, text in enumerate(readers) for place in self._places(text, places)
        )

    def _places(self, text: str, places: dict[str, list[int]]) -> Iterable[int]:
        """Where a sign or a keyword stands that has to be looked at."""
        if sign := _SIGNS.get(text):
            return [match.start() for match in sign.finditer(self._plain)]
        followed = _FOLLOWED.get(text)
        return [place for place in places[text] if followed.match(self._plain, place)] if followed else places[text]

    def look(self, start: int, end: int) -> list[int]:
        """Go through a range; where words are that are not understood."""
        found, readers = self._found, self._readers
        first = bisect_left(found, start << _KIND_BITS)
        last = bisect_left(found, end << _KIND_BITS, first)
        return [
            place >> _KIND_BITS for place in found[first:last] if not readers[place & _KIND_MASK](place >> _KIND_BITS)
        ]

    def _arrow(self, arrow: int) -> bool:
        """The parameters before an arrow; False if they are not understood, or the function is given a name."""
        least = max(0, arrow - _BEFORE_CHARACTERS)
        before = self._plain[least:arrow].rstrip()
        if not before.endswith(")"):
            end = before.rfind(")")
            if end < 0 or not _RETURNED.match(before, end):
                return self._single(least, before)
            before = before[: end + 1]
        first = opening(self._plain, least + len(before), least)
        if first < 0 or _BINDING.search(self._plain, max(0, first - _BEFORE_CHARACTERS), first):
            return False
        return self._signature(_ARROW.match(self._plain, first, arrow + 2))

    def _single(self, least: int, before: str) -> bool:
        """The same for a parameter without parentheses, which ends what stands before the arrow."""
        word = last_word(before)
        rest = before[: len(before) - len(word)].rstrip()
        if not word or not rest or not (rest[-1] in _BEFORE_SINGLE or last_word(rest) in _KEYWORDS_BEFORE_SINGLE):
            return False
        self.roles.append((least + len(before) - len(word), HIDDEN))
        return not _BINDING.search(rest)

    def _function(self, place: int) -> bool:
        return self._signature(_FUNCTION.match(self._plain, place))

    def _signature(self, match: re.Match[str] | None) -> bool:
        if match is None:
            return False
        for item in _ITEM.finditer(self._plain, *match.span(1)):
            if item[1] and item[1] != "this":
                self.roles.append((item.start(1), HIDDEN))
            if item[2]:
                self._type(*item.span(2))
        if match[2]:
            self._type(*match.span(2))
        return True

    def _type(self, start: int, end: int) -> None:
        for word in _TYPE_WORD.finditer(self._plain, start, end):
            if word[1] and word[0] not in _NO_TYPE_NAMES:
                self.roles.append((word.start(1), Role.TYPE))

    def _complete_type(self, position: int) -> bool:
        match = _COMPLETE_TYPE.match(self._plain, position)
        if match is not None:
            self._type(*match.span())
        return match is not None

    def _assertion(self, place: int) -> bool:
        match = _ASSERTION.match(self._plain, place)
        return match is None or match[1] is not None or self._complete_type(match.end())

    def _declaration(self, place: int) -> bool:
        plain = self._plain
        if _UNTYPED.match(plain, place):  # most of them
            return True
        end = plain.find(";", place, place + _STATEMENT_CHARACTERS)
        if plain.find(",", place, end if end >= 0 else place + _STATEMENT_CHARACTERS) >= 0 and _LATER.match(
            plain, place
        ):
            return False
        first = _FIRST.match(plain, place)
        return first is None or self._complete_type(first.end())

    def _less(self, place: int) -> bool:
        """Type arguments, and casts; False if that is not understood."""
        plain = self._plain
        listing = _ARGUMENTS.match(plain, place)
        if listing is None:
            return False
        after = plain[listing.end() : listing.end() + 1]
        called = last_word(plain[max(0, place - _BEFORE_CHARACTERS) : place])
        if called:
            if after not in {"(", '"'}:
                return False
            self.roles.append((place - len(called), Role.CALL))
        elif not _CAST_OF.match(after) or (after == "(" and _GENERIC_FUNCTION.match(plain, listing.end())):
            return False
        self._type(*listing.span())
        return True

    def _jump(self, _: int) -> bool:
        """A label is no use of a name."""
        return False

    def _created(self, place: int) -> bool:
        """What is created without arguments is a call nevertheless."""
        return not _CREATED.match(self._plain, place)
