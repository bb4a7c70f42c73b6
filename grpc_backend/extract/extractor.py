"""One content in, its extraction out. Bad input is data: nothing here raises for it."""

from __future__ import annotations

import codecs
import gc
from functools import cache
from operator import attrgetter
from typing import Final

from grpc_backend.extract import detect, embedded
from grpc_backend.extract.draft import Unit
from grpc_backend.extract.grammar import Grammar, Stuck, load
from grpc_backend.extract.references import ReferenceFinder
from grpc_backend.extract.stretches import layout
from grpc_backend.extract.symbols import build_symbols
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.model import Extraction

__all__ = ["EXTRACTOR_VERSION", "extract"]

# A NUL in so much of a file's beginning makes it binary.
BINARY_PROBE_BYTES: Final = 8 * 1024
# From this size on, a file whose lines have more than so many bytes on average was made by a machine.
MINIFIED_FROM_BYTES: Final = 16 * 1024
MINIFIED_MEAN_LINE_BYTES: Final = 500
_BY_LINE: Final = attrgetter("line")


def extract(dialect: str, content: bytes) -> Extraction:
    """The symbols, references and imports of a content; its `problem` says why there are none."""
    if b"\0" in content[:BINARY_PROBE_BYTES]:
        return Extraction(dialect, problem="binary")
    language = detect.language_of(dialect, content)
    if not language:
        return Extraction(dialect, problem="unsupported")
    if content.startswith(codecs.BOM_UTF8):
        content = b"   " + content[3:]  # blanks, so that positions hold: it is no part of the first word
    grammar = load(language)
    if grammar.rules.skips_minified and _is_minified(content):
        return Extraction(language, problem="minified")
    collecting = gc.isenabled()
    gc.disable()  # nothing here makes cycles, and the collector would go through every tuple again and again
    try:
        return _read(language, grammar, content)
    except Stuck:
        return Extraction(language, problem="timeout")
    finally:
        if collecting:
            gc.enable()


def _read(language: str, grammar: Grammar, content: bytes) -> Extraction:
    unit = Unit(content)
    broken = grammar.define(unit)
    symbols = build_symbols(unit, grammar.rules)
    warnings = unit.warnings
    if not _is_utf8(content):
        warnings.append("invalid_utf8")
    if broken:
        warnings.append("syntax_errors")
    occurrences = _finder(language).find(unit) if grammar.rules.scanned else {}
    imports = tuple(sorted(unit.imports, key=_BY_LINE))
    found = Extraction(language, symbols, occurrences, imports, warnings=tuple(warnings), layout=layout(unit))
    for inner, part in embedded.parts(content, [one for one in unit.embedded if _is_written(content, *one)]):
        found = embedded.merged(found, _read(inner, load(inner), part))
    return found


@cache
def _finder(language: str) -> ReferenceFinder:
    return ReferenceFinder(load(language).rules)


def _is_minified(content: bytes) -> bool:
    """Whether a file has too few lines. Most have more than that in their first part already."""
    size = len(content)
    return size >= MINIFIED_FROM_BYTES and all(
        size > MINIFIED_MEAN_LINE_BYTES * (content.count(b"\n", 0, end) + 1) for end in (size // 8, size)
    )


def _is_written(content: bytes, language: str, start: int, end: int) -> bool:
    """Whether code inside a file is in a supported language, and not machine-made."""
    return bool(language) and not (load(language).rules.skips_minified and _is_minified(content[start:end]))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
