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

    `container`, if any, are the last parts of the enclosing symbols' names or, before those,
    of the file's path without its extension: ("http", "Request") for http::Request::parse.
    They are compared folded, as a suffix, part by part.
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
    """Whether the parts before a name end with `container` (see NamePattern)."""
    if not container:
        return True
    stem = path.rsplit("/", 1)
    stem[-1] = stem[-1].split(".", 1)[0]
    parts = [fold(part) for part in "/".join(stem).split("/") + qualified_name.split(".")[:-1]]
    wanted = [fold(part) for part in container]
    return parts[-len(wanted) :] == wanted
