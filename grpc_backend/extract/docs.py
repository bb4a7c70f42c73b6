"""Documentation comments to text."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.draft import readable

DOC_CHARACTERS: Final = 300
# As much of a comment is looked at.
_PROBE_CHARACTERS: Final = 1200
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。])(?=\s)|\n\s*\n|\n\s*(?=[@:\\][a-zA-Z]|[-=~]{3,}|>>>|\* )")
_MARGIN: Final = re.compile(r"^[ \t]*(?:/\*+!?|\*+/|\*(?!\*)|//+[/!]?|#+:?|--+[|^]?|;+)?[ \t]?", re.MULTILINE)


def clean(text: str) -> str:
    """The first sentence of a documentation text, whitespace folded, long ones cut with `…`."""
    text = readable(text[:_PROBE_CHARACTERS]).strip()
    end = _SENTENCE_END.search(text)
    folded = " ".join((text[: end.start()] if end else text).split())
    return folded if len(folded) <= DOC_CHARACTERS else folded[: DOC_CHARACTERS - 1] + "…"


def uncommented(comment: str) -> str:
    """A comment's text without the signs that make it one."""
    text = comment[:_PROBE_CHARACTERS]
    if text.endswith("*/"):
        text = text[:-2]
    return _MARGIN.sub("", text)
