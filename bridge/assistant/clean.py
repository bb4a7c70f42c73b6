"""Text from source files, made safe to show: it must not pose as ours, nor hide anything."""

from __future__ import annotations

import re

# Control characters, zero-width and bidirectional marks, tags: what a reader does not see.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
WHITE = re.compile(r"\s+")
MAX_LINE = 300


def line(text: str, limit: int = MAX_LINE) -> str:
    """One visible line of at most `limit` characters."""
    folded = WHITE.sub(" ", HIDDEN.sub("", text)).strip()
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def body(text: str) -> str:
    """Source text with its lines and indentation, without what cannot be seen."""
    return HIDDEN.sub("", text.replace("\r\n", "\n"))
