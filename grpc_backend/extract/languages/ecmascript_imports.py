"""What JavaScript and TypeScript import: statements, and calls of `require`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from grpc_backend.extract.draft import Unit
from grpc_backend.model import Import

_QUOTED: Final = re.compile(r"""['"]([^'"\n]*)['"]\s*;?\s*(?:(?:with|assert)\b.*)?$""", re.DOTALL)
_CLAUSE: Final = re.compile(
    r"(?:import|export)\b\s*(?:type\b(?!\s*(?:,|from\b))\s*|typeof\b\s*)?(.*?)\s*(?:\bfrom\s*)?$", re.DOTALL
)
_REQUIRE: Final = re.compile(r"""=\s*require\s*\(\s*['"]([^'"\n]+)['"]\s*\)""")
# What is required has this name, or these.
_REQUIRED: Final = re.compile(r"(?:([\w$]+)|\{([^{}]*)\})\s*\Z")
_REQUIRED_CHARACTERS: Final = 300
_COMMENTS: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def required(unit: Unit) -> Iterator[Import]:
    """What calls of `require` bring in."""
    for match in _REQUIRE.finditer(unit.text):
        yield from _required(unit, match)


def imported(line: int, statement: str) -> list[Import]:
    """What an `import` or `export … from` statement brings in."""
    plain = _COMMENTS.sub(" ", statement)
    module = _QUOTED.search(plain)
    if module is None:
        return []
    clause = _CLAUSE.match(plain[: module.start()])
    listing = clause[1].replace("from", " ").strip() if clause else ""
    if not listing:
        return [Import(line, module[1])]
    outside, opened, inside = listing.partition("{")
    found = [_bound(line, module[1], name) for name in outside.replace("}", "").split(",") if name.strip()]
    if opened:
        found += [_named(line, module[1], item.split()) for item in inside.partition("}")[0].split(",") if item.strip()]
    return found


def _required(unit: Unit, match: re.Match[str]) -> list[Import]:
    """`const a = require("b")`, `const { a, b: c } = require("d")`."""
    line, module = unit.lines.at(match.start())[0], match[1]
    names = _REQUIRED.search(unit.text, max(0, match.start() - _REQUIRED_CHARACTERS), match.start())
    if names is None or names[2] is None:
        return [Import(line, module, alias=names[1] if names else "")]
    listing = [item.replace(":", " : ").split("=")[0].split() for item in names[2].split(",")]
    return [Import(line, module, parts[0], parts[2] if len(parts) > 2 else "") for parts in listing if parts]


def _bound(line: int, module: str, name: str) -> Import:
    """`x` (the default export) or `* as x`."""
    parts = name.split()
    if parts[0] == "*":
        return Import(line, module, "*", parts[-1] if len(parts) > 1 else "")
    return Import(line, module, "default", parts[0])


def _named(line: int, module: str, parts: list[str]) -> Import:
    if parts[0] == "type" and len(parts) in (2, 4):
        parts = parts[1:]
    return Import(line, module, parts[0].strip("\"'"), parts[2] if len(parts) > 2 else "")
