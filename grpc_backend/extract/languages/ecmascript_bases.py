"""What a class or an interface of JavaScript and TypeScript is derived from."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.rules import split_top

_BASE_WORDS: Final = re.compile(r"\b(?:extends|implements)\b")


def bases(header: str) -> list[str]:
    """What stands after `extends` and `implements`, commas inside brackets apart."""
    if header.startswith("<"):
        header = header[_closing(header) :]
    found: list[str] = []
    for clause in _BASE_WORDS.split(header)[1:]:
        found += split_top(clause)
    return [base for base in (" ".join(base.split()) for base in found) if base]


def _closing(header: str) -> int:
    """Where type parameters end."""
    depth = 0
    for index, character in enumerate(header):
        if character == "<":
            depth += 1
        elif character == ">" and header[index - 1] != "=":
            depth -= 1
            if not depth:
                return index + 1
    return 0
