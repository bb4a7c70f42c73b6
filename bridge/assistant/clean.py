"""Text from source files, made safe to show: it must not pose as ours, nor hide anything."""

from __future__ import annotations

import re

# What a reader does not see: control characters, zero-width and bidirectional marks, fillers, selectors, tags.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
WHITE = re.compile(r"\s+")
TICKS = re.compile("`{3,}")
FENCE = "```"
MAX_LINE = 300


def line(text: str, limit: int = MAX_LINE) -> str:
    """One visible line of at most `limit` characters, which cannot end a fence."""
    folded = TICKS.sub("''", HIDDEN.sub("", WHITE.sub(" ", text))).strip()
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"


def fenced(text: str) -> str:
    """Quoted text between two lines that it does not hold itself: nothing in it can pass for what follows."""
    longest = max((len(run) for run in TICKS.findall(text)), default=len(FENCE) - 1)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"


def body(text: str) -> tuple[str, int]:
    """Source text with its lines and indentation, without what cannot be seen; and how much that was."""
    return HIDDEN.subn("", text.replace("\r\n", "\n"))
