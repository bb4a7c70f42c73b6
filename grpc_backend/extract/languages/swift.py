"""How Swift is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.annotated import (
    COMMENT,
    HOLDERS,
    RAW_OR_QUOTED,
    Annotated,
    aliased,
    first_line,
    folded,
)  # fmt: skip
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_HARD: Final = (
    "associatedtype class deinit enum extension fileprivate func import init inout internal operator private protocol "
    "public rethrows static struct subscript typealias break case continue default defer do else fallthrough guard if "
    "in repeat return switch where while any catch false nil self Self super throw throws true try await _ "
    "precedencegroup"
)
_SOFT: Final = (
    "actor async borrowing consuming convenience didSet distributed dynamic final get indirect infix isolated lazy "
    "macro mutating nonisolated nonmutating open optional override package postfix prefix required sending set some "
    "unowned weak willSet each discard consume copy unsafe"
)
_MODIFIERS: Final = {
    "public": "exported",
    "fileprivate": "private",
    **{
        word: word
        for word in (
            "open", "private", "internal", "package", "static", "final", "override", "mutating", "nonmutating", "lazy",
            "weak", "unowned", "convenience", "required", "dynamic", "indirect", "nonisolated", "distributed", "actor",
            "prefix", "postfix", "infix", "optional", "borrowing", "consuming", "macro",
        )
    },
}  # fmt: skip
_ASYNC: Final = re.compile(r"\)\s*async\b")
_IMPORT: Final = re.compile(
    r"import\s+((?:typealias|struct|class|enum|protocol|let|var|func|actor)\s+)?([\w.\x80-\xff]+)"
)
_TYPE_ARGUMENTS: Final = re.compile(r"<.*>", re.DOTALL)
_KINDS: Final = {"struct": "struct", "enum": "enum", "actor": "class", "extension": "scope", "class": "class"}


class Swift(Annotated):
    """Swift."""

    grammar = ("tree_sitter_swift", "language")
    queries = ("swift",)
    splitter = words.splitter({"/": COMMENT, '"': RAW_OR_QUOTED})
    links: ClassVar = {"...": "   ", "..<": "   ", "?.": "\x01.", "!.": "\x02."}
    keyword_members = True
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), words.STATEMENT),
        **dict.fromkeys(_SOFT.split(), words.SOFT),
        **dict.fromkeys(("let", "var", "for"), words.BOUND),
        **dict.fromkeys(("as", "is"), words.TYPED),
    }
    words_of_header = _MODIFIERS
    telling: ClassVar = {"Test": "test", "MainActor": "isolated"}
    salvaged = re.compile(
        r"(?:(?:@\w++(?:\([^()\n]*+\))?|[a-z]++(?:\(set\))?)[ \t]++)*?"
        r"(class|struct|enum|actor|extension|protocol|func|typealias|let|var|case)[ \t]++([\w\x80-\xff]++)"
    )
    salvaged_kinds: ClassVar = {
        "class": "class", "struct": "class", "enum": "class", "actor": "class", "extension": "class",
        "protocol": "interface", "func": "function", "typealias": "class", "let": "property", "var": "property",
        "case": "enum_member",
    }  # fmt: skip

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if gap.isspace():
            return "\n" not in gap
        return word in ("get", "set", "didSet", "willSet", "async") and gap.lstrip()[0] in "{(})"

    def before(self, gap: str) -> int:
        if gap[-1] == "@":
            return words.DECORATING
        return words.TYPED if gap.endswith("-> ") else 0

    def refine(self, unit: Unit, draft: Draft) -> bool:
        parent = draft.parent
        if draft.kind == "enum_member" and (parent is None or parent.kind not in HOLDERS):
            return False
        return super().refine(unit, draft)

    def complete(self, unit: Unit, draft: Draft) -> bool:
        text, kind = unit.text, draft.kind
        if draft.doc.startswith("MARK:"):
            draft.doc = ""  # a heading in the source
        draft.name = draft.name.strip("`")
        if kind == "class":
            _refine_type(text, draft)
        elif kind in ("function", "method", "constructor"):
            _refine_function(text, draft)
        elif kind in ("property", "variable", "enum_member"):
            _refine_value(text, draft)
        return True

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        match = _IMPORT.search(unit.slice(node))
        if match is None:
            return []
        line = unit.lines.at(node.start_byte)[0]
        module, dot, name = match[2].partition(".")
        return [Import(line, module, name)] if match[1] and dot else [Import(line, match[2], "*")]


def _refine_type(text: str, draft: Draft) -> None:
    """Classes, structures, enumerations, actors; and extensions, which only qualify what is inside."""
    keyword = text[draft.head : draft.name_start].rsplit(maxsplit=1)[-1]
    if keyword == "typealias":
        draft.alias_of = aliased(text[draft.name_end : draft.end].partition("=")[2])
        return
    draft.kind = _KINDS.get(keyword, "class")
    if draft.kind == "scope":
        draft.name = folded(_TYPE_ARGUMENTS.sub("", draft.name))


def _refine_function(text: str, draft: Draft) -> None:
    parent = draft.parent
    header = text[draft.head : draft.name_start].split()
    if parent is not None and parent.kind in HOLDERS:
        draft.kind = "method" if draft.kind == "function" else draft.kind
        if "class" in header:
            draft.modifiers.append("static")
        if draft.name.startswith("test") and any("TestCase" in base for base in parent.bases):
            draft.modifiers.append("test")
        if parent.kind == "interface":
            draft.modifiers.append("abstract")
    if _ASYNC.search(text, draft.name_end, draft.body):
        draft.modifiers.append("async")
    if not draft.name[0].isalpha() and draft.name[0] != "_":
        draft.kind = "operator"


def _refine_value(text: str, draft: Draft) -> None:
    if draft.kind == "variable" and "let" in text[draft.head : draft.name_start].split():
        draft.kind = "constant"
    draft.body = min(draft.body, first_line(text, draft.name_end, draft.end))


RULES: Final = {"swift": Swift()}
