"""How Zig is read."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before, uncommented
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.margins import end_by_margin
from grpc_backend.extract.rules import FUNCTION_LIKE, HIDDEN, Rules
from grpc_backend.model import Import, Role

_KEYWORDS: Final = (
    "addrspace align allowzero and anyframe anytype asm async await break callconv catch comptime continue defer "
    "else enum errdefer error export extern fn for if inline linksection noalias noinline nosuspend opaque or orelse "
    "packed pub resume return struct suspend switch test threadlocal try union unreachable usingnamespace var "
    "volatile while true false null undefined void bool type anyerror anyopaque noreturn comptime_int "
    "comptime_float usize isize c_char c_short c_ushort c_int c_uint c_long c_ulong c_longlong c_ulonglong "
    "c_longdouble f16 f32 f64 f80 f128 _"
)
_INTEGERS: Final = tuple(f"{sign}{bits}" for sign in "iu" for bits in range(129))
_MODIFIERS: Final = {
    "pub": "exported",
    "export": "exported",
    **{word: word for word in ("inline", "noinline", "threadlocal", "comptime", "packed", "extern")},
}
_LEAD_CHARACTERS: Final = 100
_SELF: Final = re.compile(
    r"\(\s*+(?:comptime\s++)?+(?:self\b|\w++\s*+:\s*+(?:\*\s*+)?+(?:const\s++)?+(?:@This\(\)|Self\b))"
)
_ALIASED: Final = re.compile(r"""[^=\n]*=\s*+((?:@import\("[^"\n]*+"\))?[\w.]*+);""")
_IMPORT: Final = re.compile(
    r"""(?:\b(pub\s++)?+(?:const|var)\s++(\w++|@"[^"\n]*+")\s*+=\s*+)?+@import\("([^"\n]*+)"\)(?:\.([\w.]++))?+"""
)
# Names that are given in a function besides those of variables.
_PAYLOAD: Final = re.compile(
    r"\|(?:(?<=\) \|)|(?<=> \|)|(?<=else \|)|(?<=catch \|)|(?<=defer \|))\*?+(\w++)(?:, ?+\*?+(\w++))?+\|"
)
_LABEL: Final = re.compile(r": (?:while|for|switch|inline|\{)")
_LETTERS: Final = string.ascii_letters + string.digits + "_"
_PARAMETER: Final = re.compile(r"(\w++)[ \t]*+:")
_SALVAGED: Final = re.compile(
    r"^(?P<indent>[ \t]*+)(?:(?:pub|export|inline|extern)[ \t]++)*+"
    r"(?:fn[ \t]++(?P<function>[A-Za-z_]\w*+)[ \t]*+\([^{;\n]*+"
    r"|const[ \t]++(?P<name>[A-Za-z_]\w*+)[ \t]*+=[ \t]*+(?:(?:packed|extern)[ \t]++)?+"
    r"(?P<type>struct|enum|union|opaque|error)\b(?:\([^)\n]*+\))?+(?=[ \t]*+\{))",
    re.MULTILINE,
)
_SALVAGED_KINDS: Final = {"struct": "struct", "enum": "enum", "union": "struct", "opaque": "struct", "error": "enum"}
_CONTAINER: Final = re.compile(
    r"\s*+=\s*+(?:(?:packed|extern)\s++)?+(struct|enum|union|opaque|error)\b\s*+(?:\([^{};]*?\))?+\s*+(?=\{)"
)
_TYPE_SIGNS: Final = (": ", "]", "?", "*", ")!", ") !", "}!")
_TRAILING_DOC: Final = re.compile(r"[ \t]*+,?+[ \t]*+(//[^\n]*+)")


class Zig(Rules):
    """Zig."""

    grammar = ("tree_sitter_zig", "language")
    queries = ("zig",)
    splitter = words.splitter(
        {
            "/": r"(?:/[^\n]*+)?+",
            '"': words.DOUBLE_QUOTED,
            "'": words.SINGLE_QUOTED,
            "\\": r"(?:\\[^\n]*+)?+",
            "@": r"[A-Za-z_0-9]*+",
        }
    )
    keywords: ClassVar = {
        **dict.fromkeys(_KEYWORDS.split(), 0),
        **dict.fromkeys(_INTEGERS, 0),
        "const": words.TYPED,  # `*const T`; the names of constants are found elsewhere
    }
    keyword_members = True

    def before(self, gap: str) -> int:
        if gap.endswith(_TYPE_SIGNS):
            return words.TYPED
        return words.BOUND if gap.endswith(" :") else 0

    def after(self, gap: str) -> int:
        return words.TYPED if gap[0] == "{" else super().after(gap)

    def role(self, signs: int) -> int:
        if signs & words.BOUND:
            return HIDDEN  # `break :label`
        if signs & words.ASSIGNED and signs & words.TYPED:
            return Role.TYPE  # `x: T = …`
        return super().role(signs)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        parent = draft.parent
        if draft.kind == "variable":
            _take_value(unit, draft)
        if not _is_kept(unit, draft, parent):
            if draft.kind == "variable":
                unit.role_at[draft.name_start] = HIDDEN
            return False
        if draft.name.startswith('@"'):
            draft.name = draft.name[2:].removesuffix('"')
            if not draft.name:
                return False
        if "test" in draft.captures:
            draft.prefix = "test"
            draft.modifiers.append("test")
        elif draft.kind == "function":
            _refine_function(unit, draft)
        elif draft.kind == "variable":
            _refine_variable(unit, draft)
        _describe(unit, draft)
        return True

    def salvage(self, unit: Unit, start: int, end: int) -> Iterable[Draft]:
        for found in _SALVAGED.finditer(unit.text, unit.text.rfind("\n", 0, start) + 1, end):
            kind = _SALVAGED_KINDS.get(found["type"] or "", "function")
            first = found.end("indent")
            draft = Draft.by_hand(
                unit,
                kind,
                (first, end_by_margin(unit.text, first, end, "}")),
                found.span("name" if found["name"] else "function"),
            )
            draft.body = found.end()
            draft.captures["salvaged"] = []
            yield draft

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        del drafts
        for given in _PAYLOAD.finditer(unit.text):
            unit.role_at[given.start(1)] = unit.role_at[given.start(given.lastindex or 1)] = HIDDEN
        for label in _LABEL.finditer(unit.text):
            before = unit.text[max(0, label.start() - _LEAD_CHARACTERS) : label.start()]
            unit.role_at[label.start() - len(before) + len(before.rstrip(_LETTERS))] = HIDDEN
        if "@import" in unit.text:
            for found in _IMPORT.finditer(unit.text):
                line = unit.lines.at(found.start(3))[0]
                alias = readable(found[2] or "")
                unit.imports.append(Import(line, readable(found[3]), readable(found[4] or ""), alias))


def _take_value(unit: Unit, draft: Draft) -> None:
    """A constant that is set to a type gives it its name."""
    if value := _CONTAINER.match(unit.text, draft.name_end, draft.end):
        draft.kind = _SALVAGED_KINDS[value[1]]
        draft.body = value.end()


def _is_kept(unit: Unit, draft: Draft, parent: Draft | None) -> bool:
    if draft.name == "_":
        return False
    if draft.kind == "variable":
        return (parent is None or parent.kind not in FUNCTION_LIKE) and not _is_import(unit, draft)
    if draft.kind == "enum_member":
        return parent is not None and parent.kind == "enum"
    if draft.kind == "field" and parent is not None:
        if parent.kind == "enum":
            draft.kind = "enum_member"
        elif ":" not in unit.text[draft.name_end : draft.end]:
            container = _CONTAINER.match(unit.text, parent.name_end, parent.end)
            return container is not None and container[1] == "union"  # else it is a tuple's type
    return True


def _is_import(unit: Unit, draft: Draft) -> bool:
    """`const std = @import("std");` gives no new thing a name, unless it is made public."""
    found = _IMPORT.match(unit.text, draft.start)
    return found is not None and found[2] is not None and found[1] is None


def _refine_function(unit: Unit, draft: Draft) -> None:
    text, parent = unit.text, draft.parent
    if parent is not None and parent.kind in ("struct", "enum", "function") and _SELF.match(text, draft.name_end):
        draft.kind = "method"
    if draft.captures.keys().isdisjoint(("body", "salvaged")):
        draft.modifiers.append("declaration")
    for parameter in _PARAMETER.finditer(text, draft.name_end, draft.body):
        unit.role_at[parameter.start()] = HIDDEN
    returned = text.rfind(")", draft.name_end, draft.body)
    if returned >= 0:
        unit.roles.append((returned, draft.body, Role.TYPE))


def _refine_variable(unit: Unit, draft: Draft) -> None:
    text = unit.text
    line_end = text.find("\n", draft.name_end, draft.end)
    draft.body = line_end if line_end >= 0 else draft.end
    lead = text[draft.start : draft.name_start]
    if "const" in lead.split():
        draft.kind = "constant"
        if aliased := _ALIASED.match(text, draft.name_end, draft.end):
            value = readable(aliased[1])
            draft.alias_of = "" if value[:1].isdigit() or value in ("undefined", "null", "true", "false") else value
    elif "extern" in lead.split():
        draft.modifiers.append("declaration")


def _describe(unit: Unit, draft: Draft) -> None:
    text = unit.text
    lead = text[draft.start : min(draft.name_start, draft.start + _LEAD_CHARACTERS)].split()
    draft.modifiers += dict.fromkeys(_MODIFIERS[word] for word in lead if word in _MODIFIERS)
    draft.doc = doc_before(text, draft.start, ("//",))
    if not draft.doc and draft.kind in ("field", "enum_member"):
        trailing = _TRAILING_DOC.match(text, draft.end)
        draft.doc = clean(uncommented(trailing[1])) if trailing else ""


RULES: Final = {"zig": Zig()}
