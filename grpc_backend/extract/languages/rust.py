"""How Rust is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before, uncommented
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.rust_macros import COMMENT, QUOTED, RAW, STRING, find_items
from grpc_backend.extract.rules import HIDDEN, Rules, split_top
from grpc_backend.model import Import

if TYPE_CHECKING:
    from tree_sitter import Node

_HARD: Final = (
    "as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref return "
    "self Self static struct super trait true type unsafe use where while async await dyn _"
)
_SOFT: Final = "union default auto macro_rules safe raw"
_PRIMITIVE: Final = "bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64"
# What makes the string after it another one.
_STRING_PREFIXES: Final = ("r", "b", "br", "c", "cr")


_SPACE: Final = r"(?:\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+)*+"
_MODIFIERS: Final = re.compile(
    rf"(pub\s*+(?:\([^)]*+\))?+)?+{_SPACE}"
    rf'((?:(?:default|async|const|unsafe|safe|static|mut|auto|extern)\b{_SPACE}(?:"[^"\n]*+"\s*+)?+)*+)'
)
_MODIFIER: Final = re.compile(r"\b(?:default|async|const|unsafe|static|mut|extern)\b")
_SELF: Final = re.compile(r"\(\s*+(?:&\s*+(?:'\w++\s++)?+)?+(?:mut\s++)?+self\b")
_TYPE_NAME: Final = re.compile(
    r"(?:[&*!\s]|\(\s*+(?=dyn|impl)|'\w++|\b(?:mut|const|dyn|impl)\b)*+(?:::)?+(?:[\w\x80-\xff#]++\s*+::\s*+)*+([\w\x80-\xff]++)"
)
_ATTRIBUTE: Final = re.compile(r"#!?\s*+\[\s*+(.*)\]", re.DOTALL)
_INNER_DOC: Final = re.compile(r"\{\s*+((?://![^\n]*+\n\s*+)++)")
_ASSIGNMENT: Final = re.compile(r"\s++(?:[-+*/%&|^]|<<|>>)?+=(?![=>])")
_MACRO: Final = re.compile(r"!\s*+[(\[{]")
_USE: Final = re.compile(r"(?:pub\s*+(?:\([^)]*+\))?+\s*+)?+(?:use\b|extern\s++crate\b)")
_USE_TOKEN: Final = re.compile(r"[{},;]|\*|(?:r#)?+[\w\x80-\xff]++")
_CFG_TEST: Final = re.compile(r"(?<!not\()\btest\b")
_EXCHANGED: Final = {ord("+"): ",", ord(","): "+"}
_ATTRIBUTES: Final = {
    "test": "test", "rstest": "test", "test_case": "test", "quickcheck": "test", "bench": "test",
    "wasm_bindgen_test": "test", "deprecated": "deprecated", "macro_export": "exported",
}  # fmt: skip
_ATTRIBUTE_CHARACTERS: Final = 100
_ALIAS_CHARACTERS: Final = 200
_SCOPE_CHARACTERS: Final = 60
_PATH_CHARACTERS: Final = 500

# Macros whose code is for another place.
_QUOTATION: Final = re.compile(r"\b\w*quote\w*!\s*+\Z")
_QUOTATION_CHARACTERS: Final = 20


class Rust(Rules):
    """Rust."""

    grammar = ("tree_sitter_rust", "language")
    queries = ("rust",)
    indented = True
    splitter = words.splitter({"/": COMMENT, '"': STRING, "'": QUOTED, "#": f"(?:{RAW})"})
    links: ClassVar = {"::": "\x01."}
    keywords: ClassVar = {
        **dict.fromkeys(_HARD.split(), 0),
        **dict.fromkeys((*_SOFT.split(), *_PRIMITIVE.split(), *_STRING_PREFIXES), words.SOFT),
    }

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word in _STRING_PREFIXES:
            return gap[0] in "\"'#"
        if word in _SOFT:
            return gap[0] == "!" if word == "macro_rules" else gap.isspace()
        return gap[0] != "("

    def before(self, gap: str) -> int:
        return words.DECORATING if gap.endswith(("#[", "#![")) else 0

    def after(self, gap: str) -> int:
        if gap[0] == "(" or _MACRO.match(gap):
            return words.CALLED
        return words.ASSIGNED if _ASSIGNMENT.match(gap) else 0

    def refine(self, unit: Unit, draft: Draft) -> bool:
        name = draft.name
        if name == "_":
            return False
        if name.startswith("r#"):
            draft.name = name[2:]
            draft.name_start += 2
        if draft.kind == "scope":
            draft.name = _type_name(name)
            return True
        if draft.alias_of:  # a re-export, complete as it is
            return True
        _decorate(unit, draft)
        _mark(unit, draft)
        refiner = _REFINERS.get(draft.kind)
        if refiner is not None:
            refiner(unit, draft)
        draft.doc = draft.doc or doc_before(unit.text, draft.start, ("///",))
        if not draft.doc and draft.head != draft.start:  # between the attributes and what they are on
            draft.doc = doc_before(unit.text, draft.head, ("///",))
        return True

    def embeds(self, unit: Unit, node: Node) -> str:
        if _QUOTATION.search(unit.text, max(0, node.start_byte - _QUOTATION_CHARACTERS), node.start_byte):
            return ""
        for start, end in find_items(unit, node.start_byte + 1, node.end_byte - 1):
            unit.imports += _imports(unit, start, end)
        return ""

    def imports(self, unit: Unit, node: Node) -> list[Import]:
        return _imports(unit, *node.byte_range)

    def finish(self, unit: Unit, drafts: list[Draft]) -> None:
        """The traits that a file implements for its types are their bases."""
        types = {draft.qualified: draft for draft in drafts if draft.kind in ("struct", "enum")}
        for draft in drafts:
            if draft.kind == "scope" and "trait" in draft.captures and draft.qualified in types:
                trait = draft.captures["trait"][0]
                if unit.text[trait.start_byte - 1] != "!":  # which says that it is not implemented
                    types[draft.qualified].bases.append(" ".join(unit.slice(trait).split()))


class _Leaf(NamedTuple):
    """One name that a `use` brings in, the range of all that says so, and where the name stands that it has here."""

    path: str
    name: str
    alias: str
    whole: tuple[int, int]
    bound: tuple[int, int]


def _imports(unit: Unit, start: int, end: int) -> list[Import]:
    """What a `use` brings in; what a public one gives to others is defined by it."""
    line = unit.lines.at(start)[0]
    leaves = list(_leaves(unit.text, start, end))
    if unit.text.startswith("pub", start):
        unit.drafts += [_reexport(unit, start, leaf) for leaf in leaves if leaf.name != "*" and leaf.alias != "_"]
    return [Import(line, leaf.path, leaf.name, leaf.alias) for leaf in leaves]


def _leaves(text: str, start: int, end: int) -> Iterator[_Leaf]:
    """The names of a `use` or `extern crate`, groups opened."""
    group, at = "", (start, start)  # the path before the innermost open group, and where it ends
    outer: list[tuple[str, tuple[int, int]]] = []
    path: list[str] = []
    spans: list[tuple[int, int]] = []
    for match in _USE_TOKEN.finditer(text, _opened(text, start), end):
        sign = match[0]
        if sign == "{":
            outer.append((group, at))
            group, at = _joined(group, path), spans[-1] if spans else at
        elif sign in ("}", ",", ";"):
            if path:
                yield _leaf(group, at, path, spans)
            if sign == "}" and outer:
                group, at = outer.pop()
        else:
            path.append(readable(sign))
            spans.append(match.span())
            continue
        path, spans = [], []
    if path:
        yield _leaf(group, at, path, spans)


def _opened(text: str, start: int) -> int:
    """Where the paths of a `use` or `extern crate` begin."""
    match = _USE.match(text, start)
    return match.end() if match else start


def _leaf(group: str, at: tuple[int, int], path: list[str], spans: list[tuple[int, int]]) -> _Leaf:
    """One name out of `a`, `b`, …, perhaps `as`, `c`; `self` is the group it stands in."""
    alias = ""
    start, (name_start, name_end) = spans[0][0], spans[-1]
    if len(path) > 2 and path[-2] == "as":
        alias = path[-1]
        path = path[:-2]
    whole = _joined(group, path)
    if path == ["self"] and group:
        whole = group
        if not alias:
            start, (name_start, name_end) = at[0], at
    module, _, name = whole.rpartition("::")
    return _Leaf(module or name, name if module else "", alias, (start, name_end), (name_start, name_end))


def _joined(group: str, path: list[str]) -> str:
    """A path inside a group; beyond a length nobody writes, nothing is added."""
    return "::".join([group, *path] if group else path) if len(group) < _PATH_CHARACTERS else group


def _reexport(unit: Unit, start: int, leaf: _Leaf) -> Draft:
    """The definition that a `pub use` is for others. What kind it has, only Rust's naming rules tell."""
    draft = Draft.by_hand(unit, "variable", leaf.whole, leaf.bound)
    name = draft.name
    if name[:1].isupper():
        draft.kind = "constant" if name.isupper() and len(name) > 1 else "class"
    draft.alias_of = f"{leaf.path}::{leaf.name}" if leaf.name else leaf.path
    opening = " ".join(unit.text[start : _opened(unit.text, start)].split())
    draft.modifiers = ["internal" if "(" in opening else "exported", "reexport", "declaration"]
    draft.signature = f"{opening} {draft.alias_of}" + (f" as {leaf.alias}" if leaf.alias else "")
    if leaf.alias:
        unit.role_at[draft.name_start] = HIDDEN
    return draft


def _decorate(unit: Unit, draft: Draft) -> None:
    """Attributes, as written in their brackets."""
    if not unit.decorations:
        return
    for text in draft.attach(unit):
        match = _ATTRIBUTE.match(text)
        attribute = " ".join(match[1].split())[:_ATTRIBUTE_CHARACTERS] if match else ""
        draft.decorators.append(attribute)
        name = attribute.partition("(")[0].rpartition("::")[2]
        if name in _ATTRIBUTES:
            draft.modifiers.append(_ATTRIBUTES[name])
        elif name == "cfg" and _CFG_TEST.search(attribute):
            draft.modifiers.append("test")


def _mark(unit: Unit, draft: Draft) -> None:
    """Visibility and what stands before `fn`."""
    match = _MODIFIERS.match(unit.text, draft.head)
    if match is not None:
        visibility, others = match.groups()
        if visibility:
            draft.modifiers.append("internal" if "(" in visibility else "exported")
        if others:
            draft.modifiers += _MODIFIER.findall(others)
    parent = draft.parent
    if parent is None:
        return
    if parent.kind in ("interface", "enum") and "exported" in parent.modifiers:
        draft.modifiers.append("exported")
    elif parent.kind == "scope" and "trait" in parent.captures:
        draft.modifiers.append("override")


def _refine_function(unit: Unit, draft: Draft) -> None:
    parent = draft.parent
    if "macro" in draft.captures:
        draft.modifiers.append("macro")
        draft.body = draft.name_end
        return
    if parent is not None and parent.kind in ("scope", "interface"):
        draft.kind = "method"
        parameters = draft.captures.get("parameters")
        opening = parameters[0].start_byte if parameters else unit.text.find("(", draft.name_end, draft.end)
        if _SELF.match(unit.text, opening) is None:
            draft.modifiers.append("static")
    if draft.body == draft.end:
        draft.modifiers.append(_bodyless(draft))


def _bodyless(draft: Draft) -> str:
    """What a member without a body is: to be given by those who implement the trait, or defined elsewhere."""
    return "abstract" if draft.parent is not None and draft.parent.kind == "interface" else "declaration"


def _refine_alias(unit: Unit, draft: Draft) -> None:
    if "value" in draft.captures:
        draft.alias_of = " ".join(unit.slice(draft.captures["value"][0]).split())[:_ALIAS_CHARACTERS]
    elif draft.captures or "=" not in unit.text[draft.name_end : draft.end]:
        draft.modifiers.append(_bodyless(draft))


def _refine_value(unit: Unit, draft: Draft) -> None:
    """A constant or static shows its first line."""
    if "=" not in unit.text[draft.name_end : draft.end]:
        draft.modifiers.append(_bodyless(draft))
    line_end = unit.text.find("\n", draft.name_end, draft.end)
    if line_end >= 0:
        draft.body = line_end


def _refine_struct(unit: Unit, draft: Draft) -> None:
    if unit.text[draft.head : draft.name_start].rstrip().endswith("union"):
        draft.modifiers.append("union")


def _refine_trait(unit: Unit, draft: Draft) -> None:
    if "supertraits" in draft.captures:
        listing = unit.slice(draft.captures["supertraits"][0]).lstrip(": ")
        # Split at the `+` outside brackets: commas and pluses change places for it.
        bounds = split_top(listing.translate(_EXCHANGED))
        folded = (" ".join(bound.translate(_EXCHANGED).split()) for bound in bounds)
        draft.bases = [bound for bound in folded if bound and bound[0] not in "'?"]


def _refine_module(unit: Unit, draft: Draft) -> None:
    if draft.body == draft.end:
        draft.modifiers.append("declaration")
    elif match := _INNER_DOC.match(unit.text, draft.body):
        draft.doc = clean(uncommented(match[1]))


_REFINERS: Final = {
    "function": _refine_function,
    "class": _refine_alias,
    "constant": _refine_value,
    "variable": _refine_value,
    "struct": _refine_struct,
    "interface": _refine_trait,
    "module": _refine_module,
}


def _type_name(written: str) -> str:
    """The name by which an impl block's type is known: without path, references and arguments."""
    match = _TYPE_NAME.match(written)
    return match[1] if match else "".join(written.split())[:_SCOPE_CHARACTERS]


RULES: Final = {"rust": Rust()}
