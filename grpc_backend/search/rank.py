"""Which of the matching symbols a reader most likely wants. Deterministic.

How well the name matches decides first (see searcher.py); this orders matches that are equally good.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from operator import mul
from typing import Final

from msgspec import Struct

from grpc_backend.model import Located
from grpc_backend.storage.form import EACH_WORD, form
from grpc_backend.storage.names import extent, squeezed, words_of
from grpc_backend.storage.order import CALLABLES, DATA, FORM_WORTH, SHARE_WORTH, TYPES, USE_WORTH, typed_extent
from grpc_backend.storage.pattern import Tier

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

# What a match is worth beside others of its step; together they are 1. The share of the name that was typed, its use
# and its form are measured to tell most (`tests.bench.search.names`); the rest decides where these are about equal.
WEIGHTS: Final = {
    "length": SHARE_WORTH,
    "use": USE_WORTH,
    "form": FORM_WORTH,
    "place": 0.041,
    "home": 0.01,
    "near": 0.055,
    "kind": 0.023,
    "depth": 0.017,
    "openness": 0.014,
}

# Opened again in every file that adds to them: what is meant is rather a type of that name.
ENCLOSING: Final = frozenset({"module", "namespace"})
# The part of `use` that is for being used at all.
USED: Final = 0.2


class Asked(Struct, frozen=True):
    """What a match is compared with: the text with its extent, how it matches, the file it was asked from (or "")."""

    text: str
    extent: int
    tier: Tier
    near: str = ""


@lru_cache(maxsize=64)
def asked_for(text: str, tier: Tier, near: str = "") -> Asked:
    """What matches of a text are compared with."""
    return Asked(text, typed_extent(text), tier, near)


def score(one: Located, asked: Asked) -> float:
    """How good a match is beside others of its step, in [0, 1]."""
    worth: float = sum(map(mul, WEIGHTS.values(), _worths(one, asked)))
    return round(worth, 6)


def reasons(one: Located, asked: Asked) -> dict[str, float]:
    """What the score is made of, each part already weighed."""
    return {part: WEIGHTS[part] * worth for part, worth in zip(WEIGHTS, _worths(one, asked), strict=True)}


def _worths(one: Located, asked: Asked) -> tuple[float, ...]:
    """How good a match is in each respect of WEIGHTS, in [0, 1]."""
    symbol = one.symbol
    return (
        _share(asked, symbol.name),
        _use(one.uses),
        form(asked.text, asked.tier, symbol.name),
        _place(one.path),
        _squeezed(_stem(one.path)) == _squeezed(symbol.name),
        _nearness(one.path, asked.near) if asked.near else 0.0,
        _kind(symbol.kind),
        1 / (1 + symbol.qualified_name.count(".")),
        _openness(one),
    )


def _share(asked: Asked, name: str) -> float:
    """How much of a name was typed. Who types humps passes over the most of each word: that the words are long says
    nothing, how many there are does.
    """
    length = EACH_WORD * len(words_of(name)) if asked.tier is Tier.HUMP else _length(name)
    return min(asked.extent / length, 1.0)


def order(one: Located) -> tuple[str, int, int]:
    """How equals are told apart: by path and position; across workspaces by the workspace first."""
    path = f"{one.workspace}:{one.path}" if one.workspace else one.path
    return (path, one.symbol.line, one.symbol.column)


def _nearness(path: str, near: str) -> float:
    """1 for the same file, else by how many folders both lie in, seen from the file that is asked from."""
    if path == near:
        return 1.0
    folders = near.split("/")[:-1]
    shared = 0
    for mine, other in zip(folders, path.split("/")[:-1], strict=False):
        if mine != other:
            break
        shared += 1
    return 0.9 * shared / len(folders) if folders else 0.0


@lru_cache(maxsize=16_384)
def _length(name: str) -> int:
    return extent(name) or 1


@lru_cache(maxsize=16_384)
def _place(path: str) -> float:
    if VENDORED.search(path) or GENERATED.search(path):
        return 0.0
    return 0.3 if TESTS.search(path) else 1.0


@lru_cache(maxsize=16_384)
def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


@lru_cache(maxsize=16_384)
def _squeezed(name: str) -> str:
    return squeezed(name)


def _use(uses: int) -> float:
    """On a logarithmic scale that is full at about a thousand referring files. What has none is seldom meant."""
    return USED + (1 - USED) * min(math.log1p(uses) / math.log1p(1000), 1.0) if uses else 0.0


def _kind(kind: str) -> float:
    if kind in ENCLOSING:
        return 0.7
    if kind in TYPES:
        return 1.0
    if kind in CALLABLES:
        return 0.8
    return 0.0 if kind in DATA else 0.4


def _openness(one: Located) -> float:
    hidden = "private" in one.symbol.modifiers or one.symbol.name.startswith("_")
    declared = "declaration" in one.symbol.modifiers
    return 0.0 if hidden and declared else 0.5 if hidden or declared else 1.0
