"""What C's preprocessor says, taken out before the parser sees the text.

A grammar knows directives only where a whole construct may stand; real ones cut through all of them. So every directive
is blanked out (macros and includes are noted), and the branches of a conditional stay one after another, unless they
do not each make sense alone: then the one stays that is taken where nothing is defined.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.languages.c_text import Range
from grpc_backend.extract.rules import HIDDEN
from grpc_backend.model import Import

# Begins with a literal line end, which is what makes the search fast; so texts get one put before them.
_DIRECTIVE: Final = re.compile(r"\n[ \t]*+(#|%:)[ \t]*+([a-z_]++)((?:[^\n\\]++|\\(?:\r\n|.))*+)", re.DOTALL)
_MACRO: Final = re.compile(r"(?:[ \t]|\\\r?\n)*+([\w$\x80-\xff]++)(\([^()]*+\))?+")
_INCLUDED: Final = re.compile(r'[ \t]*+(?:<([^>\n]++)>|"([^"\n]++)")')
_NEVER: Final = re.compile(r"[ \t]*+0[ \t]*+(?:\s*$|&&)")
_ALWAYS: Final = re.compile(r"[ \t]*+1[ \t]*+(?:\s*$|\|\|)")
_NEGATED: Final = re.compile(r"[ \t(]*+!")
_CPP: Final = re.compile(r"[ \t(]*+(!?)[ \t(]*+(?:defined\b[ \t(]*+)?__cplusplus\b[ \t]*+")
_PROBE: Final = 400


class _Branch:
    """A part of a conditional: where it starts and ends, and by how much it opens more than it closes.

    `rest` is where the last directive in it ends.
    """

    __slots__ = ("braces", "brackets", "end", "rank", "rest", "start")

    def __init__(self, start: int, rank: int) -> None:
        self.start = self.rest = self.end = start
        self.rank = rank
        self.braces = self.brackets = 0

    def add(self, text: str) -> None:
        """Count a stretch of text in."""
        self.braces += text.count("{") - text.count("}")
        self.brackets += text.count("(") - text.count(")")


# How much a branch is to be preferred where only one can stay.
# DEAD is no code at all (`#if 0`), FOREIGN is the other language's.
_DEAD, _FOREIGN, _UNLIKELY, _LIKELY, _CERTAIN = range(5)


class Preprocessor:
    """Reads the directives of one file. `plain` is its text without comments and the insides of strings."""

    def __init__(self, unit: Unit, plain: str, *, is_cpp: bool) -> None:
        self._unit = unit
        self._text = unit.text
        self._plain = plain
        self._is_cpp = is_cpp
        self._stack: list[list[_Branch]] = []
        self._macros: list[Draft] = []
        self._blank: list[Range] = []

    def read(self) -> list[Range]:
        """Note macros, includes and dead code in the unit; return what the parser should not see."""
        plain = self._plain
        position = 0
        for match in _DIRECTIVE.finditer("\n" + plain):
            start, end = match.start(1) - 1, match.end() - 1
            if self._stack:
                self._stack[-1][-1].add(plain[position:start])
            position = end
            self._blank.append((start, end))
            self._directive(match[2], start, match.start(3) - 1, end)
            if self._stack:
                self._stack[-1][-1].rest = end
        dead = _merged(self._unit.masks)
        self._unit.drafts += [one for one in self._macros if not _is_inside(dead, one.start)]
        return self._blank

    def _directive(self, word: str, start: int, rest: int, end: int) -> None:
        if word == "define":
            self._define(start, rest, end)
        elif word in ("include", "include_next", "import"):
            self._include(rest, end)
        elif word in ("if", "ifdef", "ifndef"):
            self._stack.append([_Branch(end, self._rank(word, self._plain[rest:end]))])
        elif self._stack and word in ("elif", "elifdef", "elifndef", "else"):
            branches = self._stack[-1]
            branches[-1].end = start
            branches.append(_Branch(end, self._rank_after(branches, word, self._plain[rest:end])))
        elif self._stack and word == "endif":
            branches = self._stack.pop()
            branches[-1].end = start
            self._close(branches)

    def _define(self, start: int, rest: int, end: int) -> None:
        text = self._text
        name = _MACRO.match(text, rest, end)
        if name is None:
            return
        end = start + len(text[start:end].rstrip())
        draft = Draft.by_hand(self._unit, "function" if name[2] else "constant", (start, end), name.span(1))
        if name[2]:
            draft.body = name.end()
            self._unit.roles.append((*name.span(2), HIDDEN))
        draft.modifiers.append("macro")
        self._macros.append(draft)

    def _include(self, rest: int, end: int) -> None:
        if found := _INCLUDED.match(self._text, rest, end):
            self._unit.imports.append(Import(self._unit.lines.at(rest)[0], readable(found[1] or found[2])))

    def _rank(self, word: str, condition: str) -> int:
        """How likely a condition holds that is the first of its group."""
        if word == "if" and _NEVER.match(condition):
            return _DEAD
        if word == "if" and _ALWAYS.match(condition):
            return _CERTAIN
        found = _CPP.match(condition)
        if found and self._is_cpp and condition.startswith("<", found.end()):
            return _UNLIKELY  # an old version of it
        if found and "||" not in condition:
            return _CERTAIN if ((word == "ifndef") ^ bool(found[1])) != self._is_cpp else _FOREIGN
        return _LIKELY if word in ("ifndef", "elifndef") or _NEGATED.match(condition) else _UNLIKELY

    def _rank_after(self, branches: list[_Branch], word: str, condition: str) -> int:
        """The same for one that follows others."""
        if any(branch.rank == _CERTAIN for branch in branches):
            return _FOREIGN
        if word == "else":
            return _CERTAIN if all(branch.rank <= _FOREIGN for branch in branches) else _LIKELY
        return self._rank(word.replace("el", "", 1), condition)

    def _close(self, branches: list[_Branch]) -> None:
        """Blank out what of a conditional cannot stay, and count the rest to what is around it."""
        alive = [branch for branch in branches if branch.rank > _FOREIGN]
        if len(alive) > 1 and not all(self._is_whole(branch) for branch in alive):
            alive = [max(alive, key=lambda branch: branch.rank)]
        for branch in branches:
            if branch not in alive:
                self._blank.append((branch.start, branch.end))
            elif self._stack:
                self._stack[-1][-1].braces += branch.braces
                self._stack[-1][-1].brackets += branch.brackets
            if branch.rank == _DEAD:
                self._unit.masks.append((branch.start, branch.end))

    def _is_whole(self, branch: _Branch) -> bool:
        """Whether a branch can stand between others."""
        if branch.braces or branch.brackets:
            return False
        plain = self._plain
        first = plain[branch.start : min(branch.end, branch.start + _PROBE)].lstrip()[:1]
        if not first or first in "&|?:=.,<>)]":
            return not first
        tail = plain[max(branch.rest, branch.end - _PROBE) : branch.end].rstrip()
        return not tail or tail[-1] in ";},:"


def _merged(ranges: list[Range]) -> list[Range]:
    """The ranges in order, without those inside others."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if not merged or end > merged[-1][1]:
            merged.append((start, end))
    return merged


def _is_inside(ranges: list[Range], position: int) -> bool:
    """Whether one of the ranges, which are in order, has the position in it."""
    index = bisect_right(ranges, (position, 1 << 60)) - 1
    return index >= 0 and position < ranges[index][1]
