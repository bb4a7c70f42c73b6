"""How JavaScript, TypeScript and TSX are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.rules import CLASS_LIKE, FUNCTION_LIKE, Rules, split_top
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_HARD: Final = (
    "break case catch class const continue debugger default delete do else enum export finally for function if in "
    "instanceof return super switch this throw try typeof var void while with yield null true false undefined import "
    "extends"
)
_SOFT: Final = (
    "let static async await get set of as from type interface implements namespace module declare abstract readonly "
    "keyof is infer asserts satisfies private protected public override unique global accessor out require"
)
_TYPE_KEYWORDS: Final = "any unknown never string number boolean symbol object bigint"
_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_MODIFIERS: Final = {
    "export": "exported",
    **{
        word: word
        for word in ("static", "async", "abstract", "readonly", "override", "private", "protected", "declare")
    },
}
# Soft keywords that come before something other than a word.
_OPENINGS: Final = {"from": "\"'", "module": "\"'", "async": "*", "static": "*[{", "readonly": "["}
# What may stand before a definition's node on its line and belongs to it.
_LEADS: Final = frozenset({"export", "const", "let", "var", "declare", "default", "using"})
_LEAD_CHARACTERS: Final = 100
_ALIAS_CHARACTERS: Final = 200
_DECLARING: Final = re.compile(r"\s*(?:export\s+)?(?:declare\s+)?((?:const|let|var|using)\b)")
_TYPES: Final = frozenset(_TYPE_KEYWORDS.split())
_EXPORTED: Final = re.compile(
    r"^[ \t]*export\s+(?:default\s+(\w+)\s*;?\s*$|(?:type\s*)?\{([^}]*)\}(?!\s*from))", re.MULTILINE
)
_FIRST_WORD: Final = re.compile(r"(?:^|,)\s*(\w+)")
_PLAIN: Final = re.compile(r"[\w$.]+")
_BASE_WORDS: Final = re.compile(r"\b(?:extends|implements)\b")
_QUOTED: Final = re.compile(r"""['"]([^'"\n]*)['"]\s*;?\s*(?:(?:with|assert)\b.*)?$""", re.DOTALL)
_CLAUSE: Final = re.compile(
    r"(?:import|export)\b\s*(?:type\b(?!\s*(?:,|from\b))\s*|typeof\b\s*)?(.*?)\s*(?:\bfrom\s*)?$", re.DOTALL
)
_REQUIRE: Final = re.compile(r"""=\s*require\s*\(\s*['"]([^'"\n]+)['"]\s*\)""")
_EXPORTS: Final = re.compile(r"(?:module\s*\.\s*)?exports$")
_COMMENTS: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


class EcmaScript(Rules):
    """One of the three; `queries` are those it needs."""

    splitter = words.splitter({"/": words.C_COMMENT, '"': words.DOUBLE_QUOTED, "'": words.SINGLE_QUOTED}, letters="$#")
    links: ClassVar = {"?.": "\x01."}
    keyword_members = True
    skips_minified = True
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), 0),
        **dict.fromkeys(_SOFT.split(), words.SOFT),
        **dict.fromkeys(("as", "satisfies"), words.SOFT | words.TYPED),
        "new": words.CREATED,
    }

    def __init__(self, grammar: tuple[str, str], *queries: str) -> None:
        self.grammar = grammar  # type: ignore[misc]
        self.queries = queries  # type: ignore[misc]
        if queries[1] == "typescript":
            self.keywords = self.keywords | dict.fromkeys(_TYPE_KEYWORDS.split(), words.SOFT)  # type: ignore[misc]

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word in _TYPES:
            return gap[0] not in ".=(" and not gap.startswith(" =")
        if gap.isspace():
            return "\n" not in gap
        return gap.lstrip()[0] in _OPENINGS.get(word, "")

    def refine(self, unit: Unit, draft: Draft) -> bool:
        name = draft.name
        if name[0] == "[":
            return False
        if name[0] in "\"'" and len(name) > 2:
            draft.name = name[1:-1]
        refiner = _REFINERS.get(draft.kind)
        if refiner is not None and not refiner(unit, draft):
            return False
        _describe(unit, draft)
        return True

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        return _imports(unit.lines.at(node.start_byte)[0], unit.slice(node))

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        for match in _REQUIRE.finditer(unit.text):
            unit.imports.append(Import(unit.lines.at(match.start())[0], match[1]))
        exported = {
            name
            for listings in _EXPORTED.findall(unit.text)
            for listing in listings
            for name in _FIRST_WORD.findall(listing)
        }
        for draft in drafts:
            if draft.parent is None and draft.name in exported and "exported" not in draft.modifiers:
                draft.modifiers.append("exported")


def _refine_variable(unit: Unit, draft: Draft) -> bool:
    """`const f = () => …` is a function; other variables count outside functions only."""
    value = draft.captures["value"][0] if "value" in draft.captures else None
    if not _takes_value(draft, value, "function") and draft.parent is not None and draft.parent.kind in FUNCTION_LIKE:
        return False
    if draft.kind == "variable":
        draft.body = _first_line(unit.text, draft)
        if unit.text.startswith("const", _declaration(unit.text, draft.start)):
            draft.kind = "constant"
    return True


def _takes_value(draft: Draft, value: Node | None, kind: str) -> bool:
    """Give a name the kind of the function or class that it is set to."""
    if value is None or (value.type not in _FUNCTIONS and value.type != "class"):
        return False
    draft.kind = "class" if value.type == "class" else kind
    body = value.child_by_field_name("body")
    if body is not None:
        draft.body = body.start_byte
    return True


def _refine_method(unit: Unit, draft: Draft) -> bool:
    del unit
    if "value" in draft.captures:
        _takes_value(draft, draft.captures["value"][0], "method")
    elif draft.name == "constructor" and draft.parent is not None and draft.parent.kind in CLASS_LIKE:
        draft.kind = "constructor"
    return True


def _refine_field(unit: Unit, draft: Draft) -> bool:
    if not _takes_value(draft, draft.captures["value"][0] if "value" in draft.captures else None, "method"):
        draft.body = _first_line(unit.text, draft)
    if draft.parent is not None and draft.parent.kind == "constructor":  # a parameter that is a property as well
        draft.parent = draft.parent.parent
    return draft.parent is not None


def _refine_property(unit: Unit, draft: Draft) -> bool:
    """A member of an interface or object type; or `a.b = …`, which counts where it makes a member."""
    if "target" not in draft.captures:
        return draft.parent is None or draft.parent.kind not in FUNCTION_LIKE
    target = unit.slice(draft.captures["target"][0])
    value = draft.captures["value"][0]
    if target == "this":
        return _refine_own(unit, draft)
    if target == "module" and draft.name == "exports":
        return _takes_value(draft, value, "function")
    is_code = _takes_value(draft, value, "function")
    if not _EXPORTS.search(target):
        draft.prefix = target.removesuffix(".prototype")
        if target.endswith(".prototype") and is_code:
            draft.kind = "method"
        return is_code and _PLAIN.fullmatch(draft.prefix) is not None
    draft.modifiers.append("exported")
    if not is_code:
        draft.kind = "variable"
        draft.body = _first_line(unit.text, draft)
    return draft.parent is None or draft.parent.kind == "local"


def _refine_own(unit: Unit, draft: Draft) -> bool:
    """`this.x = …` in a constructor."""
    if draft.parent is None or draft.parent.kind != "constructor":
        return False
    draft.parent = draft.parent.parent
    draft.kind = "field"
    draft.body = _first_line(unit.text, draft)
    return unit.is_first(draft)


def _refine_alias(unit: Unit, draft: Draft) -> bool:
    value = draft.node.child_by_field_name("value")
    if value is not None:
        draft.alias_of = " ".join(unit.slice(value).split())[:_ALIAS_CHARACTERS]
        draft.body = min(draft.body, draft.node.end_byte)
    return True


_REFINERS: Final = {
    "variable": _refine_variable,
    "method": _refine_method,
    "field": _refine_field,
    "property": _refine_property,
    "interface": _refine_alias,
}


def _describe(unit: Unit, draft: Draft) -> None:
    """Decorators, modifiers, bases and documentation."""
    text = unit.text
    line = text.rfind("\n", 0, draft.head) + 1
    if (
        line < draft.head < line + _LEAD_CHARACTERS
        and (leads := text[line : draft.head].split())
        and _LEADS.issuperset(leads)
    ):
        draft.start = draft.head = text.index(leads[0], line)
    if unit.decorations:
        draft.decorators = [decorator.partition("(")[0].lstrip("@ ") for decorator in draft.attach(unit)]
    if draft.name_start - draft.head < _LEAD_CHARACTERS:
        draft.modifiers += [
            _MODIFIERS[word] for word in text[draft.head : draft.name_start].split() if word in _MODIFIERS
        ]
    if draft.name[0] == "#":
        draft.modifiers.append("private")
    if draft.kind in CLASS_LIKE and draft.body < draft.end:
        draft.bases = _bases(readable(text[draft.name_end : draft.body]))
    draft.doc = doc_before(text, draft.start)


def _declaration(text: str, start: int) -> int:
    """Where the statement begins whose declarator begins at `start`."""
    line = text.rfind("\n", 0, start) + 1
    found = _DECLARING.match(text, line, start)
    return found.start(1) if found else start


def _first_line(text: str, draft: Draft) -> int:
    end = text.find("\n", draft.name_end, draft.end)
    return draft.end if end < 0 else end


def _bases(header: str) -> list[str]:
    """What stands after `extends` and `implements`, commas inside brackets apart."""
    bases: list[str] = []
    for clause in _BASE_WORDS.split(header)[1:]:
        bases += split_top(clause)
    return [base for base in (" ".join(base.split()) for base in bases) if base]


def _imports(line: int, statement: str) -> list[Import]:
    plain = _COMMENTS.sub(" ", statement)
    module = _QUOTED.search(plain)
    if module is None:
        return []
    clause = _CLAUSE.match(plain[: module.start()])
    listing = clause[1].replace("from", " ").strip() if clause else ""
    if not listing:
        return [Import(line, module[1])]
    outside, opened, inside = listing.partition("{")
    found = [_bound(line, module[1], name) for name in outside.replace("}", "").split(",") if name.strip()]
    if opened:
        found += [_named(line, module[1], item.split()) for item in inside.partition("}")[0].split(",") if item.strip()]
    return found


def _bound(line: int, module: str, name: str) -> Import:
    """`x` (the default export) or `* as x`."""
    parts = name.split()
    if parts[0] == "*":
        return Import(line, module, "*", parts[-1] if len(parts) > 1 else "")
    return Import(line, module, "default", parts[0])


def _named(line: int, module: str, parts: list[str]) -> Import:
    if parts[0] == "type" and len(parts) in (2, 4):
        parts = parts[1:]
    return Import(line, module, parts[0].strip("\"'"), parts[2] if len(parts) > 2 else "")


RULES: Final = {
    "javascript": EcmaScript(("tree_sitter_javascript", "language"), "ecmascript", "javascript", "jsx"),
    "typescript": EcmaScript(("tree_sitter_typescript", "language_typescript"), "ecmascript", "typescript"),
    "tsx": EcmaScript(("tree_sitter_typescript", "language_tsx"), "ecmascript", "typescript", "jsx"),
}
