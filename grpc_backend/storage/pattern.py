"""When a name matches: the tiers of name matching, defined once for all engines."""

from __future__ import annotations

import unicodedata
from enum import IntEnum

from msgspec import Struct


class Tier(IntEnum):
    """How a name matches, best first. A name has the best tier that fits."""

    EXACT = 0
    CASE = 1
    PREFIX = 2
    SUBSTRING = 3


class NamePattern(Struct, frozen=True):
    """Names of exactly this tier (not of a better one) for `text`.

    `container`, if any, are names that must enclose it, outermost first: of symbols, of the file
    (without its extension) or of its folders. ("http", "Request") fits http::Request::parse, and
    ("models",) fits what stands in models/query.py. They are compared folded; others may stand between.
    """

    text: str
    tier: Tier
    container: tuple[str, ...] = ()


def fold(text: str) -> str:
    """The form in which names are compared without regard to case (NFKC, case-folded)."""
    return unicodedata.normalize("NFKC", text).casefold()


def tier_of(name: str, text: str) -> Tier | None:
    """The best tier at which `name` matches `text`, or None."""
    if name == text:
        return Tier.EXACT
    folded_name, folded_text = fold(name), fold(text)
    if folded_name == folded_text:
        return Tier.CASE
    if folded_name.startswith(folded_text):
        return Tier.PREFIX
    return Tier.SUBSTRING if folded_text in folded_name else None


def container_matches(container: tuple[str, ...], path: str, qualified_name: str) -> bool:
    """Whether what encloses a symbol has these names in this order (see NamePattern)."""
    if not container:
        return True
    *folders, file = path.split("/")
    # A single pass over an iterator: each name is sought after the one before.
    enclosing = map(fold, (*folders, file.split(".", 1)[0], *qualified_name.split(".")[:-1]))
    return all(fold(wanted) in enclosing for wanted in container)
