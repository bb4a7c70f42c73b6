"""Where a text may define something: what a syntax tree is looked into for, and a body left to the parser."""

from __future__ import annotations

import re


def hint_positions(text: str, hints: tuple[str, ...], pattern: re.Pattern[str] | None = None) -> list[int]:
    """Where any of the hints occurs, and the pattern matches, if there is one; in order."""
    found: list[int] = []
    for hint in hints:
        position = text.find(hint)
        while position >= 0:
            if pattern is None or pattern.match(text, position):
                found.append(position)
            position = text.find(hint, position + 1)
    return sorted(found)
