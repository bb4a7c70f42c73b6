"""How Scala is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.annotated import (
    BLOCK,
    COMMENT,
    HOLDERS,
    LISTED,
    RAW_OR_QUOTED,
    Annotated,
    aliased,
    first_line,
    folded,
)  # fmt: skip
from grpc_backend.extract.rules import split_top
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_HARD: Final = (
    "abstract case catch class def do else enum export extends final finally for forSome given if implicit lazy match "
    "macro object override package private protected return sealed super then this throw trait try type while yield "
    "true false null _ import"
)
_SOFT: Final = "as derives end extension infix inline opaque open transparent using erased"
_MODIFIERS: Final = {
    word: word
    for word in (
        "private", "protected", "abstract", "final", "sealed", "implicit", "lazy", "override", "inline", "opaque",
        "open", "transparent", "infix", "case", "given", "var", "erased",
    )
}  # fmt: skip
_CHARACTER: Final = r"(?:(?:[^'\\\n\x80-\xff]|[\x80-\xff]{2,4}|\\u+[0-9a-fA-F]{4}|\\.)')?+"
_TYPE_ARGUMENTS: Final = re.compile(r"\[[^\[\]]*+(?:\[[^\[\]]*+(?:\[[^\[\]]*+\][^\[\]]*+)*+\][^\[\]]*+)*+\]")
_QUALIFIED_ACCESS: Final = re.compile(r"\b(private|protected)\[")
_SELECTOR: Final = re.compile(r"(\S+)(?:\s*=>\s*|\s+as\s+)(\S+)")
_COMMENTS: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class Scala(Annotated):
    """Scala 2 and 3, scripts and build definitions included."""

    grammar = ("tree_sitter_scala", "language")
    queries = ("scala",)
    splitter = words.splitter({"/": COMMENT, '"': RAW_OR_QUOTED, "'": _CHARACTER})
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), words.STATEMENT),
        **dict.fromkeys(_SOFT.split(), words.SOFT),
        **dict.fromkeys(("val", "var"), words.BOUND),
        "with": words.TYPED,
        "new": words.CREATED,
    }
    words_of_header = _MODIFIERS
    telling: ClassVar = {"deprecated": "deprecated", "main": "static"}
    salvaged = re.compile(
        r"(?:(?:@\w++(?:\([^()\n]*+\))?|[a-z]++(?:\[\w++\])?)[ \t]++)*?"
        r"(class|object|trait|enum|def|val|var|type)[ \t]++([\w\x80-\xff]++)"
    )
    salvaged_kinds: ClassVar = {
        "class": "class", "object": "object", "trait": "interface", "enum": "enum", "def": "function", "val": "field",
        "var": "field", "type": "class",
    }  # fmt: skip
    base_openers = frozenset({"extends", "with"})
    base_enders = frozenset({"derives"})
    signature_tail = " \t\r\n{=:"

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if gap.isspace():
            return "\n" not in gap
        return word == "extension" and gap.lstrip()[0] in "(["

    def before(self, gap: str) -> int:
        if gap[-1] == "@":
            return words.DECORATING
        if gap.endswith((": ", "[")):
            return words.TYPED
        return LISTED if gap.rstrip()[-1:] in "(," else 0

    def after(self, gap: str) -> int:
        if gap.startswith(": "):
            return words.BOUND
        if gap.startswith((" {", "{")):
            return BLOCK
        return words.SPANNING if gap in ("[", ", ") else super().after(gap)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind == "scope":
            draft.name = folded(_TYPE_ARGUMENTS.sub("", draft.name))
            return True
        return super().refine(unit, draft)

    def complete(self, unit: Unit, draft: Draft) -> bool:
        text, kind = unit.text, draft.kind
        draft.name = draft.name.strip("`")
        header = text[draft.head : draft.name_start]
        draft.modifiers += _QUALIFIED_ACCESS.findall(header)
        while text[draft.end - 1] in " \t\r\n":  # indented bodies end where the next line begins
            draft.end -= 1
        if kind == "function":
            _refine_function(draft)
        elif kind == "class" and header.split()[-1:] == ["type"]:
            draft.alias_of = _aliased(text, draft)
        elif kind in ("field", "variable"):
            draft.body = min(draft.body, first_line(text, draft.name_end, draft.end))
            if "given" in draft.captures:
                _refine_given(unit, draft)
        return True

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        statement = _COMMENTS.sub(" ", unit.slice(node)).partition(" ")[2]
        line = unit.lines.at(node.start_byte)[0]
        return [one for path in split_top(statement) for one in _imported(line, folded(path))]


def _refine_function(draft: Draft) -> None:
    if draft.parent is not None and draft.parent.kind in HOLDERS:
        draft.kind = "constructor" if draft.name == "this" else "method"
        if draft.captures and "body" not in draft.captures and "abstract" not in draft.modifiers:
            draft.modifiers.append("abstract")


def _refine_given(unit: Unit, draft: Draft) -> None:
    """A given with members is an object; one that is set to something, a value."""
    if "body" in draft.captures and draft.captures["body"][0].type == "with_template_body":
        draft.kind = "object"
        draft.body = draft.captures["body"][0].start_byte
        draft.bases = [folded(unit.slice(draft.captures["given"][0]))]


def _aliased(text: str, draft: Draft) -> str:
    """What stands behind the `=` that is no bound's or lambda's."""
    match = re.compile(r"[^=]*?(?<![<>:])=(?!>)").match(text, draft.name_end, draft.end)
    return aliased(text[match.end() : draft.end]) if match else ""


def _imported(line: int, path: str) -> list[Import]:
    """`a.b.C`, `a.b.{C, D => E}`, `a.b.*`, `a.b.C as D`."""
    module, brace, listing = path.partition("{")
    if brace:
        module = module.rstrip(". ")
        return [_selected(line, module, item.strip()) for item in listing.rstrip("} ").split(",") if item.strip()]
    module, _, name = path.rpartition(".")
    return [_selected(line, module, name)]


def _selected(line: int, module: str, name: str) -> Import:
    renamed = _SELECTOR.fullmatch(name)
    if renamed is not None:
        return Import(line, module, renamed[1], renamed[2])
    return Import(line, module, "*" if name == "_" else name)


RULES: Final = {"scala": Scala()}
