"""How Java is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.rules import CLASS_LIKE, HIDDEN, Rules, split_top
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME: Final = r"[\w$\x80-\xff]"
_HARD: Final = (
    "abstract assert break case class catch const continue default do else enum extends final finally for goto if "
    "implements import instanceof interface native package private protected public return static strictfp super "
    "switch synchronized this throw throws transient try volatile while true false null"
)
_SOFT: Final = (
    "var record sealed permits yield when non module open requires exports opens to uses provides with transitive"
)
_MODIFIERS: Final = {
    "public": "exported",
    **{
        word: word
        for word in (
            "protected", "private", "static", "final", "abstract", "default", "native", "synchronized", "transient",
            "volatile", "strictfp", "sealed", "non-sealed",
        )
    },
}  # fmt: skip
_ANNOTATED: Final = {
    "Override": "override", "Deprecated": "deprecated", "Test": "test", "ParameterizedTest": "test",
    "RepeatedTest": "test", "TestFactory": "test", "TestTemplate": "test",
}  # fmt: skip
_WORDS: Final = re.compile(rf"(?:\s*+(?:{'|'.join(_MODIFIERS)})(?!{_NAME}))*+\s*+")
_ANNOTATION: Final = re.compile(rf"@\s*+({_NAME}++(?:\s*+\.\s*+{_NAME}++)*+)")
# A variable's own name follows its type: nothing but blanks between, or what ends a type.
_AFTER_TYPE: Final = re.compile(r"(?:<?+\?>|[>\]\[])*+\s++")
_IMPORT: Final = re.compile(r"(?:import(\s+module)?|(requires))\s+(?:(?:static|transitive)\s+)*([^\s;]+)")
_INLINE_TAG: Final = re.compile(r"\{@\w+(?:\s+([^{}]*))?\}|</?[a-z]+>")
_TEXT_BLOCK: Final = r'""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+(?:""")?+'
_TYPE_KEYWORDS: Final = "boolean byte char double float int long short void"
_FIELDS: Final = frozenset({"field", "constant", "enum_member"})


class Java(Rules):
    """Java, module declarations included."""

    grammar = ("tree_sitter_java", "language")
    queries = ("java",)
    indented = True
    splitter = words.splitter(
        {"/": words.C_COMMENT, '"': f"(?:{_TEXT_BLOCK}|{words.DOUBLE_QUOTED})", "'": words.SINGLE_QUOTED}, letters="$"
    )
    links: ClassVar = {"::": "\x01."}
    # After a keyword that is no type, a name is never a variable's own: STATEMENT.
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), words.STATEMENT),
        **dict.fromkeys(_TYPE_KEYWORDS.split(), 0),
        **dict.fromkeys(_SOFT.split(), words.SOFT | words.STATEMENT),
        "new": words.CREATED | words.STATEMENT,
        "var": words.SOFT,
    }

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        return gap.isspace() if word != "non" else gap == "-"

    def before(self, gap: str) -> int:
        if gap[-1] == "@":
            return words.DECORATING
        if gap.endswith(("++", "--")):
            return words.ASSIGNED
        return words.BOUND if _AFTER_TYPE.fullmatch(gap) else 0

    def role(self, signs: int) -> int:
        if signs & words.BOUND and not signs & (words.STATEMENT | words.CALLED):
            return HIDDEN
        return super().role(signs & ~words.BOUND)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        position = _read_modifiers(unit, draft)
        if draft.kind in CLASS_LIKE:
            _refine_type(unit, draft, position)
        elif draft.kind in _FIELDS:
            _refine_field(unit, draft)
        parent = draft.parent
        if parent is not None and parent.kind == "interface":
            _imply(draft, parent)
        doc = doc_before(unit.text, draft.start)
        draft.doc = _INLINE_TAG.sub(r"\1", doc) if "<" in doc or "{@" in doc else doc
        return True

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        statement = unit.slice(node)
        match = _IMPORT.match(statement)
        if match is None:
            return []
        line = unit.lines.at(node.start_byte)[0]
        if match[1] or match[2]:
            return [Import(line, match[3])]
        module, _, name = match[3].rpartition(".")
        return [Import(line, module, name)]


def _read_modifiers(unit: Unit, draft: Draft) -> int:
    """Take modifiers and annotations; return where they end. The signature starts after the annotations."""
    text = unit.text
    match = _WORDS.match(text, draft.start)
    assert match is not None
    found, end = match[0].split(), match.end()
    if text.startswith("@", end) and not text.startswith("@interface", end):
        for node in _annotations(draft):
            if node.start_byte != end:
                break
            if (name := _ANNOTATION.match(text, end)) is not None:
                draft.decorators.append(readable(name[1]))
            match = _WORDS.match(text, node.end_byte)
            assert match is not None
            if not found:
                draft.head = match.end() - len(match[0].lstrip())
            found += match[0].split()
            end = match.end()
    draft.modifiers += [_MODIFIERS[word] for word in found]
    draft.modifiers += [_ANNOTATED[name] for name in draft.decorators if name in _ANNOTATED]
    return end


def _annotations(draft: Draft) -> list[Node]:
    """The annotations (and comments between them) that a definition begins with."""
    first = draft.node.child(0)
    if first is None or first.type != "modifiers":
        return draft.node.named_children if draft.kind == "module" else []
    return first.named_children


def _refine_type(unit: Unit, draft: Draft, position: int) -> None:
    text = unit.text
    if text.startswith("@", position):
        draft.modifiers.append("annotation")
    elif text.startswith("record", position) and draft.kind == "class":
        draft.modifiers.append("record")
    for clause in ("extends", "implements"):
        for node in draft.captures.get(clause, ()):
            listing = _folded(text[node.start_byte : node.end_byte]).partition(" ")[2]
            draft.bases += [base.strip() for base in split_top(listing)]


def _folded(text: str) -> str:
    return " ".join(readable(text).split())


def _refine_field(unit: Unit, draft: Draft) -> None:
    """A field shows its first line; one that never changes is a constant."""
    if draft.kind == "field" and "static" in draft.modifiers and "final" in draft.modifiers:
        draft.kind = "constant"
    line_end = unit.text.find("\n", draft.name_end, draft.body)
    if line_end >= 0:
        draft.body = line_end


def _imply(draft: Draft, interface: Draft) -> None:
    """What members of an interface are without saying so."""
    modifiers = draft.modifiers
    if not {"private", "exported"}.intersection(modifiers):
        modifiers.insert(0, "exported")
    if (
        draft.kind == "method"
        and "body" not in draft.captures
        and not {"abstract", "annotation"}.intersection((*modifiers, *interface.modifiers))
    ):
        modifiers.append("abstract")


RULES: Final = {"java": Java()}
