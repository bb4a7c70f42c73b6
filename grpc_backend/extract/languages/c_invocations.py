"""Macro calls that define something, on the left edge: `SYSCALL_DEFINE3(open, …) {…}`, `TEST(Suite, Name) {…}`,
`static DEFINE_MUTEX(lock);`. What they define is told by their arguments; the parser sees nothing of them but bodies.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.c_text import BRACKETS, Range
from grpc_backend.extract.rules import HIDDEN

_INVOCATION: Final = re.compile(
    rf"\n([ \t]*+)((?:(?:static|inline|extern)[ \t]++)*+([A-Z][A-Z0-9_]*+)[ \t]?({BRACKETS}))(?:\s*+(\{{)|[ \t]*+;)"
)
_IDENTIFIER: Final = re.compile(r"\s*+([A-Za-z_]\w*+)\s*+(?=[,)])")
_TEST: Final = re.compile(r"(?:^|_)TEST(?:_[A-Z]{1,3})?$|^BENCHMARK_F$")
_DEFINING: Final = re.compile(r"(?:DEFINE|DECLARE)_|H?LIST_HEAD$|RADIX_TREE$")
_TYPE_WORDS: Final = "bool int uint char float double string int32 int64 uint32 uint64 u8 u16 u32 u64 s8 s16 s32 s64"
_TYPES: Final = frozenset(_TYPE_WORDS.split())
_LEAST: Final = 3
_LOOK_BACK: Final = 400
# What may stand before: the end of a definition, or nothing.
_ENDS: Final = frozenset((";", "}", "{", ")", ":", ""))
_NO_NAMES: Final = frozenset(("argc", "argv", "void", *_TYPES))


def invocations(unit: Unit, place: Callable[[int], int], text: str) -> list[Range]:
    """Note what macro calls define; return what the parser should not see of them.

    What is at an offset of `text` is at its `place` in the unit's.
    """
    hidden: list[Range] = []
    for match in _INVOCATION.finditer(text):
        if not _is_definition(text, match):
            continue
        hidden.append(match.span(2))
        name = _name(text, match)
        if name is None or text[slice(*name)] in _NO_NAMES:
            if match[5]:
                unit.drafts.append(_nameless(unit, place, match))
            continue
        unit.role_at[place(name[0])] = HIDDEN
        unit.drafts.append(_draft(unit, place, match, name))
    return hidden


def _is_definition(text: str, match: re.Match[str]) -> bool:
    """Whether a call stands where definitions do. An indented one does if it is a test, else it is a statement."""
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()].rstrip()[-1:]
    return len(match[3]) >= _LEAST and before in _ENDS and (not match[1] or _TEST.search(match[3]) is not None)


def _draft(unit: Unit, place: Callable[[int], int], match: re.Match[str], name: Range) -> Draft:
    kind = "function" if match[5] else "variable"
    whole = place(match.start(2)), _end(unit.plain, place, match)
    draft = Draft.by_hand(unit, kind, whole, (place(name[0]), place(name[1])))
    draft.body = place(match.end(2))
    if match[2].startswith("static"):
        draft.modifiers.append("private")
    if _TEST.search(match[3]):
        draft.modifiers.append("test")
        first = _IDENTIFIER.match(match.string, match.start(4) + 1)
        if first is not None and first.start(1) != name[0]:
            draft.prefix = readable(first[1])
    return draft


def _nameless(unit: Unit, place: Callable[[int], int], match: re.Match[str]) -> Draft:
    """The function that a call with a body makes, whatever its name: what is declared in there is local."""
    start = place(match.start(2))
    return Draft.by_hand(unit, "local", (start, _end(unit.plain, place, match)), (start, start))


def _name(text: str, match: re.Match[str]) -> Range | None:
    """Which argument is the name of what a call defines, if it defines something."""
    first = _IDENTIFIER.match(text, match.start(4) + 1)
    comma = text.find(",", match.start(4), match.end(4))
    second = _IDENTIFIER.match(text, comma + 1) if comma >= 0 else None
    if match[5] is None and not _DEFINING.search(match[3]):
        return None
    if second is not None and (first is None or first[1] in _TYPES or _TEST.search(match[3]) or "PER_CPU" in match[3]):
        return second.span(1)
    return first.span(1) if first is not None else None


def _end(text: str, place: Callable[[int], int], match: re.Match[str]) -> int:
    """Where in the text a call ends with its body: at the next brace on the left edge, or on its line."""
    end = place(match.end())
    if match[5] is None:
        return end
    line_end = text.find("\n", end)
    if line_end >= 0 and text[place(match.start(5)) : line_end].rstrip().endswith("}"):
        return line_end
    brace = f"\n{match[1]}}}"
    closing = text.find(brace, end)
    return closing + len(brace) if closing >= 0 else len(text)
