"""JavaScript and TypeScript texts without what is no code, for those who look for brackets and words in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from grpc_backend.extract import words
from grpc_backend.extract.compiled import scan
from grpc_backend.extract.skim import Range

_TEMPLATE_DEPTH: Final = 3
_BLOCK_DEPTH: Final = 8
# How many parentheses are looked at for the one that is opened where another is closed.
_TRIES: Final = 40
_DROW: Final = re.compile(r"[\w$#\x80-\xff]++")
_WORD_CHARACTERS: Final = 60
# A slash after these begins a regular expression.
_OPERATORS: Final = r"(,=:\[!&|?{};+*%~^>\-"
_KEYWORDS: Final = ("return", "case", "typeof", "in", "of", "delete", "void", "throw", "else", "do", "yield", "await")
_BEFORE_REGEX: Final = re.compile(rf"(?:[{_OPERATORS}]|(?<![\w$.])(?:{'|'.join(_KEYWORDS)}))\Z")
_QUOTED: Final = rf'"{words.DOUBLE_QUOTED}|\'{words.SINGLE_QUOTED}'
_COMMENT: Final = r"//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+"
# Begins with the slash: only where each alternative begins with a letter does `re` skip to these at full speed.
_REGEX: Final = (
    rf"/(?:(?<=[{_OPERATORS}\n\t]/)|(?<=[{_OPERATORS} ] /)|(?<=return /)|(?<=case /))"
    r"(?<!\+\+/)(?<!--/)(?<!\+\+ /)(?<!-- /)"
    r"(?![> ])(?:[^/\\\[\n<]++|<(?!/)|\\.|\[(?:[^\]\\\n]++|\\.)*+\])++/\w*+"
)


def _template(depth: int) -> str:
    return rf"`(?:[^`\\$]++|\\.|\$(?!\{{)|\$\{{{_code(depth)}\}})*+`"


def _code(depth: int) -> str:
    nested = rf"|\{{{_code(depth - 1)}\}}|{_template(depth - 1)}" if depth else ""
    return rf"(?:[^{{}}`\"'/]++|{_QUOTED}|{_COMMENT}|/{nested})*+"


_TEMPLATE: Final = re.compile(_template(_TEMPLATE_DEPTH), re.DOTALL)
# A template that is not understood goes on to the end.
_NO_CODE: Final = re.compile(rf"({_COMMENT}|{_QUOTED}|{_TEMPLATE.pattern}|{_REGEX}|/|`.*+)", re.DOTALL)
# What stands in the place of each, by its first character: comments are blanks, and so are regular expressions.
_FILLERS: Final = {"/": " ", '"': '"', "'": '"', "`": '"'}
# In a template, what is escaped, and code; group 1: code in which all words are read.
_IN_TEMPLATE: Final = re.compile(r"\\.|\$\{((?:(?!\b(?:as|new|function|class)\b)[^{}`\"'/<>=:])*+\})?", re.DOTALL)


def nested(opening: str, closing: str, depth: int) -> str:
    """A pattern for what is in brackets, with at most so many levels of them inside."""
    inner = rf"|{nested(opening, closing, depth - 1)}" if depth else ""
    return rf"\{opening}(?:[^\{opening}\{closing}]++{inner})*+\{closing}"


_BLOCK: Final = re.compile(nested("{", "}", _BLOCK_DEPTH))


def end_of_block(plain: str, start: int, limit: int) -> int:
    """Where the braces that open at `start` are closed, before `limit`; 0 if they are not, or hold very many levels."""
    if scan is not None:
        found: int = scan.end_of_brackets(plain, start, limit, "{}", _BLOCK_DEPTH)
        return found
    block = _BLOCK.match(plain, start, limit)
    return block.end() if block is not None else 0


def opening(plain: str, end: int, least: int) -> int:
    """Where the parenthesis is opened that is closed before `end`; -1 if that is not near."""
    start = end
    for _ in range(_TRIES):
        start = plain.rfind("(", least, start)
        if start < 0 or plain.count("(", start, end) == plain.count(")", start, end):
            return start
    return -1


def last_word(text: str) -> str:
    """The word that a text ends with; "" for none."""
    match = _DROW.match(text[: -_WORD_CHARACTERS - 1 : -1])
    return match[0][::-1] if match else ""


class Plain(NamedTuple):
    """A text as long as the file, with blanks for comments and quotes for strings.

    `masks` are what the query masks where it sees it (the texts of templates, regular expressions), in order;
    `unread` the beginnings of templates that have more than simple code in them.
    """

    text: str
    masks: list[Range]
    unread: list[int]


def plain_text(text: str) -> Plain | None:
    """Take out what is no code; None where it is not sure what that is, and where there are elements of JSX."""
    plain, special = _cut_out(text)
    if special and _is_endless(text, *special[-1]):
        return None
    found = Plain(plain, [], [])
    for start, end in special:
        if text[start] == "`":
            codes = [code for code in _IN_TEMPLATE.finditer(text[start:end]) if code[0][0] == "$"]
            found.masks.extend(_masks(codes, start, end))
            if not all(code[1] for code in codes):
                found.unread.append(start)
        elif _begins_regex(plain, start) != (end - start > 1):
            return None
        elif end - start > 1:
            found.masks.append((start, end))
    return found


def _cut_out(text: str) -> tuple[str, list[Range]]:
    """The text without what is no code, and where there are templates, regular expressions and other slashes."""
    if scan is not None:
        found: tuple[str, list[Range]] = scan.cut_out(text, _NO_CODE.match)
        return found
    pieces = _NO_CODE.split(text)
    tokens = pieces[1::2]
    pieces[1::2] = [_FILLERS[token[0]] * len(token) for token in tokens]
    ends = list(accumulate(map(len, pieces)))
    special = [
        (ends[2 * index], ends[2 * index + 1])
        for index, token in enumerate(tokens)
        if token[0] == "`" or (token[0] == "/" and token[1:2] not in {"/", "*"})
    ]
    return "".join(pieces), special


def _is_endless(text: str, start: int, end: int) -> bool:
    """Whether a template that is not understood takes all that is left."""
    return end == len(text) and text[start] == "`" and not _TEMPLATE.fullmatch(text, start)


def _begins_regex(plain: str, start: int) -> bool | None:
    """Whether a regular expression begins at a slash, or it divides; None in a tag of JSX."""
    before = plain[max(0, start - 40) : start].rstrip()
    if before.endswith("<") or (plain.startswith(">", start + 1) and not before.endswith("(")):
        return None
    return not before or _BEFORE_REGEX.search(before) is not None


def _masks(codes: list[re.Match[str]], start: int, end: int) -> Iterator[Range]:
    """The ranges of a template's texts, each with the sign of the code after it."""
    position = start + 1
    for code in codes:
        yield position, start + code.start() + 2
        position = start + code.end()
    yield position, end - 1
