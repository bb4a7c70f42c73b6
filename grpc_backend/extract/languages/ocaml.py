"""How OCaml is read: implementations and interfaces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.margins import end_by_margin
from grpc_backend.extract.rules import FUNCTION_LIKE, HIDDEN, VALUES, Rules
from grpc_backend.model import Import, Role

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYWORDS: Final = (
    "and as assert begin class constraint do done downto else end exception external false for fun function functor if "
    "in include inherit initializer lazy let match method module mutable new nonrec object of open or private rec sig "
    "struct then to true try type val virtual when while with mod land lor lxor lsl lsr asr _"
)
# A character, or a type variable; a prime in a name is a letter.
_QUOTE: Final = re.compile(r"'(?<![\w']')(?:(?:[^\\'\n]|\\(?:[^'\n]{1,5}|'))'|[a-z_]\w*+)")
# What may stand before a definition's node on its line and belongs to it.
_LEAD: Final = re.compile(
    r"(?:\b(?:let|and|type|module|class|exception|external|val|method)\b[!%\w.]*+"
    r"(?:\s++(?:rec|nonrec|open|virtual|type|private|mutable)\b)*+\s*+(?:\[[^\]\n]*+\]\s*+|'\w++\s++)*+)\Z"
)
_LEAD_CHARACTERS: Final = 60
_MODIFIERS: Final = {"private": "private", "mutable": "mutable", "virtual": "abstract", "method!": "override"}
_KINDS: Final = {"record_declaration": "struct", "variant_declaration": "enum"}
_FUNCTION: Final = re.compile(r"\(?+\s*+(?:fun|function)\b")
# What is set in there is known there only.
_LOCAL: Final = FUNCTION_LIKE | VALUES
_PATH: Final = re.compile(r"[A-Z][\w.']*+\Z")
_OPENED: Final = re.compile(r"(?:open|include)!?+(?:%\w++)?+\s++(?:module\s++type\s++of\s++)?+([A-Z][\w.']*+)")
_BLANK_LINE: Final = re.compile(r"\n[ \t\r]*+\n")
_DOC_AFTER: Final = re.compile(r"[ \t]*+(?:\r?\n[ \t]*+)?+\(\*\*(?!\))((?:[^*]++|\*(?!\)))*+)\*\)")
_ALIAS_CHARACTERS: Final = 200
_SALVAGED: Final = re.compile(
    r"^(?P<indent>[ \t]*+)(?P<word>let(?:%\w++)?+(?:[ \t]++rec)?+|and|val|external|type(?:[ \t]++nonrec)?+|exception"
    r"|module[ \t]++type|module(?:[ \t]++rec)?+)[ \t]++(?:'\w++[ \t]++|\([^)\n]*+\)[ \t]++(?!=))?+"
    r"(?P<name>[A-Za-z_][\w']*+)(?P<tail>[^\n]*+)",
    re.MULTILINE,
)
_SALVAGED_KINDS: Final = {"type": "struct", "exception": "class", "module": "module"}


class OCaml(Rules):
    """One of the two."""

    splitter = words.splitter(
        {
            "(": r"(?:\*(?!\))(?:[^*]++|\*(?!\)))*+(?:\*\))?+)?+",
            '"': words.DOUBLE_QUOTED,
            "{": r"(?:\|(?:[^|]|\|(?!\}))*+(?:\|\})?+)?+",
        },
        letters="'",
    )
    keywords: ClassVar = dict.fromkeys(_KEYWORDS.split(), 0)
    signature_tail = " \t\r\n=:"

    def __init__(self, function: str, *queries: str) -> None:
        self.grammar = ("tree_sitter_ocaml", function)  # type: ignore[misc]
        self.queries = queries  # type: ignore[misc]

    def before(self, gap: str) -> int:
        return words.BOUND if gap[-1] in "~?" else 0

    def after(self, gap: str) -> int:
        if gap[0] == ":" and gap[1:2] not in ":=":
            return words.ANNOTATED
        return words.ASSIGNED if gap.lstrip(" ").startswith(("<-", ":=")) else 0

    def role(self, signs: int) -> int:
        if signs & words.BOUND and signs & words.ANNOTATED:
            return HIDDEN  # a label
        return Role.WRITE if signs & words.ASSIGNED else Role.READ

    def refine(self, unit: Unit, draft: Draft) -> bool:
        parent = draft.parent
        if draft.kind == "function":
            _refine_value(unit, draft)
        elif draft.kind == "struct":
            _refine_type(unit, draft)
        elif draft.kind == "module":
            _refine_module(unit, draft)
        elif draft.kind == "enum_member":
            draft.kind = "enum_member" if parent is not None and parent.kind == "enum" else "class"
        elif draft.kind == "method" and draft.body == draft.end:
            draft.modifiers.append("declaration")
        if draft.kind == "variable" and parent is not None and parent.kind in _LOCAL:
            unit.role_at[draft.name_start] = HIDDEN
            return False
        _describe(unit, draft)
        return True

    def imports(self, unit: Unit, node: Node) -> Iterable[Import]:
        if opened := _OPENED.match(unit.text, node.start_byte, node.end_byte):
            yield Import(unit.lines.at(node.start_byte)[0], readable(opened[1]), "*")

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        del drafts
        unit.masks += [quote.span() for quote in _QUOTE.finditer(unit.text)]

    def salvage(self, unit: Unit, start: int, end: int) -> Iterable[Draft]:
        for found in _SALVAGED.finditer(unit.text, unit.text.rfind("\n", 0, start) + 1, end):
            if found["tail"].rstrip().endswith(" in") or found["name"] == "open":
                continue
            kind = _SALVAGED_KINDS.get(found["word"].split()[0], "function")
            if found["word"].split()[-1] == "type" and kind == "module":
                kind = "interface"
            whole = found.start("word"), end_by_margin(unit.text, found.start("word"), end)
            draft = Draft.by_hand(unit, kind, whole, found.span("name"))
            draft.body = found.end()
            yield draft


def _refine_value(unit: Unit, draft: Draft) -> None:
    """`let f x = …`, `let f = fun x -> …`, `val f : a -> b` are functions, others variables."""
    text = unit.text
    if "typed" in draft.captures:
        draft.modifiers.append("declaration")
        takes = "->" in unit.slice(draft.captures["typed"][0])
    elif "test" in draft.captures:
        draft.prefix, takes = "test", True
        draft.modifiers.append("test")
    else:
        after = text[draft.name_end : draft.body].lstrip(" \t\r\n)")
        takes = (after[:1] not in (":", "=", "") or "->" in after) or _FUNCTION.match(text, draft.body) is not None
    if not takes:
        draft.kind = "variable"


def _refine_type(unit: Unit, draft: Draft) -> None:
    values = draft.captures.get("value")
    if values:
        draft.kind = _KINDS.get(values[0].type, "class")
        if draft.kind == "class":
            draft.alias_of = " ".join(unit.slice(values[0]).split())[:_ALIAS_CHARACTERS]
        else:
            draft.body = values[0].start_byte


def _refine_module(unit: Unit, draft: Draft) -> None:
    typed, values = draft.captures.get("typed"), draft.captures.get("value")
    if typed:
        written = (unit.slice(typed[0]).split(None, 1) or [""])[0]
        if _PATH.match(written):
            draft.bases = [written]
        if typed[0].type == "signature":
            draft.body = typed[0].start_byte
    if values:
        draft.body = min(draft.body, values[0].start_byte)
        written = unit.slice(values[0])
        draft.alias_of = written if _PATH.match(written) else ""
        if draft.alias_of:
            draft.body = draft.end
    if unit.text[draft.name_end : draft.body].lstrip().startswith("("):
        draft.modifiers.append("functor")


def _describe(unit: Unit, draft: Draft) -> None:
    text = unit.text
    least = max(0, draft.start - _LEAD_CHARACTERS)
    if lead := _LEAD.search(text, text.rfind("\n", least, draft.start) + 1 or least, draft.start):
        draft.start = draft.head = lead.start()
    for word in text[draft.head : draft.name_start].split():
        if word in _MODIFIERS:
            draft.modifiers.append(_MODIFIERS[word])
    if draft.kind == "variable":
        line_end = text.find("\n", draft.name_end, draft.end)
        draft.body = line_end if line_end >= 0 else draft.end
    draft.doc = _doc(text, draft)


def _doc(text: str, draft: Draft) -> str:
    """The documentation comment before a definition, or directly after it if the one before belongs to another."""
    before, alone = _doc_before(text, draft.start)
    if before and alone:
        return before
    after = _DOC_AFTER.match(text, draft.end)
    return clean(after[1]) if after else before


def _doc_before(text: str, start: int) -> tuple[str, bool]:
    """The comment that ends directly before `start`, and whether something else stands directly before it."""
    end = start
    while end and text[end - 1].isspace():
        end -= 1
    if not text.endswith("*)", 0, end) or _BLANK_LINE.search(text, end, start):
        return "", False
    opening = text.rfind("(*", 0, end - 2)
    if opening < 0 or text[text.rfind("\n", 0, opening) + 1 : opening].strip():
        return "", False
    last = text[max(0, opening - 200) : opening].rstrip(" \t")
    alone = not last or last.endswith("\n\n") or last.rstrip().endswith(("sig", "struct", "=", "{", "*)", "object"))
    return clean(text[opening:end].strip("(*) \n")), alone


RULES: Final = {
    "ocaml": OCaml("language_ocaml", "ocaml", "ocaml_values"),
    "ocaml_interface": OCaml("language_ocaml_interface", "ocaml"),
}
