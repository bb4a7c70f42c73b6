"""What every extraction must be, whatever it was made from."""

from __future__ import annotations

import time

import msgspec

from grpc_backend.extract.extractor import extract
from grpc_backend.model import KINDS, Extraction, Occurrence, Role, Symbol
from grpc_backend.packing import unpacked

# No measure of speed, which `tests.bench.extract` takes: what takes longer than this takes more than linear time.
STUCK_AFTER_CPU_S = 10.0
STUCK_AFTER_CPU_S_PER_BYTE = 1e-5
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Their names are not always written where they stand: folded headings, joined selectors and keys.
FREELY_NAMED = frozenset(
    {"css", "hcl", "html", "json", "less", "markdown", "scss", "sql", "svelte", "toml", "vue", "yaml"}
)
# Names that the language gives where none is written: Kotlin's `companion object {`.
IMPLICIT = frozenset({"Companion"})
# So far into it may a name begin that is written in quotes.
QUOTE_CHARACTERS = 2


def checked(language: str, content: bytes) -> Extraction:
    """Extract, and check everything that has to be so."""
    start = time.process_time()
    extraction = extract(language, content)
    assert time.process_time() - start < STUCK_AFTER_CPU_S + STUCK_AFTER_CPU_S_PER_BYTE * len(content)
    lines = content.split(b"\n")
    for index, symbol in enumerate(extraction.symbols):
        _check_symbol(extraction, index, symbol, lines)
    identities = [(one.qualified_name, one.ordinal) for one in extraction.symbols]
    assert len(set(identities)) == len(identities)
    for name, uses in occurrences(extraction).items():
        _check_uses(extraction, name, uses, lines)
    assert all(1 <= one.line <= len(lines) for one in extraction.imports)
    msgspec.msgpack.encode(extraction)
    return extraction


def occurrences(extraction: Extraction) -> dict[str, list[Occurrence]]:
    """The uses of each name, unpacked."""
    return {name: unpacked(packed, extraction.layout) for name, packed in extraction.occurrences.items()}


def _check_symbol(extraction: Extraction, index: int, symbol: Symbol, lines: list[bytes]) -> None:
    start, end = (symbol.start_line, symbol.start_column), (symbol.end_line, symbol.end_column)
    assert (1, 0) <= start <= (symbol.line, symbol.column) <= end <= (len(lines), len(lines[-1])), symbol
    assert symbol.column <= len(lines[symbol.line - 1]), symbol
    assert symbol.kind in KINDS
    assert symbol.name
    assert symbol.qualified_name.endswith(symbol.name), symbol
    assert -1 <= symbol.parent < index
    if symbol.parent >= 0:
        parent = extraction.symbols[symbol.parent]
        assert (parent.start_line, parent.start_column) <= start <= end <= (parent.end_line, parent.end_column), symbol
    if extraction.language not in FREELY_NAMED:
        _check_text(symbol.name, symbol.line, symbol.column, lines)


def _check_uses(extraction: Extraction, name: str, uses: list[Occurrence], lines: list[bytes]) -> None:
    assert name
    places = [(one.line, one.column) for one in uses]
    assert places == sorted(set(places)), name
    for one in uses:
        assert 0 <= one.role < len(Role)
        assert -1 <= one.enclosing < len(extraction.symbols)
        assert 1 <= one.line <= len(lines)
        _check_text(name, one.line, one.column, lines)


def _check_text(name: str, line: int, column: int, lines: list[bytes]) -> None:
    """The name stands where it is said to (what is no UTF-8 is not compared, nor what goes over a line's end)."""
    # C++: `operator ()` and `~ C` are named without the blanks.
    if not name.isidentifier() and name.startswith(("operator", "~")):
        name = "~" if name[0] == "~" else "operator"
    if REPLACEMENT not in name and "\n" not in name and name not in IMPLICIT:
        written, expected = lines[line - 1][column:], name.encode()
        assert expected in written[: len(expected) + QUOTE_CHARACTERS], (name, line, column, written[:200])
