"""How YAML is read: line by line, which also holds for the templates that make YAML (Helm, Ansible).

Keys of block mappings only: those in braces are no names of anything one looks for. A Kubernetes manifest is
one symbol, its kind and name; so is what the `name` of a workflow or package says.
"""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.data import BLANK, TEMPLATED, Data, Keys, trimmed
from grpc_backend.extract.languages.json import read_object

_KEY: Final = (
    r"(?:\"(?P<double>[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+)\"|'(?P<single>[^'\n]*+(?:''[^'\n]*+)*+)'"
    r"|(?P<plain>(?:[^\s#\-?:,\[\]{}&*!|>'\"%@`]|[\-?:](?=\S))(?:[^:\n#]|:(?=\S)|(?<=\S)#)*+))[ \t]*+:(?=\s|\Z)"
)
_LINE: Final = re.compile(
    r"^(?:\A\xef\xbb\xbf)?+(?:(?P<mark>---|\.\.\.)(?=\s|\Z)"
    r"|(?P<indent>[ ]*+)(?:(?P<item>-)(?=\s|\Z)(?:[ ]++name:[ ]++(?P<label>[^\n]*+))?+"
    rf"|{_KEY}[ \t]*+(?P<value>[^\n]*+)))",
    re.MULTILINE,
)
# Nothing but an anchor, a tag, a comment: the value is on the lines that follow.
_EMPTY: Final = re.compile(r"(?:[&!]\S*+\s*+)*+(?:#.*+)?\s*\Z")
_SCALAR: Final = re.compile(r"\"([^\"\n]*+)\"|'([^'\n]*+)'|([^\s\"'|>&*!\[{#](?:[^\n#]|(?<=\S)#)*+)")
# `name` beside one of these names a workflow, an action, an application, an environment, a chart, a package.
_NAMING: Final = frozenset({"on", "jobs", "runs", "services", "dependencies", "apiVersion", "environment"})

Range = tuple[int, int]


class Yaml(Data):
    """YAML."""

    skips_minified = True
    signature_tail = " \t\r\n:"

    def define(self, unit: Unit) -> bool:
        keys = Keys(unit)
        if unit.text.lstrip("\ufeff\xef\xbb\xbf \t\r\n").startswith("{"):
            return read_object(unit, keys)
        document = _Document(unit, keys, 0)
        for match in _LINE.finditer(unit.text):
            if match["mark"]:
                document.close(match.start())
                document = _Document(unit, keys, match.end())
            else:
                document.take(match)
            if keys.full:
                break
        document.close(len(unit.text))
        keys.finish()
        return False


class _Document:
    """One of a file's documents while it is being read."""

    def __init__(self, unit: Unit, keys: Keys, start: int) -> None:
        self._unit, self._keys, self._start = unit, keys, start
        # How far the keys of each level are indented: not known yet, or (for the second) none there.
        self._outer: int | None = None
        self._inner: int | None = None
        self._is_listing = False  # a sequence, not a mapping
        self._awaits = False  # a top-level key whose value is on the lines that follow
        self._open: list[Draft] = []
        self._values: dict[tuple[str, ...], tuple[Draft, Range]] = {}

    def take(self, match: re.Match[str]) -> None:
        """Take in a line with a key or an item."""
        indent = match.end("indent") - match.start("indent")
        if match["item"]:
            self._item(match, indent)
        elif self._is_listing or match["plain"] == "<<":
            return
        elif self._outer is None or indent == self._outer:
            self._outer, self._inner = indent, None
            self._awaits = self._key(match, 0)
        elif indent == self._inner or (self._awaits and indent > self._outer):
            self._inner, self._awaits = indent, False
            self._key(match, 1)

    def _item(self, match: re.Match[str], indent: int) -> None:
        self._awaits = False
        if self._outer is None:
            self._outer, self._is_listing = indent, True
        if self._is_listing and indent == self._outer:
            self._end(0, match.start())
            value = _range(match, "label") if match["label"] else None
            if value:
                self._add(match.start("item"), match.end(), value, 0)

    def _key(self, match: re.Match[str], level: int) -> bool:
        """Add a key; return whether its value is on the lines that follow."""
        self._end(level, match.start())
        name = match.span(_named(match))
        if match["plain"]:
            name = name[0], name[0] + len(match["plain"].rstrip(BLANK))
        draft = self._add(match.end("indent"), match.end(), name, level)
        path = (*(one.name for one in self._open[:level]), draft.name)
        self._values[path] = draft, _range(match, "value") or (0, 0)
        return bool(_EMPTY.match(match["value"]))

    def _add(self, start: int, end: int, name: Range, level: int) -> Draft:
        draft = self._keys.add((start, end), name)
        draft.doc = doc_before(self._unit.text, start, ("#",))
        self._open[level:] = [draft]
        return draft

    def _end(self, level: int, position: int) -> None:
        for draft in self._open[level:]:
            draft.end = max(draft.body, trimmed(self._unit.text, position))
        del self._open[level:]

    def close(self, end: int) -> None:
        """End the document; add what it names as a whole."""
        self._end(0, end)
        values, text = self._values, self._unit.text
        kind, name = values.get(("kind",)), values.get(("metadata", "name"))
        if kind and name and ("apiVersion",) in values:
            self._manifest(readable(text[slice(*kind[1])]), name[1], end)
        elif (naming := values.get(("name",))) and not _NAMING.isdisjoint(path[0] for path in values):
            self._keys.rename(*naming)

    def _manifest(self, kind: str, name: Range, end: int) -> None:
        text = self._unit.text
        title = readable(text[slice(*name)])
        if title and not TEMPLATED.search(title):
            start = min(draft.start for draft, _ in self._values.values())
            whole = self._keys.add((start, max(name[1], trimmed(text, end))), name, "object")
            whole.prefix, whole.signature = kind, f"{kind} {title}"


def _named(match: re.Match[str]) -> str:
    return next(group for group in ("plain", "double", "single") if match[group] is not None)


def _range(match: re.Match[str], group: str) -> Range | None:
    """Where a scalar on its line stands, without quotes; None for anything else."""
    found = _SCALAR.match(match.string, match.start(group), match.end(group))
    if found is None:
        return None
    start, end = found.span(found.lastindex or 0)
    return start, start + len(found.string[start:end].rstrip(BLANK))


RULES: Final = {"yaml": Yaml()}
