"""Where a definition ends by its indentation, for code that the parser got lost in."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

# A definition whose end is not found in so much of the text ends with its line.
_FAR_CHARACTERS: Final = 20_000


def end_by_margin(text: str, start: int, limit: int, closers: str = "") -> int:
    """The end of the last line that is indented further than that of `start`; a closer on the next line counts in."""
    line = text.rfind("\n", 0, start) + 1
    least = text.find("\n", start, limit)
    if least < 0:
        return limit
    found = _outdented(min(start - line, 200)).search(text, least, min(limit, least + _FAR_CHARACTERS))
    end = found.start() if found else (limit if limit <= least + _FAR_CHARACTERS else least)
    if found and closers and text[found.end() : found.end() + 1] in closers:
        return found.end() + 1
    return start + len(text[start:end].rstrip())


@cache
def _outdented(indent: int) -> re.Pattern[str]:
    """A line that is no further indented than this and not blank."""
    return re.compile(rf"\n(?![ \t]{{{indent + 1}}})[ \t]*+(?=[^\s#])")
