"""A golden case: source text and, below it, what its extraction says, as text anyone can read.

    <source>
    ==== symbols
    line:column start-end kind qualified.name [modifiers]
        | signature
        ? documentation
        < base types
        @ decorators
        = alias target
    ==== references
    line:column role name  (receiver)  in enclosing.name
    ==== imports
    line module.name as alias

Only what is there is written. Columns are 0-based UTF-8 bytes, lines 1-based.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grpc_backend.extract.extractor import extract
from grpc_backend.model import Extraction, Import, Role, Symbol
from grpc_backend.packing import unpacked

FOLDER = Path(__file__).parent
MARK = "==== "


def cases() -> list[Path]:
    """All case files."""
    return sorted(FOLDER.glob("*/*.txt"))


def source_of(case: Path) -> str:
    """The source text of a case, byte for byte, without what is said of it."""
    return case.read_bytes().decode().partition(f"{MARK}symbols\n")[0]


def rendered(case: Path) -> str:
    """The case as it should stand, by what the extractor says now. The folder names the language."""
    source = source_of(case)
    return source + "\n".join(_sections(extract(case.parent.name, source.encode()))) + "\n"


def _sections(extraction: Extraction) -> Iterator[str]:
    yield f"{MARK}symbols"
    for symbol in extraction.symbols:
        yield from _symbol(symbol)
    if extraction.occurrences:
        yield f"{MARK}references"
        yield from _references(extraction)
    if extraction.imports:
        yield f"{MARK}imports"
        yield from map(_import, extraction.imports)
    if extraction.warnings or extraction.problem:
        yield f"{MARK}{' '.join((extraction.problem, *extraction.warnings)).strip()}"


def _symbol(one: Symbol) -> Iterator[str]:
    ordinal = f"~{one.ordinal}" if one.ordinal > 1 else ""
    modifiers = f" [{' '.join(one.modifiers)}]" if one.modifiers else ""
    span = f"{one.start_line}:{one.start_column}-{one.end_line}:{one.end_column}"
    yield f"{one.line}:{one.column} {span} {one.kind} {one.qualified_name}{ordinal}{modifiers}"
    for sign, text in (
        ("|", one.signature),
        ("?", one.doc),
        ("<", ", ".join(one.bases)),
        ("@", ", ".join(one.decorators)),
        ("=", one.alias_of),
    ):
        if text:
            yield f"    {sign} {text}"


def _references(extraction: Extraction) -> Iterator[str]:
    found = [
        (one, name) for name, packed in extraction.occurrences.items() for one in unpacked(packed, extraction.layout)
    ]
    for one, name in sorted(found, key=lambda pair: (pair[0].line, pair[0].column)):
        receiver = f" ({one.receiver})" if one.receiver else ""
        enclosing = f" in {extraction.symbols[one.enclosing].qualified_name}" if one.enclosing >= 0 else ""
        yield f"{one.line}:{one.column} {Role(one.role).name.lower()} {name}{receiver}{enclosing}"


def _import(one: Import) -> str:
    dots = "." * one.level
    name = f" {one.name}" if one.name else ""
    alias = f" as {one.alias}" if one.alias else ""
    return f"{one.line} {dots}{one.module}{name}{alias}"
