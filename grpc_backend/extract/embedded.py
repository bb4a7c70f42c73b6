"""Code of one language inside a file of another: a script in a page or a component.

Such code is read where it stands: all else is blanked, byte for byte, so that every position holds
in the file. The parts of one language are read together, as the scopes that they share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from grpc_backend import packing
from grpc_backend.model import Extraction, Import, Symbol

Range = tuple[int, int]

# Every byte to a blank, but those that end lines.
_BLANKS: Final = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))


def parts(content: bytes, embedded: Sequence[tuple[str, int, int]]) -> Iterator[tuple[str, bytes]]:
    """Each supported language with the content in which only its parts are left."""
    ranges: Mapping[str, list[Range]] = defaultdict(list)
    for language, start, end in sorted(embedded, key=lambda part: part[1]):
        if language:
            ranges[language].append((start, end))
    for language, kept in ranges.items():
        yield language, _only(content, kept)


def merged(host: Extraction, inner: Extraction) -> Extraction:
    """A file's extraction with that of a language inside it. Symbols stay in the order of the languages."""
    base = len(host.symbols)
    symbols = [*host.symbols, *(_moved(symbol, base) for symbol in inner.symbols)]
    occurrences = dict(host.occurrences)
    for name, packed in inner.occurrences.items():
        occurrences[name] = packing.joined(occurrences[name], packed) if name in occurrences else packed
    return replace(
        host,
        symbols=tuple(_numbered(symbols)),
        occurrences=occurrences,
        imports=tuple(sorted([*host.imports, *inner.imports], key=_line)),
        warnings=tuple(dict.fromkeys([*host.warnings, *inner.warnings])),
        layout=packing.overlaid(host.layout, inner.layout, base),
    )


def _only(content: bytes, kept: Sequence[Range]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for start, end in kept:
        if start >= position:
            pieces += [content[position:start].translate(_BLANKS), content[start:end]]
            position = end
    return b"".join([*pieces, content[position:].translate(_BLANKS)])


def _moved(symbol: Symbol, base: int) -> Symbol:
    return replace(symbol, parent=symbol.parent + base) if symbol.parent >= 0 else symbol


def _numbered(symbols: Sequence[Symbol]) -> Iterator[Symbol]:
    """The symbols with ordinals that tell those of one name apart across the languages."""
    counts: dict[str, int] = defaultdict(int)
    for symbol in symbols:
        counts[symbol.qualified_name] += 1
        ordinal = counts[symbol.qualified_name]
        yield symbol if symbol.ordinal == ordinal else replace(symbol, ordinal=ordinal)


def _line(one: Import) -> int:
    return one.line
