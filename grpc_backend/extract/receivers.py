"""The expression that a member belongs to, where it is more than a chain of names: `f(x)[0]` in `f(x)[0].last`."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.draft import readable
from grpc_backend.extract.memories import RECEIVER_CHARACTERS

_SIGNS: Final = r"[\w\x80-\xff.$?!:>\"'-]"
_IN_RECEIVER: Final = re.compile(_SIGNS).match
_DEEPEST: Final = 4


def _reversed(depth: int) -> str:
    """Brackets with what is in them, from their end on."""
    inner = f"(?:[^()\\[\\]\\n]++|{_reversed(depth - 1)})*+" if depth else r"[^()\[\]\n]*+"
    return rf"[)\]]{inner}[(\[]"


_BACKWARDS: Final = re.compile(rf"(?:{_SIGNS}++|{_reversed(_DEEPEST)})*+(?![)\]])")


def receiver_before(text: str, end: int) -> str:
    """The expression before `end`, if it is short and on one line; brackets are kept whole."""
    first = max(0, end - 200)
    blank = text[first + len(text[first:end].rstrip()) : end]
    if blank and "\n" not in blank:
        return ""  # `return .b`: a link goes on after a line's end, not after a blank
    end -= len(blank)
    least = max(0, end - RECEIVER_CHARACTERS)
    found = _BACKWARDS.match(text[least:end][::-1])
    start = end - found.end() if found else _start(text, least, end)
    cut = start == least and start > 0 and _IN_RECEIVER(text[start - 1])
    return "" if cut else readable(text[start:end])


def _start(text: str, least: int, end: int) -> int:
    """Where an expression with deeper brackets begins, or its end if they are not closed."""
    depth, index = 0, end
    while index > least:
        character = text[index - 1]
        if character in ")]":
            depth += 1
        elif character in "([":
            if not depth:
                break
            depth -= 1
        elif character == "\n" or (not depth and not _IN_RECEIVER(character)):
            break
        index -= 1
    return end if depth else index
