"""The expression that a member belongs to, where it is more than a chain of names: `f(x)[0]` in `f(x)[0].last`."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.draft import readable
from grpc_backend.extract.memories import RECEIVER_CHARACTERS

_IN_RECEIVER: Final = re.compile(r"[\w\x80-\xff.$?!:>\"'-]").match


def receiver_before(text: str, end: int) -> str:
    """The expression before `end`, if it is short and on one line; brackets are kept whole."""
    first = max(0, end - 200)
    blank = text[first + len(text[first:end].rstrip()) : end]
    if blank and "\n" not in blank:
        return ""  # `return .b`: a link goes on after a line's end, not after a blank
    end -= len(blank)
    least = max(0, end - RECEIVER_CHARACTERS)
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
    cut = index == least and index > 0 and _IN_RECEIVER(text[index - 1])
    return "" if depth or cut else readable(text[index:end])
