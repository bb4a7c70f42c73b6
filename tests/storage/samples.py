"""Small extractions for the engines' tests."""

from __future__ import annotations

import hashlib

from grpc_backend.model import ContentKey, Extraction, FileState, Occurrence, Role, Symbol
from grpc_backend.packing import ROLE_BITS, Layout, encode


def symbol(name: str, *, kind: str = "function", line: int = 1, owner: str = "", **more) -> Symbol:
    qualified = f"{owner}.{name}" if owner else name
    more.setdefault("parent", 0 if owner else -1)
    return Symbol(name, qualified, kind, line, 4, line, 0, line + 1, 0, f"def {name}()", **more)


def uses(*places: tuple[int, int], role: Role = Role.CALL) -> list[Occurrence]:
    """Occurrences at lines, each with the index of the symbol that it stands in."""
    return [Occurrence(role, line, 0, enclosing) for line, enclosing in places]


def extraction(*symbols: Symbol, language: str = "python", **occurrences: list[Occurrence]) -> Extraction:
    """One with these uses; all uses on a line stand in the same symbol."""
    enclosing = {one.line: one.enclosing for uses in occurrences.values() for one in uses}
    lines = sorted(enclosing)
    layout = Layout([1] * max(lines, default=0), [line - 1 for line in lines], [enclosing[line] for line in lines])
    packed = {
        name: encode({"": [one.line - 1 << ROLE_BITS | one.role for one in uses]}) for name, uses in occurrences.items()
    }
    return Extraction(language, symbols, packed, layout=encode(layout))


def key(content: str, dialect: str = "python") -> ContentKey:
    return ContentKey(hashlib.sha256(content.encode()).digest(), dialect)


def file(path: str, of: ContentKey, **more) -> FileState:
    return FileState(path, 10, 1_000, 7, of.digest, of.dialect, **more)
