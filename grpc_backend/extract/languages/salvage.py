"""Definitions in broken code, for languages whose blocks are closed at the indentation of what opens them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from grpc_backend.extract.draft import Draft, Unit

# Further away than this, the end of a definition is not looked for: it is one line then.
BODY_CHARACTERS: Final = 20_000


def salvaged(
    unit: Unit, span: tuple[int, int], opening: re.Pattern[str], closing: str, kinds: Mapping[str, str]
) -> list[Draft]:
    """Go through a range for lines that open a definition.

    `opening` has groups `indent`, `word` (what `kinds` has the kind for) and `name`; a match without a name is
    text in which there is no code. `closing` is the sign that ends a block.
    """
    found: list[Draft] = []
    opened: list[tuple[str, Draft]] = []
    for match in opening.finditer(unit.text, unit.text.rfind("\n", 0, span[0]) + 1, span[1]):
        if match["name"] is not None:
            indent, start = match["indent"], match.end("indent")
            while opened and len(opened[-1][0]) >= len(indent):
                _cut(opened.pop()[1], start)
            draft = Draft.by_hand(unit, kinds[match["word"] or ""], (start, start), match.span("name"))
            draft.body, draft.end = _ends(unit.text, match.end("name"), f"\n{indent}{closing}")
            found.append(draft)
            opened.append((indent, draft))
    return found


def _ends(text: str, start: int, closing: str) -> tuple[int, int]:
    """Where the line ends, and the block."""
    line = text.find("\n", start)
    line = line if line >= 0 else len(text)
    closed = text.find(closing, line, line + BODY_CHARACTERS)
    return line, line if closed < 0 else closed + len(closing)


def _cut(draft: Draft, start: int) -> None:
    """What has not ended when the next begins was one line, or is not complete."""
    if draft.end > start:
        draft.end = draft.body
