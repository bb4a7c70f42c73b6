"""Documentation comments to text."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.draft import readable

SENTENCE_CHARACTERS: Final = 300
# Longer documentation is cut.
DOC_CHARACTERS: Final = 4000
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。])(?=\s)|\n\s*\n|\n\s*(?=[@:\\][a-zA-Z]|[-=~]{3,}|>>>|\* )")
_MARGIN: Final = re.compile(r"^[ \t]*(?:/\*+!?|\*+/|\*(?!\*)|//+[/!]?|#+:?|--+[|^]?|;+)?[ \t]?", re.MULTILINE)


def clean(text: str) -> str:
    """A documentation text without its indentation, long ones cut with `…`."""
    text = readable(text[: DOC_CHARACTERS + 1]).strip()
    if len(text) > DOC_CHARACTERS:
        text = text[: DOC_CHARACTERS - 1] + "…"
    if "\n" not in text:
        return text
    first, *rest = (line.rstrip() for line in text.split("\n"))
    margin = min((len(line) - len(line.lstrip()) for line in rest if line), default=0)
    return "\n".join([first, *(line[margin:] for line in rest)])


def first_sentence(doc: str) -> str:
    """The first sentence of a documentation, whitespace folded, long ones cut with `…`."""
    end = _SENTENCE_END.search(doc)
    folded = " ".join((doc[: end.start()] if end else doc).split())
    return folded if len(folded) <= SENTENCE_CHARACTERS else folded[: SENTENCE_CHARACTERS - 1] + "…"


def uncommented(comment: str) -> str:
    """A comment's text without the signs that make it one."""
    text = comment[: 2 * DOC_CHARACTERS]
    if text.endswith("*/"):
        text = text[:-2]
    return _MARGIN.sub("", text)


def doc_before(text: str, start: int, line_signs: tuple[str, ...] = ("//",)) -> str:
    """The comment that ends directly before `start` (no blank line between, no code before it on its line)."""
    line = text.rfind("\n", 0, start)
    if line < 0 or text[line + 1 : start].strip():
        return ""
    end = line
    while end and text[end - 1] in " \t\r":
        end -= 1
    if text.endswith("*/", 0, end):
        opening = text.rfind("/*", 0, end)
        alone = opening >= 0 and not text[text.rfind("\n", 0, opening) + 1 : opening].strip()
        return clean(uncommented(text[opening:end])) if alone else ""
    comment = _line_comment(text, end, line_signs)
    return clean(uncommented(comment)) if comment else ""


def _line_comment(text: str, end: int, signs: tuple[str, ...]) -> str:
    """The lines before `end` that are comments and nothing else."""
    first = end
    least = max(0, end - 2 * DOC_CHARACTERS)
    while first > least:
        start = text.rfind("\n", 0, first) + 1
        if not text[start:first].lstrip().startswith(signs) or text.startswith("#!", start):
            break
        first = start - 1
        if start == 0:
            break
    return text[first + 1 : end] if first < end else ""
