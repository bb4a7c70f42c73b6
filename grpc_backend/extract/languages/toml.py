"""How TOML is read: tables, and the keys directly in them."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.data import NAME_CHARACTERS, Brackets, Data, Keys, trimmed, unescaped

_BASIC: Final = rf"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+(?:\"\"\"+)?|{words.DOUBLE_QUOTED}"
_LITERAL: Final = r"''(?:[^']|'(?!''))*+(?:'''+)?|[^'\n]*+'?+"
_PART: Final = r"(?:[\w\-\x80-\xff]++|\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"|'[^'\n]*+')"
_KEY: Final = rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+"
_STATEMENT: Final = re.compile(
    rf"(?:\A\xef\xbb\xbf)?+(?:\s++|#[^\n]*+)*+(?:\[(?P<repeated>\[?)[ \t]*+(?P<table>{_KEY})[ \t]*+\]?\]?+"
    rf"|(?P<key>{_KEY})[ \t]*+=[ \t]*+(?:(?P<open>[\[{{])|(?P<value>\"(?:{_BASIC})|'(?:{_LITERAL})|[^\n#]*+))"
    r"|(?P<junk>[^\s][^\n]*+))"
)
_PARTS: Final = re.compile(_PART)
_BRACKETS: Final = Brackets({'"': _BASIC, "'": _LITERAL, "#": r"[^\n]*+"})
# After so many brackets that nothing closes, it is not looked for any more.
_UNCLOSED: Final = 3
# Tables whose `name` names a package or what is built of it.
_NAMING: Final = frozenset({"package", "project", "tool.poetry", "bin", "lib", "example", "test", "bench"})


class Toml(Data):
    """TOML."""

    def define(self, unit: Unit) -> bool:
        reader = _Reader(unit, Keys(unit))
        return reader.run()


class _Reader:
    def __init__(self, unit: Unit, keys: Keys) -> None:
        self._unit, self._keys, self._text = unit, keys, unit.text
        self._table: Draft | None = None
        self._is_naming = False
        self._unclosed = 0

    def run(self) -> bool:
        position, broken = 0, False
        while not self._keys.full and (match := _STATEMENT.match(self._text, position)):
            position = match.end()
            if match["table"]:
                self._begin(match)
            elif match["key"]:
                position = self._pair(match)
            else:
                broken = True
        self._end(len(self._text))
        self._keys.finish()
        return broken

    def _begin(self, match: re.Match[str]) -> None:
        start = match.start("table") - 1 - len(match["repeated"])
        self._end(start)
        self._table = self._add(start, match.end(), match, "table")
        qualified = f"{self._table.prefix}.{self._table.name}".lstrip(".")
        self._is_naming = qualified in _NAMING

    def _end(self, position: int) -> None:
        if self._table is not None:
            self._table.end = max(self._table.body, trimmed(self._text, position))

    def _pair(self, match: re.Match[str]) -> int:
        """Add a key; return where its value ends."""
        end = match.end()
        if match["open"]:
            end = self._closing(match.start("open"))
        draft = self._add(match.start("key"), end, match, "key")
        value = match["value"]
        if self._is_naming and match["key"] == "name" and value and value[0] in "\"'" and value[1:2] not in "\"'":
            self._keys.rename(draft, (match.start("value") + 1, match.end("value") - 1))
        return end

    def _closing(self, start: int) -> int:
        """Where an array or inline table ends: if it is not closed, with its line."""
        end = _BRACKETS.end(self._text, start) if self._unclosed < _UNCLOSED else -1
        if end < 0:
            self._unclosed += 1
            end = self._text.find("\n", start)
        return end if end >= 0 else len(self._text)

    def _add(self, start: int, end: int, match: re.Match[str], group: str) -> Draft:
        """Add what a dotted name names: its last part, within the others."""
        parts = list(_PARTS.finditer(self._text, *match.span(group)))
        quotes = parts[-1][0][0] in "\"'" and len(parts[-1][0]) > len("''")
        draft = self._keys.add((start, end), (parts[-1].start() + quotes, parts[-1].end() - quotes))
        *outer, draft.name = (_plain(readable(part[0])) for part in parts)
        draft.prefix = ".".join(outer)
        draft.doc = doc_before(self._text, start, ("#",))
        return draft


def _plain(part: str) -> str:
    """A part of a name without its quotes; an empty one keeps them, as no symbol goes without a name."""
    if part[0] == '"':
        return unescaped(part[1:-1]) or part
    return part.strip("'")[:NAME_CHARACTERS] or part


RULES: Final = {"toml": Toml()}
