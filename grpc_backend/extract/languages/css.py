"""How CSS, SCSS and Less are read: selectors by the classes and ids in them, custom properties, what at-rules name.

By hand: a style sheet is statements that end with `;` or `{`, which also holds for its dialects, where the
grammar loses what follows. One symbol a distinct name: where a selector is nothing but that name, else
where the name first occurs.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.rules import Rules
from grpc_backend.model import Import, Role

_URL: Final = r"rl\(\s*+(?:(?=[\"'])|[^)\n\"'{};]*+\)?)"
_SKIPPED: Final = {
    '"': words.DOUBLE_QUOTED,
    "'": words.SINGLE_QUOTED,
    "u": rf"(?:{_URL})?",
    "#": r"(?:\{[^{}\n]*+\}?)?",
    "@": r"(?:\{[^{}\n]*+\}?)?",
}
_IDENT: Final = r"(?:[\w\-\x80-\xff]|\\[0-9a-fA-F]{1,6}[ ]?|\\[^\n])++"
_SELECTOR: Final = re.compile(
    rf"\"[^\"\n]*+\"?|'[^'\n]*+'?|\[[^\]]*+\]?|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?"
    rf"|(?P<sign>[.\#&])(?P<name>(?!\d){_IDENT}|(?<=&)\d{_IDENT})(?P<made>[\#@]\{{)?|,"
)
_TELLING: Final = re.compile(r"[.#&]")
_MIXIN: Final = 2  # the group of `_USE` that is a call
_ESCAPE: Final = re.compile(r"\\(?:([0-9a-fA-F]{1,6}) ?|(.))")
_AT_RULE: Final = re.compile(r"@(?:-\w+-)?([\w-]+)\s*+(.*)", re.DOTALL)
_NAMES: Final = re.compile(rf"(?:[%\-$@]|\b)?{_IDENT}(?:\.{_IDENT})*+")
# The kind of what an at-rule names, and the modifier that tells it from others of that kind.
_NAMING: Final = {
    **{rule: ("key", rule) for rule in ("keyframes", "counter-style", "font-palette-values", "position-try", "layer")},
    **{rule: ("function", rule) for rule in ("mixin", "function")},
    "property": ("variable", ""),
}
_VARIABLE: Final = re.compile(r"(--[\w\-\x80-\xff]+|[$@][\w\-\x80-\xff]+)\s*+:(?!:)")
_IMPORT: Final = re.compile(
    r"@(?:import|use|forward|reference|plugin)\s++(?:\([\w, ]*+\)\s*+)?+(?:url\(\s*+)?+[\"']?([^\"')\s;]++)"
    r"(?:[\"')\s]++as\s++([\w\-*]++))?"
)
# Uses, between comments and the heads of functions, whose parameters are none. Every part begins with a
# character of its own, so that they are looked for by it.
_USE: Final = (
    r"|var\(\s*+(--[\w\-\x80-\xff]++)|@include\s++(?:[\w-]++\.)?+([\w\-]++)|(\$[\w\-]++)(?!\s*+:)"
    r"|@(?:mixin|function)\b[^{;]*+|[:(,]\s*+(@[\w\-]++)"
)
_COMMENT: Final = r"\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?"


def _marks(comment: str) -> re.Pattern[str]:
    """Compile what finds the next end of a statement, or a comment: a stretch of text (group 1) and either."""
    firsts = "".join(map(re.escape, _SKIPPED))
    inside = "".join(f"|{re.escape(first)}(?:{rest})" for first, rest in _SKIPPED.items())
    return re.compile(
        rf"\s*+((?:[^{{}};/{firsts}]++{inside}|/(?![/*]))*+)(?:([{{}};])|(/(?:{comment})?)|\Z)", re.DOTALL
    )


_WORD: Final = r"\w\-$@\x80-\xff"


class Css(Rules):
    """One of the three. References are the uses of custom properties, variables and mixins."""

    grammar = None
    skips_minified = True
    signature_tail = " \t\r\n{;"
    splitter = words.Splitter(re.compile(f"([^{_WORD}]+)"), words.classes(_WORD))
    keywords: ClassVar = {}

    def __init__(self, comment: str) -> None:
        self.marks = _marks(comment)
        self.uses = re.compile(f"/(?:{comment})?{_USE}")

    def define(self, unit: Unit) -> bool:
        sheet = _Sheet(unit)
        sheet.read(self.marks)
        for match in self.uses.finditer(unit.text):
            if match.lastindex:
                unit.holes.append(match.span(match.lastindex))
                if match.lastindex == _MIXIN:
                    unit.role_at[match.start(_MIXIN)] = Role.CALL
        unit.masks.append((0, len(unit.text)))
        return sheet.finish()

    def refine(self, unit: Unit, draft: Draft) -> bool:
        while draft.parent is not None and draft.parent.node == draft.node:  # names of one statement are siblings
            draft.parent = draft.parent.parent
        return True


class _Sheet:
    """A style sheet while it is being read."""

    def __init__(self, unit: Unit) -> None:
        self._unit, self._text = unit, unit.text
        # Where the documentation of the statement at hand is looked for: directly after a comment only.
        self._commented = False
        self._unbalanced = False
        # Of each open block: its definitions, and the class that `&-suffix` goes on from.
        self._open: list[tuple[list[Draft], str]] = []
        self._found: dict[tuple[tuple[str, str], str], tuple[Draft, bool]] = {}

    def read(self, marks: re.Pattern[str]) -> None:
        text = self._text
        start: int | None = None
        for match in marks.finditer(text, 3 if text.startswith("\xef\xbb\xbf") else 0):
            sign = match[2]
            if start is None:
                start = match.start(1)
            if sign is None:
                if start == match.start(3):  # a comment before a statement is no part of it
                    start, self._commented = None, True
                continue
            end = match.start(2)
            if sign == "{":
                self._open_block(start, end)
            elif start < end and text[start] in "-$@":
                self._declare(start, end)
            if sign == "}":
                self._close(end + 1)
            start, self._commented = None, False

    def finish(self) -> bool:
        """Close what is open at the end; return whether the sheet is broken."""
        broken = self._unbalanced or bool(self._open)
        while self._open:
            self._close(len(self._text))
        drafts = [draft for draft, _ in self._found.values()]
        self._unit.drafts = sorted(drafts, key=lambda draft: (draft.start, -draft.end, draft.name_start))
        return broken

    def _open_block(self, start: int, end: int) -> None:
        base = self._open[-1][1] if self._open else ""
        if self._text[start : start + 1] == "@":
            self._open.append((self._at_rule(start, end), base))
        else:
            found = self._selectors(start, end, base)
            self._open.append((found, next((one.name for one in found if "class" in one.modifiers), base)))

    def _close(self, end: int) -> None:
        if not self._open:
            self._unbalanced = True
            return
        for draft in self._open.pop()[0]:
            draft.end = end

    def _declare(self, start: int, end: int) -> None:
        """A custom property, a variable of the sheet, or an at-rule without a block."""
        match = _VARIABLE.match(self._text, start, end)
        if match is None:
            if self._text[start] == "@":
                self._at_rule(start, end)
                self._import(start, end)
        elif match[1][0] == "-" or not self._open:
            self._add(("variable", ""), (start, end), match.span(1), readable(match[1]))

    def _import(self, start: int, end: int) -> None:
        match = _IMPORT.match(self._text, start, end)
        if match is not None:
            line = self._unit.lines.at(start)[0]
            self._unit.imports.append(Import(line, readable(match[1]), alias=readable(match[2] or "")))

    def _at_rule(self, start: int, end: int) -> list[Draft]:
        match = _AT_RULE.match(self._text, start, end)
        kind = _NAMING.get(match[1]) if match else None
        if match is None or kind is None:
            return []
        names = list(_NAMES.finditer(self._text, match.start(2), end))
        if match[1] != "layer":
            names = names[:1]
        found = [self._add(kind, (start, end), name.span(), readable(name[0])) for name in names]
        return [draft for draft in found if draft is not None] + self._after_half_line(start, end)

    def _after_half_line(self, start: int, end: int) -> list[Draft]:
        """The selectors after an at-rule whose brackets were not closed on its line: it is being typed."""
        line = self._text.find("\n", start, end)
        if line < 0 or self._text.count("(", start, end) <= self._text.count(")", start, end):
            return []
        return self._selectors(line + 1, end, "")

    def _selectors(self, start: int, end: int, base: str) -> list[Draft]:
        found: list[Draft] = []
        if not _TELLING.search(self._text, start, end):
            return found
        first = start  # of the selectors between commas, the one at hand
        for match in _SELECTOR.finditer(self._text, start, end):
            if match[0] == ",":
                first = match.end()
            if not match["sign"] or match["made"]:
                continue
            name = _unescaped(match["name"])
            if match["sign"] == "&":
                name = base + name if base and name[0] in "-_" else ""
            alone = self._is_alone(first, match, end)
            modifier = "id" if match["sign"] == "#" else "class"
            draft = self._add(("key", modifier), (start, end), match.span("name"), name, alone) if name else None
            if draft is not None:
                found.append(draft)
        return found

    def _is_alone(self, first: int, match: re.Match[str], end: int) -> bool:
        """Whether a selector consists of one name."""
        text, after = self._text, match.end()
        while first < match.start() and text[first].isspace():
            first += 1
        while after < end and text[after].isspace():
            after += 1
        return first == match.start() and (after == end or text[after] == ",")

    def _add(
        self, kind: tuple[str, str], whole: tuple[int, int], place: tuple[int, int], name: str, alone: bool = False
    ) -> Draft | None:
        """Add a definition of a kind and modifier, unless the name has one that is as good."""
        known = self._found.get((kind, name))
        if known is not None and (known[1] or not alone):
            return None
        draft = Draft.by_hand(self._unit, kind[0], whole, place)
        draft.name, draft.body = name, whole[1]
        if kind[1]:
            draft.modifiers.append(kind[1])
        if self._commented:
            draft.doc = doc_before(self._text, draft.start)
        self._found[kind, name] = draft, alone
        return draft


def _unescaped(name: str) -> str:
    if "\\" not in name:
        return readable(name)
    return _ESCAPE.sub(lambda match: _character(match[1]) if match[1] else match[2], readable(name))


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


RULES: Final = {
    "css": Css(_COMMENT),
    "scss": Css(rf"/[^\n]*+|{_COMMENT}"),
    "less": Css(rf"/[^\n]*+|{_COMMENT}"),
}
