"""Macros that stand where the grammar of C or C++ has no place for them.

Without its headers a text does not say what is a macro, so it is told by its spelling (`__init`, `CURL_EXTERN`) and by
where it stands: a word that would make a second type, one between a function's parameters and its body, one alone
on its line. Such words are blanked out before the parser sees the text. What is a type or a name stays.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

from grpc_backend.extract.languages.c_text import BRACKETS, NAME, NULLABILITY, PARAMETERS, Range

_LOWER: Final = "asmlinkage noinline notrace noinstr noinline_for_stack fastcall randomized_struct_fields_start"
# Begins with characters, not with a look behind, which is what makes the search fast.
_WORD: Final = r"[A-Z_](?<![\w.].)(?:[A-Z0-9_]{2,}+|(?<=_)_++[a-z]\w*+|[A-Z0-9_]++v[0-9]++_API)(?![\w.])"
_MACRO: Final = re.compile(_WORD + r"(?=\s++[\w*&:{=;~(]|[;={(:])")
_LOWER_WORD: Final = {word: re.compile(rf"{word}(?<!\w{word})\b") for word in (*_LOWER.split(), *NULLABILITY)}
_TYPE_LIST: Final = (
    "void int char short long unsigned signed float double bool _Bool auto wchar_t size_t ssize_t char16_t char32_t "
    "__int128 decltype"
)
_TYPE_WORDS: Final = frozenset(_TYPE_LIST.split())
_TAGS: Final = frozenset(("struct", "union", "enum", "class"))
_OPENER_LIST: Final = (
    "static extern inline virtual typedef template using namespace public private protected friend explicit __inline "
    "__inline__ __always_inline constexpr signals"
)
# What begins a declaration, so that a macro before it is no type.
_OPENERS: Final = (_TYPE_WORDS - {"size_t", "ssize_t"}) | _TAGS | set(_OPENER_LIST.split())
_NO_TYPE_LIST: Final = (
    "return else case goto sizeof new delete throw do typedef static extern inline const volatile register virtual "
    "constexpr explicit friend typename operator co_return co_yield co_await and or not namespace using template "
    "public private protected in struct union enum class __extension__ __inline __inline__ mutable thread_local "
    "default if while for switch restrict __restrict concept"
)
_STATEMENTS: Final = frozenset(("if", "for", "while", "do", "switch", "return", "goto", "break", "continue"))
# Words before a name that are no types.
_NO_TYPES: Final = frozenset(_NO_TYPE_LIST.split())
_TRAILERS: Final = frozenset(("const", "override", "final", "noexcept", "volatile"))
_NEXT_WORD: Final = re.compile(r"\s*+([A-Za-z_~]\w*+|)")
_CALL: Final = re.compile(rf"\s*+({BRACKETS})")
_BLANKS: Final = re.compile(r"\s*+")
# The last two words or signs of a text that is read from its end.
_BACKWARDS: Final = re.compile(r"\s*+(\w++|[^\w\s])?+\s*+(\w++|[^\w\s])?+")
# A type and a name after it: what a macro is followed by that is no type.
_TYPE_AND_NAME: Final = re.compile(
    rf"\s*+(?:{_WORD}(?:\s*+{BRACKETS})?+\s++)*+(?!{_WORD})(?:const\s++)?+(?!const\b){NAME}(?:\s++|\s*+[*&]++\s*+)(?:const\b\s*+)?+(?!(?:const|override|final|noexcept)\b)[A-Za-z_~:]"
)
_BODY: Final = re.compile(r"\s*+[A-Za-z_]\w*+(?:::\w++)*+(?:<[^;{}]*?>)?\s*+(?:final\b\s*+)?+[:{](?!:)")
_EXPORTING: Final = re.compile(r"[A-Z0-9_]*(?:API|EXPORT|INTERFACE|PUBLIC|VISIB)")
_NAMED_LAST: Final = re.compile(r"\s*+[A-Z_][A-Z0-9_]++\s*+;")
_ANNOUNCED: Final = re.compile(r"\s*+\w++\s*+;")
# A constructor that says how it begins.
_CONSTRUCTOR: Final = re.compile(rf"\s*+[A-Za-z_]\w*+\s*+{BRACKETS}\s*+(?:noexcept\b\s*+)?+:\s*+{NAME}\s*+[({{]")
_CONST_OPENER: Final = re.compile(rf"\s*+const\s++(?:{'|'.join(sorted(_OPENERS))})\b")
# Words alone on their lines before a declaration.
_ALONE: Final = rf"\s*+((?:[A-Z_]\w*+(?:[ \t]*+{BRACKETS})?+[ \t\r]*+\n\s*+)++)(?=[A-Za-z_{{}}~\"]|\Z)"
_FIRST_LINES: Final = re.compile(_ALONE)
_LINES: Final = re.compile(rf"[;{{}}:,][ \t\r]*+\n{_ALONE}")
_LINE: Final = re.compile(rf"([A-Z_]\w*+)([ \t]*+{BRACKETS})?[ \t\r]*+\n\s*+")
_INVOCATION: Final = re.compile(r"[A-Z][A-Z0-9_]++[ \t]*+\(")
# What a variable is made with, as against a function's body.
_VALUE: Final = re.compile(r"\{[^{};]*+\}\s*+[;,]")
# What comes after a calling convention in brackets: `(WINAPI *name)(`.
_CONVENTION: Final = re.compile(r"\s*+\**+\s*+(?<=[\s*])\w++(?:\[\w*+\])?+\s*+\)\s*+\(")
# A pointer to functions: `int WINAPI (*name)(`.
_POINTED: Final = re.compile(r"\s*+\(\s*+\*++\s*+\w*+\s*+\)\s*+\(")
_ENUMERATOR: Final = re.compile(r"\w++\s*+(?:=[^=]|[,}])")
_ATTRIBUTE: Final = re.compile(rf"__attribute(?:__)?+\s*+{BRACKETS}")
# Statements that do not tell by their first word: `name(…)`, `name->member = …`.
_STATEMENT: Final = re.compile(r"\**+[a-z]\w*+(?:(?:->|\.)\w++|\[\w++\])*+\s*+(?:\(|[-+|&^*/]?=[^=]|\+\+|--)")
# `name OF((int, char *));`: parameters that a compiler before C89 should not see, and the name before them.
_PROTOTYPE: Final = re.compile(rf"\({BRACKETS}\s*+(\))(?=\s*+[;,{{])")
_PROTOTYPED: Final = re.compile(r"[\w)]\s++((?!__attribute)[A-Z_]\w*+\s*+)\Z")
# `LIST_HEAD(, element) name;`
_MACRO_TYPE: Final = re.compile(r"[;{}]\s*+[A-Z][A-Z0-9_]++[ \t]*+(\([^()\",]*+,[^()\"]*+\))[ \t]++[*\w]++\s*+[;\[=]")
# `my_inline my_warn_unused type name(…)`, told by their last part.
_LOWER_ATTRIBUTES: Final = re.compile(
    r"\n[ \t]*+((?:[a-z]\w*_(?:inline|noinline|export|api|constexpr|unused|nodiscard|cold|hot)\b[ \t]++)++)(?=[\w:~])"
)
# `typedef PLAIN_TYPE(type) name;`
_TYPEDEF: Final = re.compile(rf"typedef\s++(?:typename\s++)?[A-Z_][A-Z0-9_]++({BRACKETS})(?=\s++[*&]*+\w++\s*+;)")
# `static int format_like(1, 2)`, before the name of a function; told by its brackets.
_NUMBERS: Final = re.compile(r"\([ \t]*+\d++(?:,[ \t]*+\d++)*+\)(?=\s++[A-Za-z_*])")
_NUMBERED: Final = re.compile(r"[\w*]\s++(\w++)\Z")
_CLASS_HEAD: Final = re.compile(r"\b(?:struct|union|class)(?:\s++\w++)*+\s*+\{\Z")
_LAYOUT: Final = re.compile(
    r"__\w*(?:packed|align)|\w*(?:ATTRIBUTE_(?:UNUSED|PACKED|ALIGN)|UNUSED_?$|ALIASING|DEPRECATED$)|(?:\w*_)?PACKED$"
)
_PARAMETERS: Final = re.compile(PARAMETERS)
_LOOK_BACK: Final = 120


def prototypes(text: str) -> list[Range]:
    """What of macros around parameters, of types with several arguments and of attributes with numbers is no code."""
    found = [match.span() for match in _ATTRIBUTE.finditer(text)]
    for match in _PROTOTYPE.finditer(text):
        if name := _before(_PROTOTYPED, text, match.start()):
            found += [(name[0], match.start() + 1), match.span(1)]
    found += [match.span(1) for match in _MACRO_TYPE.finditer(text)]
    found += [match.span(1) for match in _TYPEDEF.finditer(text)]
    found += [match.span(1) for match in _LOWER_ATTRIBUTES.finditer(text)]
    for match in _NUMBERS.finditer(text):
        if (name := _before(_NUMBERED, text, match.start())) and text[slice(*name)] not in _NO_TYPES:
            found.append((name[0], match.end()))
    return found


def _before(pattern: re.Pattern[str], text: str, position: int) -> Range | None:
    """Where the name is that a pattern finds directly before a place."""
    first = max(0, position - _LOOK_BACK)
    match = pattern.search(text[first:position])
    return (first + match.start(1), first + match.end(1)) if match else None


def alone(text: str) -> list[Range]:
    """Where macros stand alone on their lines without a semicolon; `text` has no comments and no directives."""
    first = _FIRST_LINES.match(text)
    matches = chain([first] if first else [], _LINES.finditer(text, first.end() if first else 0))
    return [span for match in matches for span in _alone(text, match)]


def misplaced(text: str) -> list[Range]:
    """Where macros stand in declarations that the parser should not see; `text` as for `alone`."""
    found: list[Range] = []
    for word, pattern in _LOWER_WORD.items():
        if word in text:
            found += [match.span() for match in pattern.finditer(text)]
    begin = stop = 0  # of the macros directly before, as if they were not there
    hidden = (0, 0)  # the last one found
    for match in _MACRO.finditer(text):
        start, end = match.span()
        origin = begin if stop and text[stop:start].isspace() else start
        if last := _end_if_misplaced(text, _two_before(text, origin, hidden), start, end):
            hidden = (start, last)
            found.append(hidden)
            begin, stop = origin, last
    return found


def _alone(text: str, match: re.Match[str]) -> list[Range]:
    """Which of the lines that consist of one word, or one call, are macros."""
    spans: list[Range] = []
    before = match[0][0] if match[0][0] in ";{}:," else ";"  # a file may begin with them
    lines = list(_LINE.finditer(text, *match.span(1)))
    below = -1  # where the macro on the next line begins
    if before in "{,":
        spans, lines = _in_list(text, match, lines)
    for line in reversed(lines):
        if line[1] in _NO_TYPES or line[1] in _OPENERS:
            continue
        called = line[2] is not None and text[line.start() - 1] != "\n"
        kept = below != line.end() < match.end(1)  # the line below, which is of the same kind
        if not kept and (below == line.end() or _opens(text, line.end(), before, called=called)):
            spans.append((line.start(), max(line.end(1), line.end(2))))
            below = line.start()
    return spans


def _in_list(text: str, match: re.Match[str], lines: list[re.Match[str]]) -> tuple[list[Range], list[re.Match[str]]]:
    """Which of the lines at the end of a list of enumerators, values or members are macros, and which may be yet.

    The last one that is called with nothing may be a value, those before it would need a comma.
    """
    if text[match.end(1) : match.end(1) + 1] != "}":
        return [], lines
    is_class = match[0][0] == "{" and _CLASS_HEAD.search(text, max(0, match.start() - _LOOK_BACK), match.start() + 1)
    value = next((line for line in reversed(lines) if line[2] is None and not is_class), None)
    sure = [line for line in lines if line is not value]
    return [(line.start(), max(line.end(1), line.end(2))) for line in sure], [value] if value else []


def _opens(text: str, position: int, before: str, *, called: bool) -> bool:
    """Whether a declaration or statement begins there, or the next value of a list.

    `before` is the sign before the macro's line; `called`: the macro has arguments, and is no return type on the edge.
    """
    sign = text[position : position + 1]
    if sign in ("{", '"'):
        return before in "{,"
    if sign in ("}", ""):
        return before in ";}:" or (called and before == "{")
    if called and before in "{," and _ENUMERATOR.match(text, position):
        return True
    following = _NEXT_WORD.match(text, position)
    word = following[1] if following else ""
    if word in _STATEMENTS:
        return before != ","
    opener = word in _OPENERS
    if before in ";}" and (_INVOCATION.match(text, position) or (called and _STATEMENT.match(text, position))):
        return True
    return before != "," and (opener or sign == "~" or _TYPE_AND_NAME.match(text, position) is not None)


def _end_if_misplaced(text: str, words: tuple[str, str], start: int, end: int) -> int:
    """Where a macro ends with its arguments, if it stands where none can; else 0. `words`: the two before it."""
    before = words[0]
    call = _CALL.match(text, end)
    stop = call.end(1) if call else end
    blanks = _BLANKS.match(text, stop)
    after = blanks.end() if blanks else stop
    following = text[after : after + 1]
    if before == "(" and _CONVENTION.match(text, stop):
        return stop
    if _is_type(before) and _POINTED.match(text, end):
        return end
    called = call is not None
    misplaced_here = False
    if called and '"' in (following, before):  # a string that a macro makes, among others
        misplaced_here = True
    elif call and text[end - 1].islower() and _PARAMETERS.match(call[1]):
        misplaced_here = False  # `struct type __name(void) {…}`
    elif following.isalpha() or following in ("_", "~"):
        misplaced_here = _before_word(text, (start, stop), words, called=called)
    elif text.startswith("::", after):
        misplaced_here = after > stop and (_TYPE_AND_NAME.match(text, after) is not None or _is_type(before))
    elif following in ("*", "&"):
        misplaced_here = not called and _is_type(before) and text[after + 1 : after + 2] not in ("&", "=")
    elif following == "{" and not called and before in (";", "{", "}"):
        misplaced_here = True  # `TRY {…} CATCH_ALL {…}`
    elif following in (";", "=", "{", ":"):
        following = "=" if words[1] not in _TAGS and _VALUE.match(text, after) else following
        misplaced_here = _is_trailer(words, following, text[start:end], called=called)
    return stop if misplaced_here else 0


def _before_word(text: str, macro: Range, words: tuple[str, str], *, called: bool) -> bool:
    """Whether a macro does not belong before the word that follows it; `words`: the two before, the nearest first."""
    before, before_that = words
    start, stop = macro
    following = _NEXT_WORD.match(text, stop)
    word = following[1] if following else ""
    if before in _TAGS:
        announced = before == "class" or _EXPORTING.match(text, start) is not None
        return _BODY.match(text, stop) is not None or (announced and _ANNOUNCED.match(text, stop) is not None)
    if called and before in _TYPE_WORDS and _NAMED_LAST.match(text, stop):
        return False  # `int NAME() ATTRIBUTE;`
    if word in _OPENERS or word[:1] == "~" or _CONSTRUCTOR.match(text, stop):
        return True
    if word == "const":
        return _CONST_OPENER.match(text, stop) is not None or _TYPE_AND_NAME.match(text, stop) is not None
    trails = before in _TRAILERS and (before_that == ")" or before_that in _TRAILERS)
    if _is_type(before) or before in ("*", ")", "]") or trails:
        return word not in _TRAILERS or before == ")"
    return _TYPE_AND_NAME.match(text, stop) is not None


def _is_trailer(words: tuple[str, str], following: str, macro: str, *, called: bool) -> bool:
    """Whether a macro comes after all that a declaration needs; `words`: the two before it, the nearest first."""
    before, before_that = words
    if before in (")", "]", "}"):
        return before != "}" or (following == ";" and _LAYOUT.match(macro) is not None)
    if before in _TRAILERS:
        return before_that == ")" or before_that in _TRAILERS
    if not _is_word(before) or before in _TAGS:
        return False
    if following in ":{" and (before_that in _TAGS or before_that == "namespace"):
        return not called or following == "{"
    if following == "{" and not (called and before_that in ("*", "&", ">")):
        return False
    is_name = before not in _TYPE_WORDS and before not in _NO_TYPES
    return is_name and (
        _is_type(before_that) or before_that == "}" or (before_that in ("*", "&") and (called or following != "="))
    )


def _two_before(text: str, start: int, hidden: Range) -> tuple[str, str]:
    """The words or signs before a place, the nearest first, as if a range before it were not there."""
    first = max(0, start - _LOOK_BACK)
    left_out = max(first, min(start, hidden[0])), max(first, min(start, hidden[1]))
    found = _BACKWARDS.match((text[first : left_out[0]] + text[left_out[1] : start])[::-1])
    assert found is not None  # it matches nothing, if need be
    nearest, next_one = found.groups("")
    return nearest[::-1], next_one[::-1]


def _is_word(piece: str) -> bool:
    return piece[:1].isalpha() or piece[:1] == "_"


def _is_type(piece: str) -> bool:
    """Whether a word may be a type, or end one."""
    return piece == ">" or (_is_word(piece) and piece not in _NO_TYPES)
