"""How Dart is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit
from grpc_backend.extract.languages.annotated import (
    AFTER_TYPE,
    COMMENT,
    Annotated,
    aliased,
    first_line,
    folded,
    name_operator,
)  # fmt: skip
from grpc_backend.extract.rules import HIDDEN
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_HARD: Final = (
    "assert break case catch class continue default do else enum extends finally for if in is new null rethrow return "
    "super switch this throw true false try while with"
)
_TYPE_KEYWORDS: Final = "void var final const late dynamic"
_SOFT: Final = (
    "abstract as async await base covariant deferred export extension external factory get hide implements import "
    "interface library mixin of on operator part required sealed set show static sync typedef when yield Function"
)
_MODIFIERS: Final = {
    word: word
    for word in (
        "abstract", "base", "const", "covariant", "external", "factory", "final", "interface", "late", "mixin",
        "sealed", "static", "extension",
    )
}  # fmt: skip
_LINE: Final = r"[^{q}\\\n]*+(?:\\.[^{q}\\\n]*+)*+{q}?+"
_TRIPLE: Final = r"{q}{q}[^{q}\\]*+(?:(?:\\.|{q}(?!{q}{q}))[^{q}\\]*+)*+(?:{q}{q}{q})?+"
_STRING: Final = {quote: f"(?:{_TRIPLE}|{_LINE})".replace("{q}", quote) for quote in "\"'"}
# What may stand before a definition's node on its line and belongs to it.
_LEAD: Final = re.compile(r"[ \t]*+((?:[\w$.?]++(?:<[^;{}()\n]*>\??)?[ \t]++)+)")
_URI: Final = re.compile(r"(?:import|export|part)\s+(?:augment\s+)?(['\"])([^'\"\n]*)\1")
_ALIAS: Final = re.compile(r"\bas\s+(\w+)")
_SHOWN: Final = re.compile(r"\bshow\s+([\w$,\s]+?)\s*(?:\bhide\b|;|$)")
_INK: Final = re.compile(rb"[^\r\n]")
_PRIMARY: Final = re.compile(
    rb"\b((?:class|enum)[ \t]+)(const[ \t]+)?([\w$]++(?:<[^<>(){}]*+>)?+)"
    rb"((?:\.\w++)?+\s*+\((?:[^()]|\((?:[^()]|\([^()]*+\))*+\))*+\))"
)
# A piece of documentation that is named for use elsewhere, or used here.
_TEMPLATE: Final = re.compile(r"\{@\w+[^{}]*\}\s*")
_TYPE_ARGUMENTS: Final = re.compile(r"<.*>|\?$", re.DOTALL)


class Dart(Annotated):
    """Dart."""

    grammar = ("tree_sitter_dart", "language")
    queries = ("dart",)
    splitter = words.splitter({"/": COMMENT, **_STRING}, letters="$")
    links: ClassVar = {"?.": "\x01.", "!.": "\x02."}
    # After a keyword that is no type, a name is never a variable's own: STATEMENT.
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), words.STATEMENT),
        **dict.fromkeys(_TYPE_KEYWORDS.split(), 0),
        **dict.fromkeys(_SOFT.split(), words.SOFT | words.STATEMENT),
        "r": words.SOFT,
        "$": 0,
    }
    words_of_header = _MODIFIERS
    telling: ClassVar = {"override": "override", "deprecated": "deprecated", "Deprecated": "deprecated"}
    base_openers = frozenset({"extends", "with", "implements", "on"})
    base_enders: ClassVar = frozenset()
    salvaged = re.compile(
        r"(?:(?:@\w++(?:\([^()\n]*+\))?|[a-z]++)[ \t]++)*?(class|mixin|enum|extension)[ \t]++(?:const[ \t]++)?([\w$]++)"
        r"(?![ \t]*+[=.(;][^{]*+;)"
    )
    salvaged_kinds: ClassVar = {"class": "class", "mixin": "class", "enum": "enum", "extension": "class"}

    def mend(self, source: bytes) -> bytes:
        """Without the constructors in the headers of classes, which the grammar does not know."""
        return _PRIMARY.sub(lambda match: match[1] + _blank(match[2]) + match[3] + _blank(match[4]), source)

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word == "r":
            return gap[0] in "\"'"
        if gap.isspace():
            return "\n" not in gap
        return word in ("async", "await", "Function", "sync") or (
            word in ("import", "export", "part") and gap[0] == " "
        )

    def before(self, gap: str) -> int:
        if gap[-1] == "@":
            return words.DECORATING
        return words.BOUND if AFTER_TYPE.fullmatch(gap) else 0

    def role(self, signs: int) -> int:
        return super().role(signs & ~words.BOUND if signs & words.STATEMENT else signs)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind == "scope":
            draft.name = folded(_TYPE_ARGUMENTS.sub("", draft.name))
            return True
        text = unit.text
        if "body" in draft.captures:
            draft.end = max(draft.end, draft.captures["body"][0].end_byte)
        if draft.kind == "class" and draft.name == "const":
            return False  # a declaring constructor, which the grammar does not know
        if draft.parent is None:
            _take_lead(text, draft)
        return super().refine(unit, draft)

    def take_bases(self, unit: Unit, draft: Draft) -> None:
        if "extension" not in draft.modifiers or "type" in unit.text[draft.head : draft.name_start].split():
            super().take_bases(unit, draft)

    def complete(self, unit: Unit, draft: Draft) -> bool:
        text, kind = unit.text, draft.kind
        if kind == "operator":
            name_operator(text, draft)
        elif kind in ("field", "variable"):
            if "const" in draft.modifiers:
                draft.kind = "constant"
            draft.body = min(draft.body, first_line(text, draft.name_end, draft.end))
        elif kind == "class" and text.startswith("typedef", draft.head):
            draft.alias_of = aliased(text[draft.name_end : draft.end].partition("=")[2])
        elif kind in ("function", "method", "constructor", "property") and "body" not in draft.captures:
            _mark_bodiless(draft)
        if "{@" in draft.doc:
            draft.doc = _TEMPLATE.sub("", draft.doc)
        if kind == "constructor" and text[draft.name_start - 1] == "." and draft.parent is not None:
            unit.roles.append((draft.name_start - 1 - len(draft.parent.name), draft.name_end, HIDDEN))
        if draft.name.startswith("_"):
            draft.modifiers.append("private")
        return True

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        statement = unit.slice(node)
        match = _URI.search(statement)
        if match is None:
            return []
        line = unit.lines.at(node.start_byte)[0]
        alias = _ALIAS.search(statement, match.end())
        shown = _SHOWN.search(statement, match.end())
        names = shown[1].split(",") if shown else ["" if alias or statement.startswith("part") else "*"]
        return [Import(line, match[2], name.strip(), alias[1] if alias else "") for name in names]


def _blank(piece: bytes | None) -> bytes:
    return _INK.sub(b" ", piece or b"")


def _take_lead(text: str, draft: Draft) -> None:
    """Type and modifiers of a top-level definition, which the grammar leaves beside it."""
    line = text.rfind("\n", 0, draft.start) + 1
    lead = _LEAD.fullmatch(text, line, draft.start)
    if lead is not None:
        draft.start = draft.head = lead.start(1)


def _mark_bodiless(draft: Draft) -> None:
    """A member without a body is abstract, or it is defined elsewhere."""
    if "external" in draft.modifiers:
        draft.modifiers.append("declaration")
    elif draft.kind in ("method", "property") and draft.captures and draft.parent is not None:
        draft.modifiers.append("abstract")


RULES: Final = {"dart": Dart()}
