"""How Go is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.rules import FUNCTION_LIKE, VALUES, Rules
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "break case chan const continue default defer else fallthrough for func go goto if import interface map package "
    "range return select struct switch type var nil true false iota _"
)
_TYPE_NAME: Final = re.compile(r"[*\s(]*([\w\x80-\xff]+)")
_IMPORT: Final = re.compile(r"""([\w.]+)?\s*["`]([^"`]*)["`]""")
_NAMED_TYPE: Final = re.compile(r"[\w.\x80-\xff]+(?:\[.*\])?", re.DOTALL)
_TEST: Final = re.compile(r"(?:Test|Benchmark|Fuzz|Example)(?![a-z])")
_ALIAS_CHARACTERS: Final = 200
_MEMBERS: Final = VALUES | {"method"}


class Go(Rules):
    """Go."""

    grammar = ("tree_sitter_go", "language")
    queries = ("go",)
    indented = True
    splitter = words.splitter(
        {"/": words.C_COMMENT, '"': words.DOUBLE_QUOTED, "'": words.SINGLE_QUOTED, "`": "[^`]*+`?+"}
    )
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        parent = draft.parent
        if draft.name == "_":
            is_value = draft.kind in VALUES
            draft.kind, draft.name = "local", ""  # nothing reaches what is in there
            return not is_value
        if draft.kind in _MEMBERS and parent is not None and parent.kind in FUNCTION_LIKE:
            return False  # a local variable, or a member of a type without a name
        if "receiver" in draft.captures:
            receiver = _TYPE_NAME.match(unit.slice(draft.captures["receiver"][0]))
            draft.prefix = receiver[1] if receiver else ""
        elif draft.kind == "class":
            draft.alias_of = " ".join(unit.slice(draft.captures["value"][0]).split())[:_ALIAS_CHARACTERS]
        elif "embedded" in draft.captures:
            draft.modifiers.append("embedded")
            if parent is not None:
                parent.bases.append(unit.slice(draft.captures["embedded"][0]))
        elif "members" in draft.captures:
            draft.bases = _embedded(unit, draft.captures["members"][0])
        if draft.kind in ("variable", "constant"):
            draft.body = _line_end(unit.text, draft)
        _mark(unit, draft)
        return True

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        match = _IMPORT.match(unit.slice(node))
        if match is None:
            return []
        name = "*" if match[1] == "." else ""
        return [Import(unit.lines.at(node.start_byte)[0], match[2], name, "" if name else match[1] or "")]


def _embedded(unit: Unit, interface: Node) -> list[str]:
    """The interfaces that an interface includes (its type unions are none)."""
    elements = (node for node in interface.named_children if node.type == "type_elem")
    return [unit.slice(node) for node in elements if _NAMED_TYPE.fullmatch(unit.slice(node))]


def _mark(unit: Unit, draft: Draft) -> None:
    if draft.name[0].isupper():
        draft.modifiers.append("exported")
    if "body" not in draft.captures and draft.node.type == "function_declaration":
        draft.modifiers.append("declaration")
    if draft.kind == "function" and _TEST.match(draft.name):
        draft.modifiers.append("test")
    draft.head = _statement(unit.text, draft)
    draft.doc = doc_before(unit.text, draft.head)


def _statement(text: str, draft: Draft) -> int:
    """Where `type`, `const` or `var` stands, if on the definition's line."""
    line = text.rfind("\n", 0, draft.start) + 1
    word = text[line : draft.start].strip()
    return text.index(word, line) if word in ("type", "const", "var") else draft.start


def _line_end(text: str, draft: Draft) -> int:
    end = text.find("\n", draft.name_end, draft.end)
    return draft.end if end < 0 else end


RULES: Final = {"go": Go()}
