"""Small extractions for the engines' tests."""

from __future__ import annotations

import hashlib

import msgspec

from grpc_backend.model import ContentKey, Extraction, FileState, Occurrence, Role, Symbol

encode = msgspec.msgpack.encode


def symbol(name: str, *, kind: str = "function", line: int = 1, owner: str = "", **more) -> Symbol:
    qualified = f"{owner}.{name}" if owner else name
    more.setdefault("parent", 0 if owner else -1)
    return Symbol(name, qualified, kind, line, 4, line, 0, line + 1, 0, f"def {name}()", **more)


def uses(*places: tuple[int, int], role: Role = Role.CALL) -> bytes:
    """Packed occurrences at lines, each with the index of the symbol that it stands in."""
    return encode([Occurrence(role, line, 0, enclosing) for line, enclosing in places])


def extraction(*symbols: Symbol, language: str = "python", **occurrences: bytes) -> Extraction:
    return Extraction(language, symbols, occurrences)


def key(content: str, dialect: str = "python") -> ContentKey:
    return ContentKey(hashlib.sha256(content.encode()).digest(), dialect)


def file(path: str, of: ContentKey, **more) -> FileState:
    return FileState(path, 10, 1_000, 7, of.digest, of.dialect, **more)
