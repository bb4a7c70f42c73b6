"""How JSON is read, with what people add to it: comments, trailing commas, other quotes (JSONC, JSON5)."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.data import DOUBLE_QUOTED, SINGLE_QUOTED, Brackets, Data, Keys, unescaped

_COMMENT: Final = f"/{words.C_COMMENT}"
_GAP: Final = rf"(?:\s++|{_COMMENT})*+"
_TOKEN: Final = re.compile(
    rf"(?:\A\xef\xbb\xbf)?+(?:[\s,]++|{_COMMENT})*+(?:(?P<word>{DOUBLE_QUOTED}|{SINGLE_QUOTED}|[^\s,:{{}}\[\]\"'/]++)"
    rf"(?P<colon>{_GAP}:{_GAP})?+|(?P<other>[^\s]))",
    re.DOTALL,
)
_BRACKETS: Final = Brackets({'"': words.DOUBLE_QUOTED, "'": words.SINGLE_QUOTED, "/": words.C_COMMENT})
_LEVELS: Final = 2
# What has its names one level deeper: the schemas of an OpenAPI document.
_DEEPER: Final = frozenset({"components"})
# `name` beside one of these names a package.
_PACKAGE: Final = frozenset(
    {"version", "scripts", "dependencies", "devDependencies", "private", "workspaces", "require"}
)


class Json(Data):
    """JSON."""

    skips_minified = True

    def define(self, unit: Unit) -> bool:
        return read_object(unit, Keys(unit))


def read_object(unit: Unit, keys: Keys) -> bool:
    """Find the keys of the object that a text holds; return whether it is broken. Anything but an object has none."""
    reader = _Reader(unit, keys)
    reader.run()
    reader.name_package()
    keys.finish()
    return bool(reader.open) and not keys.full


class _Reader:
    def __init__(self, unit: Unit, keys: Keys) -> None:
        self._text = unit.text
        self._keys = keys
        self.open: list[Draft | None] = []
        # The key whose value comes next, and the top-level keys with their values.
        self._key: Draft | None = None
        self._top: dict[str, tuple[Draft, tuple[int, int]]] = {}

    def run(self) -> None:
        position, text = 0, self._text
        while not self._keys.full and (match := _TOKEN.match(text, position)):
            position = match.end()
            if match["colon"] and self.open:
                self._begin(*match.span("word"))
            elif match["word"]:
                self._end_value(*match.span("word"))
            elif match["other"] in "{[":
                position = self._enter(match["other"], position)
            elif match["other"] == "}" and self.open:
                draft = self.open.pop()
                self._key = None
                if draft is not None:
                    draft.end = position
            if not self.open:
                return

    def _begin(self, start: int, end: int) -> None:
        quoted = self._text[start] in "\"'" and end - start > 1
        self._key = draft = self._keys.add((start, end), (start + 1, end - 1) if quoted else (start, end))
        if quoted and "\\" in draft.name:
            draft.name = unescaped(draft.name)
        if len(self.open) == 1:
            self._top[draft.name] = draft, (0, 0)

    def _end_value(self, start: int, end: int) -> None:
        draft, self._key = self._key, None
        if draft is not None:
            draft.end = draft.body = end
            if len(self.open) == 1:
                self._top[draft.name] = draft, (start, end)

    def _enter(self, bracket: str, position: int) -> int:
        """Go into an object near the top, or past anything else; return where to go on."""
        draft, self._key = self._key, None
        deeper = len(self.open) == _LEVELS and self.open[1] is not None and self.open[1].name in _DEEPER
        if bracket == "{" and (not self.open or (draft is not None and (len(self.open) < _LEVELS or deeper))):
            self.open.append(draft)
            if draft is not None:
                draft.body = position
                draft.end = len(self._text)
        elif self.open:
            body, end = position, _BRACKETS.end(self._text, position - 1)
            position = len(self._text) if end < 0 else end
            if draft is not None:
                draft.body, draft.end = body, position
        return position

    def name_package(self) -> None:
        named = self._top.get("name")
        if named and self._text[named[1][0]] in "\"'" and not _PACKAGE.isdisjoint(self._top):
            draft, (start, end) = named
            self._keys.rename(draft, (start + 1, end - 1))


RULES: Final = {"json": Json()}
