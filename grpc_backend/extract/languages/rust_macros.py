"""Items inside macro invocations: `cfg_if! { … }`, `pin_project! { pub struct … }`, `bitflags! { … }`.

A grammar sees nothing but tokens there, so this reads the tokens: an item is a keyword, a name and what must
follow such a name. Only macros that stand where items stand are looked into.
"""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.draft import Draft, Unit

# What is no code, each without its first character.


def nested_comment(depth: int) -> str:
    """The rest of a block comment behind its `/*`; comments in it are comments of their own."""
    inner = rf"|/\*{nested_comment(depth - 1)}|/" if depth else "|/"
    return rf"(?:[^*/]++|\*(?!/){inner})*+(?:\*/)?+"


COMMENT: Final = rf"(?:/[^\n]*+|\*{nested_comment(3)}|)"
STRING: Final = r'(?:(?<=r")[^"]*+"?+|[^"\\]*+(?:\\.[^"\\]*+)*+"?+)'
# A character, or a lifetime (which is one word, and no reference).
QUOTED: Final = r"(?:\\[^\n][^'\n]*+'|[^'\\\n\x80-\xff]'|[\xc0-\xff][\x80-\xbf]*+'|[A-Za-z_][A-Za-z0-9_]*+|)"
# `r#"…"#` with up to four signs; any other sign opens nothing.
RAW: Final = "".join(rf'(?<=r#){signs}"(?:[^"]++|"(?!#{signs}))*+(?:"#{signs})?+|' for signs in ("", "#", "##", "###"))

_TOKEN: Final = re.compile(
    rf"""/{COMMENT}|r"[^"]*+"?+|(?:r#(?=["#])(?:{RAW.replace("(?<=r#)", "")}))|"{STRING}|'{QUOTED}"""
    r"|[{}()\[\];,#]|(?:r#)?+[A-Za-z_\x80-\xff][\w\x80-\xff]*+",
    re.DOTALL,
)
# Keyword → kind, and what must follow the name.
_AFTER_NAME: Final = {
    "fn": ("function", r"[<(]"),
    "struct": ("struct", r"[<({;:]|where\b"),
    "union": ("struct", r"[<{]"),
    "enum": ("enum", r"[<{:]|where\b"),
    "trait": ("interface", r"[<{:]|where\b"),
    "type": ("class", r"[<=;:]"),
    "mod": ("module", r"[{;]"),
    "const": ("constant", r"[:=]"),
    "static": ("variable", r":"),
    "macro_rules": ("function", r"[{(\[]"),
}
_ITEMS: Final = {word: (kind, re.compile(rf"\s*+(?:{after})")) for word, (kind, after) in _AFTER_NAME.items()}
# What may stand between a keyword and its name.
_BETWEEN: Final = frozenset({"mut", "ref", "unsafe", "async", "extern"})
# What is inside an item's braces.
_INSIDE: Final = {"struct": "fields", "enum": "variants", "interface": "items", "module": "items", "function": "items"}
_WORD: Final = re.compile(r"[A-Za-z_\x80-\xff]")
_VISIBILITY: Final = re.compile(r"(?:pub\s*+(?:\([^()]*+\)\s*+)?+)?+")
# How far back the arrow of a `match`-like arm is looked for.
_ARM_CHARACTERS: Final = 60
_FIELD: Final = re.compile(r"\s*+:(?!:)")


class _Group:
    """Brackets that are open; `kind` tells what to look for in them."""

    def __init__(self, kind: str, owner: Draft | None = None) -> None:
        self.kind = kind
        self.owner = owner  # the item whose body this is
        self.first = -1  # where the entry begins that is being read
        self.keyword = ""  # the item's keyword whose name is awaited
        self.pending: Draft | None = None  # the item whose end is awaited
        self.attribute = -1  # where the attribute begins that this is


class _Reader:
    """One pass over the tokens of one macro invocation."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._text = unit.text
        self._stack = [_Group("items")]
        self._hash = -1
        self.uses: list[tuple[int, int]] = []

    def read(self, start: int, end: int) -> None:
        for match in _TOKEN.finditer(self._text, start, end):
            sign, at = match[0], match.start()
            group = self._stack[-1]
            if sign in "{([":
                self._open(group, sign, at)
            elif sign in "})]":
                self._close(at)
            elif sign in ";,":
                if group.kind != "items" or sign == ";":
                    self._finish(group, at)
            elif sign == "#":
                self._hash = at
            elif _WORD.match(sign) and sign[-1] not in "\"'":
                self._word(group, sign, at, match.end())
        while self._stack:
            self._finish(self._stack[-1], end)
            self._end(self._stack.pop().owner, end)

    def _word(self, group: _Group, word: str, start: int, end: int) -> None:
        if group.kind in ("other", "rules"):
            return
        if group.first < 0:
            group.first = start
        if group.keyword and word not in _ITEMS:
            if word not in _BETWEEN:
                kind, after = _ITEMS[group.keyword]
                if after.match(self._text, end):
                    self._define(group, kind, start, end)
                group.keyword = ""
        elif word == "use" and group.kind == "items" and group.pending is None:
            self.uses.append((group.first, max(end, self._text.find(";", end))))
        elif word in _ITEMS and (group.kind == "items" or word == "const"):
            # `fn` in a row of items without ends; other keywords may stand inside the pending one.
            if group.pending is not None and word == "fn":
                self._finish(group, start)
                group.first = start
            arm = "=>" in self._text[max(group.first, start - _ARM_CHARACTERS) : start]
            if group.pending is None and self._text[start - 1] not in "*&" and not arm:
                group.keyword = word
        elif group.pending is None and group.kind == "variants":
            self._define(group, "enum_member", start, end)
        elif group.pending is None and group.kind == "fields" and self._is_field(group, start, end):
            self._define(group, "field", start, end)

    def _is_field(self, group: _Group, start: int, end: int) -> bool:
        """Whether a word names a field: with its type behind it, and nothing but its visibility before it."""
        return (
            _FIELD.match(self._text, end) is not None
            and _VISIBILITY.fullmatch(self._text, group.first, start) is not None
        )

    def _define(self, group: _Group, kind: str, start: int, end: int) -> None:
        group.pending = Draft.by_hand(self._unit, kind, (group.first, end), (start, end))
        group.pending.body = -1
        if group.keyword == "macro_rules":
            group.pending.captures["macro"] = []

    def _open(self, group: _Group, sign: str, at: int) -> None:
        inner = _Group("other")
        item = group.pending
        if sign == "{" and item is not None and item.kind in _INSIDE:
            inner = _Group("rules" if "macro" in item.captures else _INSIDE[item.kind], item)
            item.body = at
            group.pending = None
        elif sign == "{" and item is not None and item.kind == "enum_member":
            inner.kind = "fields"
        elif sign == "{" and group.kind == "items" and item is None:
            inner.kind = "items"
        elif sign == "[" and self._text[self._hash + 1 : at].strip() == "" and self._hash >= 0:
            inner.attribute = self._hash
        group.keyword = ""
        self._hash = -1
        self._stack.append(inner)

    def _close(self, at: int) -> None:
        if len(self._stack) == 1:
            return
        inner = self._stack.pop()
        self._finish(inner, at)
        if inner.attribute >= 0:
            self._unit.decorate(inner.attribute, at + 1)
        elif inner.kind != "other":
            self._end(inner.owner, at + 1)
            if self._stack[-1].pending is None:
                self._stack[-1].first = -1

    def _finish(self, group: _Group, at: int) -> None:
        """The entry that is being read ends here."""
        self._end(group.pending, at)
        group.pending, group.first, group.keyword = None, -1, ""

    def _end(self, item: Draft | None, at: int) -> None:
        if item is not None:
            item.end = at
            if item.body < 0:
                item.body = at
            self._unit.drafts.append(item)


def find_items(unit: Unit, start: int, end: int) -> list[tuple[int, int]]:
    """Add what the tokens from `start` to `end` define to `unit.drafts`; return the ranges of `use` items."""
    reader = _Reader(unit)
    reader.read(start, end)
    return reader.uses
