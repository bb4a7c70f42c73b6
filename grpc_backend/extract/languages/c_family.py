"""How C and C++ are read: what they have in common."""

from __future__ import annotations

import re
from functools import partial
from typing import ClassVar, Final

from grpc_backend.extract import words
from grpc_backend.extract.docs import clean, doc_before, uncommented
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.c_bodies import Shortened, bodies, emptied
from grpc_backend.extract.languages.c_declarators import declared
from grpc_backend.extract.languages.c_invocations import invocations
from grpc_backend.extract.languages.c_macros import alone, misplaced, prototypes
from grpc_backend.extract.languages.c_preprocessor import Preprocessor
from grpc_backend.extract.languages.c_text import (
    BLOCK_COMMENT,
    RAW_STRING,
    Range,
    blanked,
    closed,
    unclosed,
    without_comments,
)
from grpc_backend.extract.rules import ASSIGNMENT, CLASS_LIKE, FUNCTION_LIKE, HIDDEN, VALUES, Rules
from grpc_backend.extract.skim import replaced, skipped

KEYWORDS: Final = (
    "auto break case char const continue default do double else extern float for if inline int long register restrict "
    "return short signed sizeof static switch typedef unsigned void volatile while _Alignas _Alignof _Atomic _Bool "
    "_Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local __attribute__ __attribute __asm__ __asm asm "
    "__inline __inline__ __restrict __restrict__ __const __volatile__ __extension__ __typeof__ __typeof typeof "
    "__declspec __cdecl __stdcall __alignof__ defined NULL"
)
# Signs of this family's own: `goto name`, and the prefix of a string.
JUMPING: Final = 2048
# A directive's word goes with its sign; what is said in one about files and in messages is no code.
_DIRECTIVE: Final = (
    r"(?:[ \t]*+(?:(?:include(?:_next)?|import|error|warning|pragma|line|ident)\b"
    rf"(?:[^\n\\/]++|\\(?:\r\n|.)|{BLOCK_COMMENT}|/)*+"
    r"|(?:if|ifdef|ifndef|elif|elifdef|elifndef|else|endif|define|undef)\b))?+"
)
_SINGLE_QUOTED: Final = r"[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?+"
SPLITTER: Final = words.splitter(
    {
        "/": words.C_COMMENT,
        '"': f"(?:{RAW_STRING}|{words.DOUBLE_QUOTED})",
        "'": _SINGLE_QUOTED,
        "#": _DIRECTIVE,
    },
    letters="$",
    number=r"[0-9a-zA-Z_]*+(?:'[0-9a-zA-Z_]++)*+(?:\.[0-9a-zA-Z_]*+)?+",
)
STRING_PREFIXES: Final = "L u U u8 R LR uR UR u8R"
# What stands between a type and the name that is given it: blanks, or stars that lean to one side.
_TYPE_GAP: Final = re.compile(
    r"[ \t\r\n]++$|[ \t]++[*&]++$|[*&]++[ \t]++$|[ \t]*+[*&]++[ \t]*+[),>]|<[^<= ]?$|>[ \t*&]*+$"
)
_STATEMENT_ENDS: Final = frozenset(";{}")
_LABEL: Final = re.compile(r":[ \t]*+\r?\n")
# A parameter's name: a word after the end of a type and before the end of the parameter.
_PARAMETER: Final = re.compile(
    r"([\w$>\x80-\xff]|[*&])\s*+(?<=[\s*&])([A-Za-z_$\x80-\xff][\w$\x80-\xff]*+)\s*+(?=[,)=\[])|\(\s*+[*^&]\s*+(\w++)\s*+\)"
)
_TYPE_WORDS: Final = "const volatile int char long short unsigned signed float double bool void auto"
_NO_NAMES: Final = frozenset(_TYPE_WORDS.split())
_WORDS: Final = re.compile(r"[\w~]++")
_MODIFIERS: Final = {
    "inline": "inline", "__inline": "inline", "__inline__": "inline", "_Noreturn": "noreturn", "constexpr": "constexpr",
    "consteval": "constexpr", "virtual": "virtual", "explicit": "explicit", "friend": "friend", "mutable": "mutable",
    "thread_local": "thread_local", "_Thread_local": "thread_local", "volatile": "volatile", "constinit": "constinit",
}  # fmt: skip
_TRAILING: Final = {"const": "const", "override": "override", "final": "final", "noexcept": "noexcept"}
_TRAILING_DOC: Final = re.compile(r"[^\n/]{0,200}?(/\*[*!]?<?(?:[^*\n]|\*(?!/))*+\*/|//[^\n]*+)[ \t\r]*(?=\n)")
_ALIAS_CHARACTERS: Final = 200
_HEAD_CHARACTERS: Final = 400


class CFamily(Rules):
    """One of the two."""

    splitter = SPLITTER
    keyword_members = True
    links: ClassVar = {"->": "\x01."}
    keywords: ClassVar = {
        **dict.fromkeys(KEYWORDS.split(), 0),
        **dict.fromkeys(("struct", "union", "enum"), words.TYPED),
        **dict.fromkeys(STRING_PREFIXES.split(), words.SOFT),
        "goto": JUMPING,
    }
    # The last three tell that a function took others in, for want of a brace.
    hints: ClassVar[tuple[str, ...]] = ("struct", "union", "enum", "typedef", "\nstatic ", "\nvoid ", "\nint ")
    hint: ClassVar = re.compile(r"(?:struct|union|enum|class)\b[^;(){}=]*+\{|typedef\b|\n|using\s++\w++\s*+=")
    # Macros that nobody knows: of 370 files with errors the whole made sense in three where the rest did not.
    slight_damage = 128
    is_cpp: ClassVar = False

    def prepare(self, unit: Unit) -> bytes:
        plain = without_comments(unit.text)
        unit.directives = Preprocessor(unit, plain, is_cpp=self.is_cpp).read()
        unit.plain = blanked(plain, unit.directives)
        return unit.content

    def skim(self, unit: Unit, source: bytes) -> bytes:
        del source
        found = list(bodies(unit.plain, unit.hints))
        unit.skipped = skipped(found, len("{;"), len("}"))
        return self._seen(unit, found)

    def whole(self, unit: Unit, source: bytes) -> bytes:
        del source
        return self._seen(unit, [])

    def _seen(self, unit: Unit, emptied_ones: list[Range]) -> bytes:
        """What the parser gets to see: no directives, no macros that it would stumble over, nothing in these bodies."""
        shortened = Shortened(unit.plain, emptied_ones)
        short, place = shortened.text, shortened.place
        ranges = list(unit.directives)
        for look in (prototypes, alone, partial(invocations, unit, place), misplaced, self.unknown):
            if found := look(short):
                ranges += [(place(start), place(end)) for start, end in found]
                short = blanked(short, found)
        text = replaced(blanked(unit.text, ranges), emptied_ones, emptied)
        return closed(text, map(place, unclosed(short))).encode("latin-1")

    def unknown(self, text: str) -> list[Range]:
        """What the grammar does not know of the language."""
        return []

    def is_keyword(self, word: str, before: int, gap: str) -> bool:
        return gap[0] in "\"'"

    def before(self, gap: str) -> int:
        if gap[-1] == "<":
            return words.TYPED
        return words.STATEMENT if gap[0] == "\n" or gap.rstrip(" \t\r\n")[-1:] in _STATEMENT_ENDS else 0

    def after(self, gap: str) -> int:
        first = gap[0]
        if first == "(" or gap.startswith(" ("):
            return words.CALLED
        if first == ":":
            return words.ANNOTATED if _LABEL.match(gap) else 0
        if gap == ", ":
            return words.SPANNING
        if _TYPE_GAP.match(gap):
            return words.TYPED
        return words.ASSIGNED if ASSIGNMENT.match(gap) else 0

    def role(self, signs: int) -> int:
        if signs & JUMPING or (signs & words.ANNOTATED and signs & words.STATEMENT and not signs & words.SPANNING):
            return HIDDEN
        return super().role(signs)

    def refine(self, unit: Unit, draft: Draft) -> bool:
        if "macro" in draft.modifiers:
            draft.parent = None
            draft.doc = doc_before(unit.text, draft.start)
            return True
        if not draft.captures:  # a macro call that defines something
            draft.doc = doc_before(unit.text, draft.start)
            return True
        parent = draft.parent
        while (
            draft.kind == "function" and parent is not None and parent.kind in _CODE
        ):  # it took this one in by mistake
            draft.parent = parent = parent.parent
        is_typedef = draft.kind == "class" and "into" not in draft.captures and "value" not in draft.captures
        if (is_typedef or draft.kind in _DECLARATIONS) and not self._declare(unit, draft):
            return False
        if is_typedef:
            _refine_typedef(unit, draft)
        elif draft.kind in CLASS_LIKE:
            draft.parent = _owner(draft.parent)
        self.describe(unit, draft)
        return True

    def _declare(self, unit: Unit, draft: Draft) -> bool:
        """Find the name in a declarator, and what it makes of the definition."""
        if draft.parent is not None and draft.parent.kind in VALUES and draft.kind != "field":
            draft.parent = _owner(draft.parent)
        found = declared(unit.text, draft.name_start, draft.name_end)
        if found is None or not self.keywords.get(found.name, words.SOFT) & words.SOFT:
            return False
        name_node = draft.captures["name"][0]
        draft.name_start, draft.name_end, draft.prefix = found.start, found.end, found.prefix
        draft.name = readable(found.name)
        if draft.kind == "function" or (found.is_function and draft.kind != "class" and self.is_prototype(unit, draft)):
            if (
                draft.name[0] != "~"
                and draft.name.isupper()
                and draft.name != _name(draft.parent)
                and not _has_type(draft)
            ):
                return False  # a macro call
            self.refine_function(unit, draft, name_node.end_byte)
        inside = draft.parent is not None and draft.parent.kind in FUNCTION_LIKE
        return not inside or draft.kind in ("field", "class") or draft.body < draft.end

    def is_prototype(self, unit: Unit, draft: Draft) -> bool:
        """Whether a declared name with brackets after it is a function's."""
        return True

    def refine_function(self, unit: Unit, draft: Draft, end: int) -> None:
        """A function, with or without a body; its declarator ends at `end`."""
        if draft.kind == "function":
            draft.body = min(draft.body, draft.end)
        else:
            draft.kind = "function"
            draft.modifiers.append("declaration")
        _hide_parameters(unit, draft.name_end, end)

    def describe(self, unit: Unit, draft: Draft) -> None:
        """Modifiers and documentation."""
        text = unit.text
        line = text.rfind("\n", 0, draft.start) + 1
        start = draft.start
        if 0 < start - line < _HEAD_CHARACTERS and (leading := _LEADING.match(text[line:start])):
            start = line + leading.start(1)
            if draft.kind not in CLASS_LIKE:
                draft.start = draft.head = start
        head = text[draft.head : min(draft.name_start, draft.head + _HEAD_CHARACTERS)]
        if draft.kind in ("function", "method", "constructor", "variable", "field"):
            self.mark(draft, _WORDS.findall(head))
        draft.doc = doc_before(text, start) or _trailing_doc(text, draft)

    def mark(self, draft: Draft, head: list[str]) -> None:
        """Modifiers, by the words before the name."""
        modifiers = draft.modifiers
        at_file_level = draft.parent is None or draft.parent.kind not in CLASS_LIKE
        if "static" in head:
            modifiers.append("private" if at_file_level and not draft.prefix else "static")
        if draft.kind == "variable" and "extern" in head and draft.captures["name"][0].type != "init_declarator":
            modifiers.append("declaration")
        modifiers += [_MODIFIERS[word] for word in head if word in _MODIFIERS]
        if draft.kind in ("variable", "field") and "const" in head:
            modifiers.append("const")


_CODE: Final = frozenset({"function", "method", "constructor"})
_DECLARATIONS: Final = frozenset({"function", "variable", "field"})
# Macros before a declaration, which the parser did not see.
_LEADING: Final = re.compile(r"[ \t]*+((?:[A-Za-z_]\w*+(?:\([^()]*+\))?+[ \t]++)++)$")


def _name(draft: Draft | None) -> str:
    return draft.name if draft is not None else ""


def _has_type(draft: Draft) -> bool:
    return draft.prefix != "" or draft.node.child_by_field_name("type") is not None


def _owner(parent: Draft | None) -> Draft | None:
    """What a type is defined in, when it is defined in a declaration of something else."""
    while parent is not None and (parent.kind in VALUES or "alias" in parent.captures):
        parent = parent.parent
    return parent


def _refine_typedef(unit: Unit, draft: Draft) -> None:
    """A typedef takes the place of the nameless type that it names."""
    parent = draft.parent
    if parent is not None and parent.node.id == draft.node.id:
        draft.parent = parent.parent
    text = unit.text
    head = text[draft.node.start_byte : draft.name_start]
    found = _NAMELESS.match(head)
    if found is not None and "outer" not in draft.captures:
        draft.kind = "enum" if found[1] == "enum" else "struct"
        draft.body = draft.start + found.end()
    else:
        draft.captures["alias"] = []
        draft.alias_of = _alias(text, draft, head)
        draft.body = draft.end if "outer" not in draft.captures else draft.node.end_byte


_NAMELESS: Final = re.compile(
    r"typedef\s++(?:(?:const|volatile|__attribute__\s*+\(\([^)]*+\)\))\s++)*+(struct|union|enum)\s*+(?:__\w++(?:\s*+\(\([^)]*+\)\))?+\s*+)*+(?=\{)"
)


def _alias(text: str, draft: Draft, head: str) -> str:
    """What a typedef stands for, without a body."""
    opening = head.find("{")
    target = (
        head[len("typedef") : opening]
        if opening >= 0
        else head[len("typedef") :] + text[draft.name_end : draft.node.end_byte]
    )
    return readable(" ".join(target.split()).rstrip("; ,"))[:_ALIAS_CHARACTERS]


def _hide_parameters(unit: Unit, start: int, end: int) -> None:
    """Parameters' own names are no references."""
    for found in _PARAMETER.finditer(unit.text, start, end):
        group = 2 if found[2] else 3
        if found[group] not in _NO_NAMES:
            unit.role_at[found.start(group)] = HIDDEN


def _trailing_doc(text: str, draft: Draft) -> str:
    """The comment after a field or enumerator, on its line."""
    if draft.kind not in ("field", "enum_member"):
        return ""
    found = _TRAILING_DOC.match(text, draft.end)
    return clean(uncommented(found[1]).lstrip("<! ")) if found else ""
