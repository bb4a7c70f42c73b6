"""Change a JSON document as text, so that comments, order and spacing stay as they are.

Reads what editors write: JSON with comments and trailing commas (JSONC). What is not that is
refused, with its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct

Json = Any

_TOKEN = re.compile(
    r"""(?P<space>[\s\ufeff]+|//[^\r\n]*|/\*.*?\*/)
      | (?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")
      | (?P<literal>-?[0-9][-+.0-9eE]*|true|false|null)
      | (?P<mark>[][{}:,])""",
    re.VERBOSE | re.DOTALL,
)
_DEEPEST = 200


class Malformed(ValueError):
    """The text is no JSON. Says where: line and column, counted from 1."""

    def __init__(self, text: str, offset: int, wanted: str) -> None:
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1) + 1
        super().__init__(f"line {line}, column {column}: {wanted}")


class Token(NamedTuple):
    """A piece of the text that is neither space nor comment; `kind` is empty at the end."""

    kind: str
    text: str
    start: int
    end: int


class Node(Struct):
    """A value and where it stands. `members` is None for what is no object; of equal keys the last counts."""

    start: int
    end: int
    value: Json
    members: dict[str, Node] | None = None
    trailing_comma: bool = False


def parse(text: str) -> Node | None:
    """The document, or None where there is nothing but space and comments. Errors: Malformed."""
    reader = _Reader(text)
    if not reader.next.kind:
        return None
    node = reader.value(0)
    if reader.next.kind:
        raise Malformed(text, reader.next.start, "the document ends here, yet there is more")
    return node


def merge(text: str, wanted: dict[str, Json]) -> str:
    """The text with `wanted` in it: objects are gone into, all else is replaced; nothing is removed.

    Returns `text` itself where all of it is there already. Errors: Malformed; also where something
    that is no object stands where one is needed.
    """
    for path, value in list(_leaves(text, parse(text), wanted)):
        text = _put(text, path, value)
    return text


def _leaves(text: str, node: Node | None, wanted: dict[str, Json]) -> Iterator[tuple[list[str], Json]]:
    """What differs, each with the keys that lead to it, as deep as the document has something already."""
    members = _members(text, node) if node else {}
    for key, value in wanted.items():
        there = members.get(key)
        if isinstance(value, dict) and there is not None and there.value != value:
            yield from (([key, *path], leaf) for path, leaf in _leaves(text, there, value))
        elif there is None or there.value != value:
            yield [key], value


class _Style(NamedTuple):
    """How the document is laid out: one level's indentation, and what ends a line."""

    unit: str
    ending: str


def _put(text: str, path: list[str], value: Json) -> str:
    """Set one value; all that leads to it is there."""
    root = parse(text)
    if root is None:
        before = text.rstrip() + "\n" if text.strip() else ""
        return before + _dump({path[0]: value}, "", _Style("  ", "\n")) + "\n"
    style = _Style(_unit(text, root), "\r\n" if "\r\n" in text else "\n")
    node = root
    for key in path[:-1]:
        node = _members(text, node)[key]
    there = _members(text, node).get(path[-1])
    if there is None:
        return _insert(text, node, path[-1], value, style)
    return text[: there.start] + _dump(value, _indent(text, there.start), style) + text[there.end :]


def _members(text: str, node: Node) -> dict[str, Node]:
    if node.members is None:
        raise Malformed(text, node.start, "an object {…} is needed here")
    return node.members


def _insert(text: str, node: Node, key: str, value: Json, style: _Style) -> str:
    """Add a member after the last one, and after the comments that follow that."""
    close = node.end - 1
    members = list(_members(text, node).values())
    last = len(text[:close].rstrip())
    if not members:
        outer = _indent(text, node.start)
        return text[:last] + _line(key, value, outer + style.unit, style) + style.ending + outer + text[close:]
    if node.trailing_comma:
        before, between, after = text[:last], "", ","
    else:
        end = max(member.end for member in members)
        before, between, after = text[:end] + ",", text[end:last], ""
    if "\n" not in text[node.start : node.end]:
        added = f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
    else:
        added = _line(key, value, _indent(text, members[-1].start), style)
    return before + between + added + after + text[last:]


def _line(key: str, value: Json, indent: str, style: _Style) -> str:
    return f"{style.ending}{indent}{json.dumps(key)}: {_dump(value, indent, style)}"


def _dump(value: Json, indent: str, style: _Style) -> str:
    """A value over several lines, all but the first of which begin with `indent`; lists stay on one line."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    lines = (_line(key, one, indent + style.unit, style) for key, one in value.items())
    return "{" + ",".join(lines) + style.ending + indent + "}"


def _indent(text: str, offset: int) -> str:
    """The space that the line of `offset` begins with."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset].lstrip("\ufeff")
    return line[: len(line) - len(line.lstrip())]


def _unit(text: str, root: Node) -> str:
    """How much one level is indented by: what the first member of the document is."""
    first = next(iter((root.members or {}).values()), None)
    return (_indent(text, first.start) if first else "") or "  "


class _Reader:
    """A recursive descent over the tokens, one ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._scan()
        self.next = next(self._tokens)

    def _scan(self) -> Iterator[Token]:
        at = 0
        while at < len(self._text):
            found = _TOKEN.match(self._text, at)
            if found is None:
                raise Malformed(self._text, at, f"{self._text[at]!r} is not understood")
            if found.lastgroup and found.lastgroup != "space":
                yield Token(found.lastgroup, found[0], at, found.end())
            at = found.end()
        yield Token("", "", at, at)

    def _take(self, mark: str = "") -> Token:
        token = self.next
        if mark and token.text != mark:
            raise Malformed(self._text, token.start, f"{mark!r} is missing")
        if token.kind:
            self.next = next(self._tokens)
        return token

    def value(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise Malformed(self._text, self.next.start, "nested too deep")
        if self.next.text == "{":
            return self._object(depth)
        if self.next.text == "[":
            return self._array(depth)
        token = self._take()
        if token.kind not in ("string", "literal"):
            raise Malformed(self._text, token.start, "a value is missing")
        return Node(token.start, token.end, self._decoded(token))

    def _decoded(self, token: Token) -> Json:
        try:
            return json.loads(token.text)
        except ValueError:
            raise Malformed(self._text, token.start, f"{token.text} is no value") from None

    def _object(self, depth: int) -> Node:
        start, members, comma = self._take("{").start, dict[str, Node](), False
        while self.next.text != "}":
            key = self._take()
            if key.kind != "string":
                raise Malformed(self._text, key.start, "a name in double quotes, or '}', is missing")
            self._take(":")
            members[self._decoded(key)] = self.value(depth + 1)
            comma = self._comma("}")
        end = self._take("}").end
        return Node(start, end, {key: node.value for key, node in members.items()}, members, comma)

    def _array(self, depth: int) -> Node:
        start, items = self._take("[").start, []
        while self.next.text != "]":
            items.append(self.value(depth + 1).value)
            self._comma("]")
        return Node(start, self._take("]").end, items)

    def _comma(self, close: str) -> bool:
        """Whether a comma came; without one the end must come."""
        if self.next.text == ",":
            self._take()
            return True
        if self.next.text != close:
            raise Malformed(self._text, self.next.start, f"',' or {close!r} is missing")
        return False
