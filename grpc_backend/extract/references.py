"""Finds the uses of names: one pass over the words of a text (see words.py for the method)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate, islice
from operator import itemgetter
from typing import Final

import msgspec

from grpc_backend.extract import words
from grpc_backend.extract.draft import Unit, readable
from grpc_backend.extract.rules import HIDDEN, Rules
from grpc_backend.model import Role

RECEIVER_CHARACTERS: Final = 40
# Gaps longer than this are seldom met again.
REMEMBERED_GAP_CHARACTERS: Final = 48
REMEMBERED_GAPS: Final = 50_000

_encode: Final = msgspec.msgpack.Encoder().encode

# An Occurrence as a tuple: the same msgpack, made in a third of the time.
Use = tuple[int, int, int, int, str]
FAR: Final = 1 << 60
_BY_RANGE: Final = itemgetter(0, 1)


class GapMemory(dict[str, tuple[int, int]]):
    """What each gap says, (of the word before it, of the word after it), worked out once."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, gap: str) -> tuple[int, int]:
        signs = self._rules.after(gap), self._rules.before(gap)
        if len(gap) <= REMEMBERED_GAP_CHARACTERS:
            if len(self) >= REMEMBERED_GAPS:
                self.clear()
            self[gap] = signs
        return signs


class RoleMemory(dict[int, int]):
    """The role that each combination of signs makes."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, signs: int) -> int:
        role = self[signs] = int(self._rules.role(signs))
        return role


class ReferenceFinder:
    """Finds references by one language's rules."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._gaps = GapMemory(rules)
        self._roles = RoleMemory(rules)

    def find(self, unit: Unit) -> dict[str, bytes]:
        """The uses of each name, packed as `Extraction.occurrences` has them."""
        scan = _Scan(self._rules, self._gaps, self._roles, unit)
        scan.run(self._rules.splitter.split(_masked(unit.text, unit.masks)), 0)
        return {readable(name): _encode(uses) for name, uses in scan.uses.items() if name and not name[0].isdigit()}


class _Scan:
    """One pass over one file."""

    def __init__(self, rules: Rules, gaps: GapMemory, roles: RoleMemory, unit: Unit) -> None:
        self._rules, self._gaps, self._roles, self._unit = rules, gaps, roles, unit
        self._own = {draft.name_start for draft in unit.drafts}
        self._borders, self._states = _stretches(unit)
        self.uses: dict[str, list[Use]] = defaultdict(list)

    def run(self, pieces: list[str], offset: int) -> None:  # noqa: PLR0912, PLR0915
        """Go through words and gaps in order. One long function: a call for each word would double its cost."""
        pieces.append("\n")
        keywords, gaps, roles, own, uses = self._rules.keywords, self._gaps, self._roles, self._own, self.uses
        is_keyword = self._rules.is_keyword
        borders, states, starts, text = self._borders, self._states, self._unit.lines.starts, self._unit.text
        state = line = border = line_start = line_end = 0
        enclosing, fixed = -1, None
        before, linked, chain, last_end = words.STATEMENT, 0, 0, 0
        for word, gap, position in zip(
            pieces[::2], pieces[1::2], islice(accumulate(map(len, pieces), initial=offset), 0, None, 2), strict=False
        ):
            after, coming = gaps[gap]
            if not linked:
                chain = position
            if word in keywords and is_keyword(word, before, gap):
                sign = keywords[word]
                coming |= sign
                if sign & words.EMBEDDING:
                    self._embedded(word, gap, position + len(word))
            elif position not in own:
                if position >= border:
                    state = bisect_right(borders, position)
                    enclosing, fixed = states[state - 1]
                    border = borders[state] if state < len(borders) else FAR
                role = roles[before | after] if fixed is None else _fixed(fixed, before | after, roles)
                if role >= 0:
                    if position >= line_end:
                        line = bisect_right(starts, position)
                        line_start = starts[line - 1]
                        line_end = starts[line] if line < len(starts) else FAR
                    if not before & words.MEMBER:
                        receiver = ""
                    elif linked and last_end - chain <= RECEIVER_CHARACTERS:
                        receiver = text[chain:last_end]
                    else:
                        receiver = "" if linked else _receiver(text, last_end, position)
                    uses[word].append((role, line, position - line_start, enclosing, receiver))
            linked = after & words.FOLLOWED
            if linked:
                coming |= before & words.ALONG_CHAIN
            elif after & words.SPANNING:
                coming |= before & words.ALONG_LIST
            elif after & words.ANNOTATED and before & words.STATEMENT:
                coming |= words.TYPED
            before = coming
            last_end = position + len(word)

    def _embedded(self, word: str, gap: str, start: int) -> None:
        """Go through the code inside a string."""
        for first, last in self._rules.embedded(gap, word):
            self.run(self._rules.splitter.split(gap[first:last]), start + first)


def _fixed(fixed: int, signs: int, roles: RoleMemory) -> int:
    """The role of a word in a range that has one: `a` in `a.B` is just read, `f` in `f()` is called."""
    if fixed in (HIDDEN, Role.IMPORT):
        return fixed
    if signs & words.FOLLOWED or (fixed == Role.TYPE and signs & words.CALLED):
        return roles[signs]
    return fixed


def _receiver(text: str, start: int, position: int) -> str:
    """The expression that ends with the gap from `start` to `position`, if it is short and on one line."""
    end = position
    while end > start and text[end - 1] in " .?!:->\t\r\n":
        end -= 1
    depth, index, least = 0, end - 1, max(0, end - RECEIVER_CHARACTERS)
    while index >= least:
        character = text[index]
        if character in ")]":
            depth += 1
        elif character in "([":
            depth -= 1
        elif character == "\n":
            return ""
        elif not depth and not (character.isalnum() or character in "_.$?!\"'"):
            break
        if depth < 0:
            break
        index -= 1
    else:
        if index >= 0 and (depth or text[index].isalnum()):
            return ""
    return readable(text[index + 1 : end]) if not depth or depth < 0 else ""


def _masked(text: str, masks: list[tuple[int, int]]) -> str:
    """The text with blanks where the query says that there is no code."""
    if not masks:
        return text
    pieces: list[str] = []
    position = 0
    for start, end in sorted(masks):
        if end > position:
            start = max(start, position)
            pieces += [text[position:start], "\n" * (end - start)]
            position = end
    return "".join([*pieces, text[position:]])


def _stretches(unit: Unit) -> tuple[list[int], list[tuple[int, int | None]]]:
    """Where (innermost enclosing symbol, range's role) changes, and what it is from there on."""
    ranges: list[tuple[int, int, int, int | None]] = [
        (draft.start, -draft.end, draft.index, None) for draft in unit.drafts if draft.kind != "scope"
    ]
    ranges += [(start, -end, -2, role) for start, end, role in unit.roles]
    ranges.sort(key=_BY_RANGE)
    borders, states = [0], [(-1, None)]
    stack: list[tuple[int, int, int | None]] = [(FAR, -1, None)]
    for start, negative_end, index, role in ranges:
        while stack[-1][0] <= start:
            end = stack.pop()[0]
            borders.append(end)
            states.append(stack[-1][1:])
        _, enclosing, fixed = stack[-1]
        stack.append((-negative_end, enclosing if index == -2 else index, fixed if role is None else role))
        borders.append(start)
        states.append(stack[-1][1:])
    while len(stack) > 1:
        borders.append(stack.pop()[0])
        states.append(stack[-1][1:])
    return borders, states
