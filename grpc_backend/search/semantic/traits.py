"""What is known of a symbol besides its words, as bits: what the ranking weighs a symbol by, whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntFlag
from typing import Final

from grpc_backend.model import Extraction, Symbol
from grpc_backend.search.semantic.texts import Text

_NAME: Final = re.compile(r"[^\W\d]\w*")
_CALLABLES: Final = frozenset({"function", "method", "constructor"})


class Trait(IntFlag):
    """`DECLARED`: it says no more than a signature, and another of its name in the file has a body (an overload)."""

    DECLARED = 1
    INNER = 2  # inside a function
    HIDDEN = 4  # private, by a word or by its name
    EXPORTED = 8


def traits(extraction: Extraction, said: Sequence[Text]) -> list[int]:
    """The traits of each text's symbol."""
    symbols = extraction.symbols
    with_body = {symbols[one.ord].qualified_name for one in said if _has_body(one, symbols[one.ord])}
    return [int(_traits(one, symbols, with_body)) for one in said]


def _traits(text: Text, symbols: Sequence[Symbol], with_body: set[str]) -> Trait:
    one = symbols[text.ord]
    found = Trait(0)
    if one.qualified_name in with_body and not _has_body(text, one):
        found |= Trait.DECLARED
    if one.parent >= 0 and symbols[one.parent].kind in _CALLABLES:
        found |= Trait.INNER
    if "private" in one.modifiers or (one.name.startswith("_") and not one.name.endswith("__")):
        found |= Trait.HIDDEN
    if "exported" in one.modifiers:
        found |= Trait.EXPORTED
    return found


def _has_body(text: Text, symbol: Symbol) -> bool:
    """Whether it uses a name that is not in its signature. What Python marks as an overload has none."""
    if any(one.rpartition(".")[2] == "overload" for one in symbol.decorators):
        return False
    return not set(text.body).issubset(_NAME.findall(text.signature))
