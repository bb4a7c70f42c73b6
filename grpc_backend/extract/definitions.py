"""Finds what a syntax tree defines: runs the language's query and puts drafts together.

A query over a whole tree costs a quarter of the parse, so a language may state hints: then the
query is run level by level, on the containers that its `@into` captures name, and the
insides of a function are looked at only if a hint occurs there.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from grpc_backend.extract.draft import Captures, Draft, Unit, readable
from grpc_backend.extract.rules import FREE, HIDDEN, Rules
from grpc_backend.model import KINDS, Role

if TYPE_CHECKING:
    from tree_sitter import Node, QueryCursor

_DEFINING: Final = frozenset({*KINDS, "scope"})
# What a capture says of the one word that it is on; with `.all`, of every word in there.
_ROLES: Final = {
    "call": Role.CALL,
    "decorator": Role.DECORATOR,
    "free": FREE,
    "hidden": HIDDEN,
    "inherit": Role.INHERIT,
    "read": Role.READ,
    "type": Role.TYPE,
    "write": Role.WRITE,
}
# Captures that say something of the definition that is captured with them.
_PARTS: Final = frozenset({"name", "body", "value", "into", "outer"})
# Captures that need no `@name`: a function, and a class.
_NAMELESS: Final = {"local": "local", "anonymous": "scope"}
_RANGE_ROLES: Final = {
    "bases": Role.INHERIT,
    "import": Role.IMPORT,
    **{f"{name}.all": role for name, role in _ROLES.items()},
}


def find_definitions(unit: Unit, rules: Rules, cursor: QueryCursor, root: Node) -> None:
    """Fill `unit.drafts` (in order of position), `unit.imports`, `unit.roles` and `unit.masks`."""
    search = _Search(unit, rules, cursor)
    if rules.hints:
        search.level_by_level(root)
    else:
        for pattern, captures in cursor.matches(root):
            search.take(pattern, captures)
    for start, end in _merged(search.broken, root):
        for draft in rules.salvage(unit, start, end):
            if (known := search.found.get(draft.name_start)) is None:
                unit.drafts.append(draft)
            else:
                known.end = max(known.end, draft.end)
    # Two ranges may begin on one line.
    by_hand = {draft.name_start: draft for draft in reversed(unit.drafts) if draft.name_start not in search.found}
    unit.drafts = sorted(
        [*by_hand.values(), *search.found.values()], key=lambda draft: (draft.start, -draft.end, draft.name_start)
    )


class _Search:
    def __init__(self, unit: Unit, rules: Rules, cursor: QueryCursor) -> None:
        self._unit = unit
        self._rules = rules
        self._cursor = cursor
        self._hints = unit.hints
        self.found: dict[int, Draft] = {}
        self.broken: list[tuple[int, int]] = []
        self._ranges = {"mask": unit.masks, "code": unit.holes, "broken": self.broken}

    def level_by_level(self, root: Node) -> None:
        """Look into containers one level at a time."""
        waiting, seen = [(root, False)], {root.id}
        while waiting:
            node, local = waiting.pop()
            for pattern, captures in self._cursor.matches(node):
                draft = self.take(pattern, captures)
                if "into" not in captures:
                    continue
                inner_local = local if draft is None else not self._rules.enters(draft)
                for inner in captures["into"]:
                    if inner.id not in seen and (not inner_local or self._hinted(inner)):
                        seen.add(inner.id)
                        waiting.append((inner, inner_local))

    def _hinted(self, node: Node) -> bool:
        index = bisect_left(self._hints, node.start_byte)
        return index < len(self._hints) and self._hints[index] < node.end_byte

    def take(self, pattern: int, captures: Captures) -> Draft | None:
        """Take a match in; return the definition if it is one."""
        draft = None
        unit = self._unit
        for key, nodes in captures.items():
            if key in _PARTS:
                continue
            if key in _DEFINING:
                draft = self._define(pattern, key, nodes[0], captures)
            elif (role := _ROLES.get(key)) is not None:
                _say(unit, role, nodes)
            elif (role := _RANGE_ROLES.get(key)) is not None:
                unit.roles += [(node.start_byte, node.end_byte, role) for node in nodes]
                if key == "import":
                    for node in nodes:
                        unit.imports += self._rules.imports(unit, node)
            elif (ranges := self._ranges.get(key)) is not None:
                ranges += [node.byte_range for node in nodes]
            elif key == "embedded":
                unit.embedded += [(self._rules.embeds(unit, node), *node.byte_range) for node in nodes]
            elif key == "decoration":
                for node in nodes:
                    unit.decorate(node.start_byte, node.end_byte)
            elif (nameless := _NAMELESS.get(key)) is not None:
                self._nameless(nameless, nodes[0], captures)
        return draft

    def _define(self, pattern: int, kind: str, node: Node, captures: Captures) -> Draft | None:
        """Add one definition for each `@name`; return the first."""
        first: Draft | None = None
        for name_node in captures.get("name", ()):
            start, end = name_node.start_byte, name_node.end_byte
            known = self.found.get(start)
            if start == end or (known is not None and known.pattern > pattern):
                first = first or known
                continue
            draft = Draft(kind, node, captures, (start, end, readable(self._unit.text[start:end])))
            draft.pattern = pattern
            if "outer" in captures:
                draft.start, draft.end = captures["outer"][0].byte_range
            if "body" in captures:
                draft.body = captures["body"][0].start_byte
            elif "into" in captures:
                draft.body = captures["into"][0].start_byte
            self.found[start] = draft
            first = first or draft
        return first

    def _nameless(self, kind: str, node: Node, captures: Captures) -> None:
        """Nothing to show, but a place to what is inside."""
        start = node.start_byte
        self.found[~start] = Draft(kind, node, captures, (start, start, ""))


def _say(unit: Unit, role: int, nodes: list[Node]) -> None:
    """Note the role of words; that one is a type is the most general that can be said of it.

    A decorator is called, too; matches come in no order that would tell which is meant.
    """
    at = unit.role_at
    if role == Role.TYPE:
        for node in nodes:
            at.setdefault(node.start_byte, role)
    elif role == Role.CALL:
        for node in nodes:
            if at.get(node.start_byte) != Role.DECORATOR:
                at[node.start_byte] = role
    else:
        for node in nodes:
            at[node.start_byte] = role


def _merged(ranges: list[tuple[int, int]], root: Node) -> list[tuple[int, int]]:
    """The ranges that are in no other; a last one with nothing behind it goes on to the end of the file."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges, key=lambda span: (span[0], -span[1])):
        if not merged or end > merged[-1][1]:
            merged.append((start, end))
    if merged and (last := root.child(root.child_count - 1)) is not None and last.end_byte <= merged[-1][1]:
        merged[-1] = (merged[-1][0], root.end_byte)
    return merged
