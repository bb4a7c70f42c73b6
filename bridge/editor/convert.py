"""Between the editor's counting and ours; the only place that counts UTF-16.

The daemon counts lines from 1, ended by LF alone, and columns in UTF-8 bytes from 0. An editor counts lines from 0,
ended by LF, CRLF or a lone CR, and columns in the units that were agreed on. Both are offsets into the same bytes.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

from lsprotocol import types

from protos import code_index_pb2 as pb

UTF8, UTF16, UTF32 = types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16, types.PositionEncodingKind.Utf32
WORD: Final = re.compile(r"[^\W\d]\w*")
# In these a name may end so.
_MARKED_WORD: Final = re.compile(r"[^\W\d]\w*[?!]?")
_MARKED: Final = frozenset({"ruby", "elixir"})


class Text:
    """A document as its UTF-8 bytes. Never changes: an edit makes another."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def _lines(self) -> list[int]:
        """Where the editor's lines start."""
        lines = self.content.splitlines(keepends=True)
        starts = [0, *accumulate(map(len, lines))]
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            starts.pop()
        return starts

    @cached_property
    def _rows(self) -> list[int]:
        """Where the daemon's lines start."""
        if self.content.count(b"\r") == self.content.count(b"\r\n"):
            return self._lines
        return [0, *accumulate(len(line) + 1 for line in self.content.split(b"\n"))][:-1]

    def offset_at(self, position: types.Position, encoding: str) -> int:
        """The byte offset of an editor's position; past a line's end the end of the line, past the last line of all."""
        if position.line >= len(self._lines):
            return len(self.content)
        start = self._lines[position.line]
        end = self._lines[position.line + 1] if position.line + 1 < len(self._lines) else len(self.content)
        line = self.content[start:end].rstrip(b"\r\n")
        return start + _bytes_of(line, position.character, encoding)

    def position_at(self, offset: int, encoding: str) -> types.Position:
        """The editor's position of a byte offset."""
        offset = min(max(offset, 0), len(self.content))
        line = bisect_right(self._lines, offset) - 1
        return types.Position(line, _units_of(self.content[self._lines[line] : offset], encoding))

    def offset_of(self, line: int, column: int) -> int:
        """The byte offset of a place that the daemon tells of."""
        if line > len(self._rows):
            return len(self.content)
        return min(self._rows[max(line, 1) - 1] + column, len(self.content))

    def row_of(self, offset: int) -> int:
        """The daemon's line of a byte offset."""
        return bisect_right(self._rows, offset)

    def range_of(self, start: int, end: int, encoding: str) -> types.Range:
        """The editor's range between two byte offsets."""
        return types.Range(self.position_at(start, encoding), self.position_at(end, encoding))

    def edited(self, change: types.TextDocumentContentChangeEvent, encoding: str) -> Text:
        """The text after an editor's change."""
        new = change.text.encode("utf-8", "replace")
        if not isinstance(change, types.TextDocumentContentChangePartial):
            return Text(new)
        start = self.offset_at(change.range.start, encoding)
        end = max(start, self.offset_at(change.range.end, encoding))
        return Text(self.content[:start] + new + self.content[end:])

    def word_at(self, offset: int, language: str = "") -> tuple[int, int] | None:
        """The byte offsets around the identifier at or just before an offset."""
        pattern = _MARKED_WORD if language in _MARKED else WORD
        row = self._rows[self.row_of(offset) - 1]
        end = self.content.find(b"\n", row)
        line = _decoded(self.content[row : end if end >= 0 else len(self.content)])
        column = len(_decoded(self.content[row:offset]))
        touching = [word for word in pattern.finditer(line) if word.start() <= column <= word.end()]
        if not touching:
            return None
        start = row + len(_encoded(line[: touching[-1].start()]))
        return start, start + len(_encoded(touching[-1][0]))

    def between(self, start: int, end: int) -> str:
        """The characters between two byte offsets."""
        return self.content[start:end].decode("utf-8", "replace")


def name_range(text: Text, symbol: pb.Symbol, encoding: str) -> types.Range:
    """Where a symbol's name stands. Some names are made up, or written otherwise: then the word that is there."""
    start = text.offset_of(symbol.line, symbol.column)
    name = symbol.name.encode()
    if text.content.startswith(name, start):
        return text.range_of(start, start + len(name), encoding)
    word = text.word_at(start)
    return text.range_of(start, max(start, word[1]) if word and word[0] <= start else start, encoding)


def full_range(text: Text, symbol: pb.Symbol, encoding: str) -> types.Range:
    """All of a symbol's definition; its name lies inside, as editors require."""
    start = text.offset_of(symbol.start_line, symbol.start_column)
    whole = text.range_of(start, text.offset_of(symbol.end_line, symbol.end_column), encoding)
    name = name_range(text, symbol, encoding)
    return types.Range(min(whole.start, name.start, key=_order), max(whole.end, name.end, key=_order))


def kind_of(symbol: pb.Symbol) -> types.SymbolKind:
    """The kind: ours are LSP's in lower case."""
    return types.SymbolKind[symbol.kind.title().replace("_", "")]


def path_of(uri: str) -> Path | None:
    """The file that a URI names; None if it names none."""
    parts = urlsplit(uri)
    return Path(os.fsdecode(unquote_to_bytes(parts.path))) if parts.scheme == "file" else None


def uri_of(path: Path) -> str:
    """A file's URI."""
    return "file://" + quote(os.fsencode(path))


def _order(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _units_of(line: bytes, encoding: str) -> int:
    """The length of a part of a line in the agreed units. A byte that is no UTF-8 is one character."""
    if encoding == UTF8 or line.isascii():
        return len(line)
    text = _decoded(line)
    return len(text) if encoding == UTF32 else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _bytes_of(line: bytes, units: int, encoding: str) -> int:
    """The byte offset of a column; what points into a character points before it."""
    if line.isascii():
        return min(units, len(line))
    if encoding == UTF8:
        while 0 < units < len(line) and line[units] & 0xC0 == 0x80:
            units -= 1
        return min(units, len(line))
    if encoding == UTF32:
        return len(_encoded(_decoded(line)[:units]))
    wide = _decoded(line).encode("utf-16-le", "surrogatepass")[: 2 * units]
    if wide and 0xD8 <= wide[-1] <= 0xDB:
        wide = wide[:-2]
    return len(_encoded(wide.decode("utf-16-le", "surrogatepass")))


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
