"""What becomes of a draft in JavaScript and TypeScript: its kind, name and body, and what belongs to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from grpc_backend.extract.docs import doc_before
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.ecmascript_bases import bases
from grpc_backend.extract.rules import CLASS_LIKE, FUNCTION_LIKE, VALUES

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_MODIFIERS: Final = {
    "export": "exported",
    **{word: word for word in ("static", "async", "abstract", "readonly", "override", "private", "protected")},
    "declare": "declaration",
}
# What may stand before a definition's node on its line and belongs to it; it is not far.
_LEADS: Final = frozenset({"export", "const", "let", "var", "declare", "default", "using"})
LEAD_CHARACTERS: Final = 100
_ALIAS_CHARACTERS: Final = 200
_DECLARING: Final = re.compile(r"\s*(?:export\s+)?(?:declare\s+)?((?:const|let|var|using)\b)")
_PLAIN: Final = re.compile(r"[\w$.]+")
_EXPORTS: Final = re.compile(r"(?:module\s*\.\s*)?exports")
_ACCESSOR: Final = re.compile(r"\b[gs]et\s+\Z")
_BOUND: Final = re.compile(r"this\.[\w$#]+\.bind\(")
_BLANK_LINE: Final = re.compile(r"\n\s*\n")


def refined(unit: Unit, draft: Draft) -> bool:
    """Complete a draft; False if it is no symbol after all."""
    first = draft.name[0]
    if first == "[":
        return _has_no_name(draft)
    if "hidden" in draft.captures and _is_value(unit.text, draft):
        return False
    if first in "\"'":
        _shift(draft, 1, draft.name[1:-1])
        if not draft.name:
            return False
    refiner = _REFINERS.get(draft.kind)
    if refiner is not None and not refiner(unit, draft):
        return False
    _describe(unit, draft)
    return True


def _shift(draft: Draft, offset: int, name: str) -> None:
    """Narrow a definition's name to a part of what was captured."""
    draft.name = name
    draft.name_start += offset
    draft.name_end = draft.name_start + len(name.encode())


def _has_no_name(draft: Draft) -> bool:
    """A computed name is none; but what is in such a method is local."""
    draft.kind, draft.name = "local", ""
    return "body" in draft.captures


def _is_value(text: str, draft: Draft) -> bool:
    """Whether a function or class expression is the value of what names it already: its own name is nobody's then.

    After a blank line it is not: `x =` was half typed.
    """
    around = draft.parent.parent if draft.parent is not None else None
    if around is None or "value" not in around.captures:
        return False
    start = draft.node.start_byte
    return around.captures["value"][0].start_byte == start and not _BLANK_LINE.search(text, around.name_end, start)


def _is_code(draft: Draft | None) -> bool:
    """Whether what is declared in there is local."""
    if draft is None:
        return False
    return draft.kind in FUNCTION_LIKE or (draft.kind == "property" and "body" in draft.captures)


def _value(draft: Draft) -> Node | None:
    return draft.captures["value"][0] if "value" in draft.captures else None


def _refine_function(unit: Unit, draft: Draft) -> bool:
    del unit
    if "body" not in draft.captures:
        draft.modifiers.append("declaration")
    return True


def _refine_variable(unit: Unit, draft: Draft) -> bool:
    """`const f = () => …` is a function; other variables count outside functions only."""
    if not _takes_value(draft, _value(draft), "function") and _is_code(draft.parent):
        return False
    if draft.kind == "variable":
        draft.body = _first_line(unit.text, draft)
        if unit.text.startswith("const", _declaration(unit.text, draft.start)):
            draft.kind = "constant"
        elif "aliased" in draft.captures:
            draft.alias_of = unit.slice(draft.captures["aliased"][0])
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
    parent = draft.parent
    if "value" in draft.captures:
        return _takes_value(draft, _value(draft), "method")
    if draft.name == "constructor" and parent is not None and parent.kind in CLASS_LIKE:
        draft.kind = "constructor"
    elif _ACCESSOR.search(unit.text, draft.start, draft.name_start):
        draft.kind = "property"
    if "body" in draft.captures:
        return True
    if (
        parent is not None
        and parent.kind == "class"
        and "body" in parent.captures
        and "abstract" not in draft.node.type
    ):
        draft.modifiers.append("declaration")
    return not _is_code(parent)


def _refine_field(unit: Unit, draft: Draft) -> bool:
    if not _takes_value(draft, _value(draft), "method"):
        draft.body = _first_line(unit.text, draft)
    parent = draft.parent
    if parent is not None and parent.kind == "constructor":  # a parameter that is a property as well
        draft.parent = parent = parent.parent
    if parent is None or _is_code(parent):
        return False
    unit.is_first(draft)
    return True


def _refine_property(unit: Unit, draft: Draft) -> bool:
    """A member of an interface or object type; or `a.b = …`, which counts where it makes a member."""
    if "target" not in draft.captures:
        return not _is_code(draft.parent)
    around = draft.parent
    if around is not None and around.kind in VALUES:  # `a` around `b` of `a = x.b = 1`
        draft.parent = around.parent
    target = unit.slice(draft.captures["target"][0])
    value = draft.captures["value"][0]
    if target == "this":
        if around is not None and around.kind == "field" and "target" in around.captures:
            return _refine_own_field(unit, draft, value)
        return _refine_own(unit, draft, value)
    is_code = _takes_value(draft, value, "function")
    if target == "module" and draft.name == "exports":
        return is_code and value.child_by_field_name("name") is None
    if not _EXPORTS.fullmatch(target):
        return is_code and _refine_member(draft, target)
    draft.modifiers.append("exported")
    return is_code or _refine_export(unit, draft, value)


def _refine_member(draft: Draft, target: str) -> bool:
    """`A.b = function…`, `A.prototype.b = function…`."""
    draft.prefix = target.removesuffix(".prototype")
    if target.endswith(".prototype"):
        draft.kind = "method"
    return _PLAIN.fullmatch(target) is not None


def _refine_export(unit: Unit, draft: Draft, value: Node) -> bool:
    """`exports.a = …` with something that is no code."""
    text, (start, end) = unit.text, value.byte_range
    if (draft.parent is not None and draft.parent.kind != "local") or text.endswith("void 0", start, end):
        return False
    draft.kind = "variable"
    draft.body = _first_line(text, draft)
    if _PLAIN.fullmatch(text, start, end):
        draft.alias_of = readable(text[start:end])
    return unit.is_first(draft)


def _refine_own(unit: Unit, draft: Draft, value: Node) -> bool:
    """`this.x = …` in a constructor; in other functions only if it is code."""
    parent = draft.parent
    if parent is None or parent.kind != "constructor":
        return _is_code(parent) and _takes_value(draft, value, "method")
    draft.parent = parent.parent
    return _refine_own_field(unit, draft, value)


def _refine_own_field(unit: Unit, draft: Draft, value: Node) -> bool:
    draft.kind = "field"
    draft.body = _first_line(unit.text, draft)
    return unit.is_first(draft) and not _BOUND.match(unit.text, value.start_byte)


def _refine_class(unit: Unit, draft: Draft) -> bool:
    """An alias has a value."""
    value = _value(draft)
    if value is not None:
        start, end = value.byte_range
        if unit.text[start] == "{":
            draft.body = start
        else:
            draft.alias_of = " ".join(readable(unit.text[start : min(end, start + _ALIAS_CHARACTERS)]).split())
    return True


def _refine_namespace(unit: Unit, draft: Draft) -> bool:
    """Of `a.b.c`, the last is defined here."""
    outer, dot, name = draft.name.rpartition(".")
    if dot and unit.text[draft.name_start - 1] not in "\"'":
        draft.prefix = outer
        _shift(draft, len(outer.encode()) + 1, name)
    return True


def _refine_scope(unit: Unit, draft: Draft) -> bool:
    """`A.prototype = {…}`."""
    del unit
    draft.name = draft.name.removesuffix(".prototype")
    return _PLAIN.fullmatch(draft.name) is not None


_REFINERS: Final = {
    "variable": _refine_variable,
    "function": _refine_function,
    "method": _refine_method,
    "field": _refine_field,
    "property": _refine_property,
    "class": _refine_class,
    "namespace": _refine_namespace,
    "scope": _refine_scope,
}


def _describe(unit: Unit, draft: Draft) -> None:
    """Decorators, modifiers, bases and documentation."""
    text = unit.text
    line = text.rfind("\n", 0, draft.head) + 1
    if (
        line < draft.head < line + LEAD_CHARACTERS
        and (leads := text[line : draft.head].split())
        and _LEADS.issuperset(leads)
    ):
        draft.start = draft.head = text.index(leads[0], line)
    if unit.decorations:
        draft.decorators = [decorator.partition("(")[0].lstrip("@ ") for decorator in draft.attach(unit)]
    if 0 < draft.name_start - draft.head < LEAD_CHARACTERS:
        said = [_MODIFIERS[word] for word in text[draft.head : draft.name_start].split() if word in _MODIFIERS]
        draft.modifiers += [word for word in said if word not in draft.modifiers]
    if draft.name.startswith("#"):
        draft.modifiers.append("private")
    if draft.kind in CLASS_LIKE and draft.body < draft.end:
        draft.bases = bases(readable(text[draft.name_end : draft.body]))
    draft.doc = doc_before(text, draft.start)


def _declaration(text: str, start: int) -> int:
    """Where the statement begins whose declarator begins at `start`."""
    line = text.rfind("\n", 0, start) + 1
    found = _DECLARING.match(text, line, start)
    return found.start(1) if found else start


def _first_line(text: str, draft: Draft) -> int:
    end = text.find("\n", draft.name_end, draft.end)
    return draft.end if end < 0 else end
