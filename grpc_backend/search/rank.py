"""Which of the matching symbols a reader most likely wants. Deterministic.

The tier of the match decides first; what follows only orders within a tier, since each of
its parts is smaller than the step between tiers.
"""

from __future__ import annotations

import math
import re

from grpc_backend.model import Located
from grpc_backend.storage.pattern import Tier

# One step a tier, the best at the top of (0, 1].
TIER_STEP = 1.0 / len(Tier)
TIER_BASE = {tier: 1.0 - TIER_STEP * (tier + 1) for tier in Tier}

# Paths whose symbols are seldom what is looked for.
TESTS = re.compile(
    r"(^|/)(tests?|testing|spec|specs|__tests__|testdata|fixtures)(/|$)|(^|/)test_[^/]*$|[._-](test|spec)s?\.[^/]*$"
)
VENDORED = re.compile(
    r"(^|/)(vendor|vendored|_vendor|third_party|thirdparty|node_modules|external|deps|site-packages|bower_components)/"
)
GENERATED = re.compile(
    r"(_pb2(_grpc)?\.pyi?|\.pb\.(go|cc|h)|\.generated\.[^/]*|\.min\.[^/]*|_generated\.[^/]*)$|(^|/)(dist|build|generated)/"
)

TYPES = frozenset({"class", "interface", "struct", "enum", "module", "namespace"})
CALLABLES = frozenset({"function", "method", "constructor"})


def score(one: Located, tier: Tier, text: str) -> float:
    """The rank of a match, in (0, 1]: the tier's base plus at most one step."""
    return round(TIER_BASE[tier] + TIER_STEP * _within_tier(one, text), 6)


def order(one: Located) -> tuple[str, int, int]:
    """How equals are told apart: by path and position."""
    return (one.path, one.symbol.line, one.symbol.column)


def _within_tier(one: Located, text: str) -> float:
    """How good the match is beside others of its tier, in [0, 1]."""
    closeness = len(text) / max(len(one.symbol.name), 1)
    return (
        0.30 * _place(one.path)
        + 0.22 * _use(one.uses)
        + 0.20 * min(closeness, 1.0)
        + 0.14 * _kind(one.symbol.kind)
        + 0.08 / (1 + one.symbol.qualified_name.count("."))
        + 0.06 * _openness(one)
    )


def _place(path: str) -> float:
    if VENDORED.search(path) or GENERATED.search(path):
        return 0.0
    return 0.3 if TESTS.search(path) else 1.0


def _use(uses: int) -> float:
    """On a logarithmic scale that is full at about a thousand referring files."""
    return min(math.log1p(uses) / math.log1p(1000), 1.0)


def _kind(kind: str) -> float:
    if kind in TYPES:
        return 1.0
    return 0.8 if kind in CALLABLES else 0.4


def _openness(one: Located) -> float:
    hidden = "private" in one.symbol.modifiers or one.symbol.name.startswith("_")
    declared = "declaration" in one.symbol.modifiers
    return 0.0 if hidden and declared else 0.5 if hidden or declared else 1.0
