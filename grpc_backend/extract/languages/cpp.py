"""How C++ is read."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.c_declarators import declared
from grpc_backend.extract.languages.c_family import CFamily
from grpc_backend.extract.languages.c_text import BRACKETS, Range
from grpc_backend.extract.rules import CLASS_LIKE, FUNCTION_LIKE, split_top

_KEYWORDS: Final = (
    "alignas alignof and and_eq bitand bitor bool catch char8_t char16_t char32_t co_await co_return co_yield "
    "compl concept const_cast consteval constexpr constinit decltype delete dynamic_cast explicit export false "
    "friend mutable namespace noexcept not not_eq nullptr operator or or_eq private protected public "
    "reinterpret_cast requires static_assert static_cast template this thread_local throw true try typeid using "
    "virtual wchar_t xor xor_eq"
)
_TRAILING: Final = {"const": "const", "override": "override", "final": "final"}
_WORDS: Final = re.compile(r"[\w~]++")
_BASE_WORDS: Final = re.compile(r"^(?:(?:public|private|protected|virtual)\b\s*+)++")
_PURE: Final = re.compile(r"=\s*+0\b")
_ALIAS_CHARACTERS: Final = 200
# Where a file says what namespaces there are.
_PROBE_CHARACTERS: Final = 16_384
_BARE_TYPES: Final = (
    r"\((?:[^()]*?[(,])?\s*+(?:unsigned|signed|long|short|int|char|double|float)(?:\s++(?:int|char|short|long))*+"
    r"\s*+,[^()]*+\)"
)
# What the grammar cannot parse and nothing here needs: classes of member pointers, types of nameless enums, macros
# among a template's parameters, `x.template f<int>()`, explicit instantiations, macros that are given types, macros in
# the place of `private:`.
_UNKNOWN: Final = (
    (re.compile(rf"(,\s*+[A-Z][A-Z0-9_]++{BRACKETS})(?=\s*+>)"), "template"),
    (re.compile(r"((?:\b\w++::)++)(?=\*)"), "::*"),
    (re.compile(r"(?:\.|->|::)\s*+(template)\b\s*+(?=\w)"), "template"),
    (re.compile(r"\n((?:extern\s++)?template\s++(?!<)[^;{}]{0,400}+;)"), "template "),
    (re.compile(rf"[;{{}}]\s*+[A-Z]++_[A-Z0-9_]++({_BARE_TYPES})(?=\s*+;)"), "_"),
    (re.compile(r"\n[ \t]*+([A-Z][A-Z0-9]*+_[A-Z0-9_]++:)(?=[ \t\r]*+\n)"), ":"),
    (re.compile(r"\benum(?:\s++class)?\s*+(:(?!:)[^;{}()]*+)(?=\{)"), "enum"),
)


class Cpp(CFamily):
    """C++."""

    grammar = ("tree_sitter_cpp", "language")
    queries = ("c_family", "cpp")
    hints = (*CFamily.hints, "class", "using")
    is_cpp = True
    links: ClassVar = {"->": "\x01.", "::": "\x02."}
    keywords: ClassVar = {
        **CFamily.keywords,
        **dict.fromkeys(_KEYWORDS.split(), 0),
        **dict.fromkeys(("class", "typename"), words.TYPED),
        **dict.fromkeys(("override", "final"), words.SOFT),
        "new": words.CREATED,
    }

    def unknown(self, text: str) -> list[Range]:
        return [match.span(1) for pattern, sign in _UNKNOWN if sign in text for match in pattern.finditer(text)]

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        if word in ("override", "final"):
            return gap[0] not in ".(="
        return super().is_keyword(word, before, gap)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if draft.kind == "key":
            if draft.parent is not None:
                draft.parent.captures["access"] = draft.captures["name"]
            return False
        if draft.kind == "namespace" and draft.parent is not None and draft.parent.kind in FUNCTION_LIKE:
            return False  # an alias for a function's own use
        if "outer" in draft.captures and "head" in draft.captures:
            draft.head = draft.start
        if draft.kind in CLASS_LIKE:
            _refine_class(unit, draft)
        return super().refine(unit, draft)

    def is_prototype(self, unit: Unit, draft: Draft) -> bool:
        node = draft.captures["name"][0]
        return node.type != "init_declarator"

    def refine_function(self, unit: Unit, draft: Draft, end: int) -> None:
        super().refine_function(unit, draft, end)
        parent = draft.parent
        if draft.prefix or (parent is not None and parent.kind in CLASS_LIKE):
            owner = draft.prefix.rpartition(".")[2] or (parent.name if parent is not None else "")
            draft.kind = "constructor" if draft.name == owner else "method"
            if draft.prefix and owner[:1].islower() and unit.text.find(f"namespace {owner}", 0, _PROBE_CHARACTERS) >= 0:
                draft.kind = "function"
        tail = unit.text[draft.name_end : draft.body].rpartition(")")[2]
        draft.modifiers += [_TRAILING[word] for word in _WORDS.findall(tail) if word in _TRAILING]
        if _PURE.search(tail):
            draft.modifiers.append("abstract")

    def describe(self, unit: Unit, draft: Draft) -> None:
        if "value" in draft.captures:
            draft.alias_of = " ".join(unit.slice(draft.captures["value"][0]).split())[:_ALIAS_CHARACTERS]
            draft.body = draft.end
        super().describe(unit, draft)
        parent = draft.parent
        if parent is not None and parent.kind in CLASS_LIKE and draft.kind != "enum_member":
            if "access" in parent.captures:
                access = unit.slice(parent.captures["access"][0])
            else:
                access = "private" if parent.kind == "class" else ""
            if access in ("private", "protected"):
                draft.modifiers.append(access)


def _refine_class(unit: Unit, draft: Draft) -> None:
    """Bases; and the name of a specialization, or of a class that is defined out of its own."""
    if bases := draft.captures.get("bases"):
        listing = unit.slice(bases[0]).lstrip(" :")
        draft.bases = [_BASE_WORDS.sub("", " ".join(base.split())) for base in split_top(listing)]
    if ("<" in draft.name or "::" in draft.name) and (found := declared(unit.text, draft.name_start, draft.name_end)):
        draft.name_start, draft.name_end, draft.prefix = found.start, found.end, found.prefix
        draft.name = readable(found.name)


RULES: Final = {"cpp": Cpp()}
