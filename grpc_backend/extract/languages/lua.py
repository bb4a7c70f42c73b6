"""How Lua is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.salvage import salvaged
from grpc_backend.extract.rules import VALUES, Rules
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true until "
    "while self require _ENV _"
)
# What follows the first bracket of a long string or comment; more equal signs than that are not met.
_LONG: Final = "|".join(rf"{level}\[(?:[^\]]|\](?!{level}\]))*+(?:\]{level}\])?+" for level in ("", "=", "==", "==="))
_CALLING: Final = re.compile(r"[ \t]*+(?:[({\"']|\[\[)")
_ASSIGNED: Final = re.compile(r"\s*+(?:,[\w\s,.]*+)?=(?!=)")
_REQUIRE: Final = re.compile(r"""require\s*[(,]?\s*(?:["']|\[\[)([^"'\]\n]+)""")
_BOUND: Final = re.compile(r"(?:^|[\s;])(?:local\s+)?([\w.]+)\s*=\s*(?:\w+\s*\(\s*)?$")
_REQUIRED: Final = re.compile(r"\s*(?:,\s*\w+\s*)*+(?:<\w+>\s*)?=\s*(?:pcall\s*\(\s*require\b|require\s*[(\"'\[])")
_LINE_CHARACTERS: Final = 200
_COMMENT_CHARACTERS: Final = 4000
_OPENING: Final = re.compile(
    r"^(?P<indent>[ \t]*+)(?:local[ \t]++)?+(?P<word>function)[ \t]++(?:\w++[.:])*+(?P<name>\w++)", re.MULTILINE
)
_TABLE: Final = re.compile(r"function\s++([\w.:]*+)(?<=[.:])")
_DOC: Final = ("--",)


class Lua(Rules):
    """Lua, LuaJIT."""

    grammar = ("tree_sitter_lua", "language")
    queries = ("lua",)
    splitter = words.splitter(
        {
            "-": rf"(?:-(?:\[(?:{_LONG})|[^\n]*+))?+",
            "[": f"(?:{_LONG})?+",
            '"': words.DOUBLE_QUOTED,
            "'": words.SINGLE_QUOTED,
        }
    )
    links: ClassVar = {":": "\x01"}
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)

    def after(self, gap: str) -> int:
        if _CALLING.match(gap):
            return words.CALLED
        return words.ASSIGNED if _ASSIGNED.match(gap) else 0

    def is_call(self, link: str, name: str) -> bool:
        del name
        return link == "\x01"

    def refine(self, unit: Unit, draft: Draft) -> bool:
        text = unit.text
        if draft.kind == "scope":
            return True
        if draft.kind in VALUES and _REQUIRED.match(text, draft.name_end):
            unit.role_at[draft.name_start] = Role.IMPORT
            return False
        if text.startswith("[", draft.start) and draft.captures["name"][0].type == "identifier":
            return False  # the key is what the name stands for
        if "table" in draft.captures:
            draft.prefix = unit.slice(draft.captures["table"][0]).replace(":", ".").replace(" ", "")
        elif table := _TABLE.match(text, draft.start, draft.name_start):
            draft.prefix = table[1].rstrip(".:").replace(":", ".")
        if draft.kind in VALUES and not _is_first(unit, draft):
            return False
        line = text.rfind("\n", 0, draft.start) + 1
        if text[line : draft.start].strip() == "local":
            draft.start = draft.head = text.index("local", line)
        if text.startswith("local", draft.start) and draft.kind != "method":
            draft.modifiers.append("local")
        if draft.kind == "variable" and (
            _is_constant(draft.name) or "<const>" in text[draft.name_end : draft.name_end + 9]
        ):
            draft.kind = "constant"
        draft.body = _signature_end(text, draft)
        draft.doc = _doc(text, draft.start)
        return True

    def salvage(self, unit: Unit, start: int, end: int) -> list[Draft]:
        return salvaged(unit, (start, end), _OPENING, "end", {"function": "function"})

    def imports(self, unit: Unit, node: Node) -> Iterator[Import]:
        start = node.start_byte
        if match := _REQUIRE.match(unit.text, unit.text.find("require", start, node.end_byte)):
            line = unit.text.rfind("\n", 0, start) + 1
            bound = _BOUND.search(unit.text[max(line, start - _LINE_CHARACTERS) : start])
            yield Import(unit.lines.at(start)[0], match[1], alias=bound[1] if bound else "")


def _is_first(unit: Unit, draft: Draft) -> bool:
    """Fields of one name in two tables are two."""
    key = (-1, f"{draft.prefix}.{draft.name}")
    known = key in unit.seen
    unit.seen.add(key)
    return not known


def _is_constant(name: str) -> bool:
    return name.isupper() and len(name) > 1 and name[0] != "_"


def _doc(text: str, start: int) -> str:
    """The comment before a definition; a long one is between brackets."""
    line = text.rfind("\n", 0, start)
    end = (
        len(text[max(0, line - _LINE_CHARACTERS) : line].rstrip()) + max(0, line - _LINE_CHARACTERS) if line > 0 else 0
    )
    if not text.endswith("]]", 0, end):
        return doc_before(text, start, _DOC)
    opening = text.rfind("--[[", max(0, end - _COMMENT_CHARACTERS), end)
    return clean(text[opening + 4 : end - 2].lstrip("-")) if opening >= 0 else ""


def _signature_end(text: str, draft: Draft) -> int:
    """The end of the parameters, or of the line."""
    if draft.kind in ("function", "method"):
        closing = text.find(")", draft.name_end, draft.end)
        return draft.end if closing < 0 else closing + 1
    end = text.find("\n", draft.name_end, min(draft.end, draft.name_end + _LINE_CHARACTERS))
    return draft.end if end < 0 else end


RULES: Final = {"lua": Lua()}
