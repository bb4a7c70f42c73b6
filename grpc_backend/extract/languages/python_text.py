"""Python texts as the parser gets to see them: without what costs it time and tells nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from grpc_backend.extract.skim import Range

# The grammar looks from each comment in an indented place over all that follow it, which is quadratic in a run of them.
LONG_RUN_COMMENTS: Final = 64
_TRIPLE: Final = r"{q}{q}[^{q}\\]*+(?:(?:\\.|{q}(?!{q}{q}))[^{q}\\]*+)*+(?:{q}{q}{q})?+"
_QUOTED: Final = r"[^{q}\\\n]*+(?:\\.[^{q}\\\n]*+)*+{q}?+"
# What follows the quote that opens a string.
STRING: Final = {quote: f"(?:{_TRIPLE}|{_QUOTED})".replace("{q}", quote) for quote in "\"'"}
_NEXT_COMMENT: Final = r"\n\s*+#[^\n]*+"
_LONG_RUN: Final = re.compile(f"{_NEXT_COMMENT}(?:{_NEXT_COMMENT}){{{LONG_RUN_COMMENTS - 1}}}")
_BLANK_LINES: Final = r"\n(?:[ \t\r]*+\n)*+"
# Of comments that follow each other, those that stand as far in as the one before them.
_STRING_OR_COMMENTS: Final = re.compile(
    rf'"{STRING[chr(34)]}|\'{STRING[chr(39)]}'
    rf"|#[^\n]*+(?:{_BLANK_LINES}([ \t]*+)#[^\n]*+((?:{_BLANK_LINES}\1#[^\n]*+)*+))?+",
    re.DOTALL,
)
# What is further from its line's beginning may be anything.
_LINE_CHARACTERS: Final = 400
_TO_CODE: Final = re.compile(r"(?:\s++|#[^\n]*+)*+")
_INITIALIZERS: Final = frozenset({"__init__", "__post_init__"})
_QUOTES: Final = ('"""', "'''")
_BRACKETS: Final = ("()", "[]", "{}")


def without_long_runs(text: str, source: bytes) -> bytes:
    """The source with blanks for the comments between others that stand as far in, if there is a long run of them."""
    if text.count("#") < LONG_RUN_COMMENTS or not _LONG_RUN.search(text):
        return source
    kept = bytearray(source)
    for match in _STRING_OR_COMMENTS.finditer(text):
        start = match.start(2)
        end = text.rfind("\n", 0, match.end(2))
        if 0 < start < end:
            kept[start:end] = b" " * (end - start)
    return bytes(kept)


def begins_statement(text: str, position: int) -> bool:
    """Whether `class`, `def` or `import` may be a keyword there: first on its line, or after what may be."""
    before = _before_on_line(text, position)
    if not before or before.isspace():
        return True
    if text.startswith("import", position):
        return "from" in before or before.rstrip().endswith((":", ";"))
    return before.strip() == "async"


def _before_on_line(text: str, position: int) -> str | None:
    """What stands before a place on its line; None if that is long."""
    least = max(0, position - _LINE_CHARACTERS)
    line = text.rfind("\n", least, position) + 1
    return text[line:position] if line or not least else None


def bodies(text: str, hints: Sequence[int]) -> Iterator[Range]:
    """The bodies of functions in which there is nothing to define: no hint, and all is closed that is opened.

    From the first statement to the end of the last one. Comments stay: they tell where a block ends.
    """
    is_balanced = _is_balanced(text)
    for position, limit in pairwise((*hints, len(text))):
        if text.startswith("def", position):
            before = _before_on_line(text, position)
            margin = before and before.removesuffix("async ")
            if margin is not None and (not margin or margin.isspace()):
                match = _function(margin).match(text, position, limit)
                if match is not None and (span := _statements(text, match)) and (is_balanced or _is_balanced(match[2])):
                    yield span


def _statements(text: str, match: re.Match[str]) -> Range | None:
    """Where the statements of a function are, if they end before the next hint, and it is sure where."""
    begin, end = match.span(2)
    if match[1] in _INITIALIZERS or (end == match.endpos < len(text) and text[end - 1] != "\n"):
        return None
    body = match[2].rstrip()
    if any(body.count(quotes) % 2 for quotes in _QUOTES):
        return None
    code = _TO_CODE.match(text, begin, end)
    assert code is not None  # it matches nothing, if need be
    start, stop = code.end(), begin + len(body)
    if text.find("#", text.rfind("\n", begin, stop) + 1 or begin, stop) >= 0:
        stop = _end_of_code(text, start, stop)
    return (start, stop) if stop > start else None


@lru_cache(maxsize=256)
def _function(margin: str) -> re.Pattern[str]:
    """A function so far in, from its `def` on: its name, and the lines that stand further in.

    Its head ends at a colon that ends a line; in it are only names, brackets and short strings, and what goes on over
    lines stands further in, or begins with what closes a bracket.
    """
    line_end = r"[ \t\r]*+(?:#[^\n]*+)?+\n"
    head = rf"[^#\n:]++|:(?!{line_end})|\n(?={margin}[ \t)\]}}]|[ \t\r]*+\n)"
    lines = rf"{margin}[ \t]++[^\n]*+(?:\n|\Z)|[ \t\r\f]*+\n"
    return re.compile(rf"def[ \t]++([^\W\d][\w\x80-\xff]*+)\((?:{head})*+:{line_end}((?:{lines})++)")


def _end_of_code(text: str, start: int, end: int) -> int:
    """Where the last line ends that is no comment, without the comment on it; 0 if that is not sure."""
    while True:
        end = start + len(text[start:end].rstrip())
        line = text.rfind("\n", start, end) + 1 or start
        sign = text.find("#", line, end)
        if sign < 0:
            return end
        code = text[line:sign]
        if code and not code.isspace():
            return 0 if '"' in text[line:end] or "'" in text[line:end] else line + len(code.rstrip())
        if line == start:
            return 0
        end = line


def _is_balanced(text: str) -> bool:
    """Whether as many brackets are closed as are opened, of each kind."""
    return all(text.count(opening) == text.count(closing) for opening, closing in _BRACKETS)
