"""Finds the uses of names: one pass over the words of a text (see words.py for the method)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate, islice
from operator import itemgetter
from typing import Final

import msgspec

from grpc_backend.extract import words
from grpc_backend.extract.draft import Unit, readable
from grpc_backend.extract.rules import FREE, HIDDEN, SHAPELESS, Rules
from grpc_backend.model import Role

RECEIVER_CHARACTERS: Final = 40
# Gaps longer than this are seldom met again.
REMEMBERED_GAP_CHARACTERS: Final = 48
REMEMBERED_GAPS: Final = 50_000

REMEMBERED_CHAINS: Final = 200_000
FAR: Final = 1 << 60
NAME: Final = 1 << 30
# The receiver of a chain that begins with its link: `.b` in `a().b`.
UNKNOWN: Final = "?"
TYPE: Final = Role.TYPE
INHERITED: Final = -2
# Definitions with one of these modifiers use what their name says as well.
USING: Final = frozenset({"embedded", "reexport"})
EXTENDING: Final = words.SPANNING | words.ANNOTATED

_encode: Final = msgspec.msgpack.Encoder().encode
_BY_RANGE: Final = itemgetter(0, 1)
_PART: Final = re.compile(r"([.\x01-\x03]*)([^.\x01-\x03]+)")
_IN_RECEIVER: Final = re.compile(r"[\w\x80-\xff.$?!:>\"'-]").match

# An Occurrence as a tuple: the same msgpack, made in a third of the time.
Use = tuple[int, int, int, int, str]
# What a range's role means for the words in there.
_FIXED: Final[dict[int, int | None]] = {FREE: None}
# The innermost enclosing symbol (or -1) and the role that all words have there (or None).
State = tuple[int, "int | None"]
NOWHERE: Final[State] = (-1, None)
# One name of a chain, its offset in there, what stands before it.
Part = tuple[str, int, str]
# The same of a name that is not the last, and its role if nothing else tells.
Inner = tuple[str, int, str, int]


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


class ChainMemory(dict[str, "tuple[int, tuple[Inner, ...], Part]"]):
    """What each piece between gaps is: a keyword, a name, or a chain of names like `a.b.c`.

    A value is (sign, parts before the last, last part). `sign` is NAME or more for what is no
    keyword, else what the keyword says (see `Rules.keywords`).
    """

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, chain: str) -> tuple[int, tuple[Inner, ...], Part]:
        if len(self) >= REMEMBERED_CHAINS:
            self.clear()
        value = self[chain] = self._read(chain)
        return value

    def _read(self, chain: str) -> tuple[int, tuple[Inner, ...], Part]:
        keywords = self._rules.keywords
        if chain in keywords:
            return keywords[chain], (), (readable(chain), 0, "")
        parts: list[Inner] = []
        for match in _PART.finditer(chain.rstrip(".\x01\x02\x03")):
            link, name = match.groups()
            receiver = self._receiver(chain, link, match.start())
            is_keyword = name in keywords and not keywords[name] & words.SOFT
            if name[0].isdigit() or (is_keyword and not (receiver and self._rules.keyword_members)):
                continue
            role = Role.CALL if receiver and self._rules.is_call(link, name) else Role.READ
            parts.append((readable(name), match.start(2), receiver, role))
        if not parts:
            return 0, (), ("", 0, "")
        return NAME | (words.CALLED if parts[-1][3] else 0), tuple(parts[:-1]), parts[-1][:3]

    def _receiver(self, chain: str, link: str, end: int) -> str:
        """What stands before a link of a chain; UNKNOWN if that is not in the chain."""
        if not link or link.startswith(".."):
            return ""
        if not end:
            return "" if link == self._rules.root_link else UNKNOWN
        if end > RECEIVER_CHARACTERS:
            return ""
        for written, sign in self._rules.links.items():
            chain = chain.replace(sign, written)
        return readable(chain[:end])


class ReferenceFinder:
    """Finds references by one language's rules."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._memories = GapMemory(rules), ChainMemory(rules), RoleMemory(rules)

    def find(self, unit: Unit) -> dict[str, bytes]:
        """The uses of each name, packed as `Extraction.occurrences` has them."""
        text = _masked(unit.text, unit.masks, unit.holes)
        if text.isspace():
            return {}
        scan = _Scan(self._rules, self._memories, unit)
        scan.run(text, 0)
        return {name: _encode(uses) for name, uses in scan.uses.items()}


class _Scan:
    """One pass over one file."""

    def __init__(self, rules: Rules, memories: tuple[GapMemory, ChainMemory, RoleMemory], unit: Unit) -> None:
        self._rules, self._memories = rules, memories
        self._text = unit.text
        self._at = unit.role_at
        for draft in unit.drafts:
            if draft.kind not in SHAPELESS and USING.isdisjoint(draft.modifiers):
                self._at[draft.name_start] = HIDDEN
        self._borders, self._states = _stretches(unit)
        self._borders.append(FAR)
        self._starts = [*unit.lines.starts, FAR]
        self.uses: dict[str, list[Use]] = defaultdict(list)

    def run(self, text: str, offset: int) -> None:  # noqa: PLR0912
        """Go through the words of a text in order. One long loop: a call for each word would double its cost."""
        at, uses, rules, (gaps, chains, roles) = self._at, self.uses, self._rules, self._memories
        borders, states, starts = self._borders, self._states, self._starts
        state, line = bisect_right(borders, offset) - 1, bisect_right(starts, offset) - 1
        border, line_start, line_end = borders[state], starts[line], starts[line]
        before = words.STATEMENT
        enclosing, fixed = NOWHERE
        for chain, gap, start in self._pieces(text, offset):
            after, coming = gaps[gap]
            sign, earlier, (name, delta, receiver) = chains[chain]
            if sign < NAME and (not sign & words.SOFT or rules.is_keyword(chain, before, gap)):
                before = coming | sign
                if sign & words.EMBEDDING:
                    self._embedded(chain, gap, start + len(chain))
                continue
            while start >= border:
                enclosing, fixed = states[state]
                state += 1
                border = borders[state]
            while start >= line_end:
                line += 1
                line_start, line_end = line_end, starts[line]
            if earlier and (role := _chained(fixed, before)) >= 0:
                for name_, delta_, known, own in earlier:
                    receiver_ = _receiver(self._text, start) if known is UNKNOWN else known
                    uses[name_].append((role or own, line, start + delta_ - line_start, enclosing, receiver_))
            position = start + delta
            if position in at:
                role = at[position]
            elif fixed is None or (fixed == TYPE and after & words.CALLED):
                # What a soft keyword says, it says as a keyword only.
                role = roles[before | after | (sign if sign >= NAME else NAME)]
            else:
                role = fixed
            if role >= 0:
                if receiver is UNKNOWN:
                    receiver = _receiver(self._text, start)
                uses[name].append((role, line, position - line_start, enclosing, receiver))
            if after & EXTENDING:
                coming |= _extended(before, after)
            before = coming

    def _pieces(self, text: str, offset: int) -> Iterator[tuple[str, str, int]]:
        """Each word with the gap after it and its offset in the file."""
        for written, sign in self._rules.links.items():
            text = text.replace(written, sign)
        pieces = self._rules.splitter.split(text)
        pieces.append("\n")
        positions = islice(accumulate(map(len, pieces), initial=offset), 0, None, 2)
        return zip(pieces[::2], pieces[1::2], positions, strict=False)

    def _embedded(self, word: str, gap: str, start: int) -> None:
        """Go through the code inside a string."""
        for first, last in self._rules.embedded(gap, word):
            self.run(gap[first:last], start + first)


def _extended(before: int, after: int) -> int:
    """What the word before a gap hands on to the one after it: along a list, or as its annotation."""
    if after & words.SPANNING:
        return before & words.ALONG_LIST
    return words.TYPED if before & words.STATEMENT else 0


def _chained(fixed: int | None, before: int) -> int:
    """The role of `a` and `b` in `a.b.c`."""
    if fixed in (HIDDEN, Role.IMPORT):
        return fixed
    return Role.IMPORT if before & words.IMPORTED else Role.READ


def _receiver(text: str, end: int) -> str:
    """The expression before `end`, if it is short and on one line; brackets are kept whole."""
    first = max(0, end - 200)
    blank = text[first + len(text[first:end].rstrip()) : end]
    if blank and "\n" not in blank:
        return ""  # `return .b`: a link goes on after a line's end, not after a blank
    end -= len(blank)
    least = max(0, end - RECEIVER_CHARACTERS)
    depth, index = 0, end
    while index > least:
        character = text[index - 1]
        if character in ")]":
            depth += 1
        elif character in "([":
            if not depth:
                break
            depth -= 1
        elif character == "\n" or (not depth and not _IN_RECEIVER(character)):
            break
        index -= 1
    cut = index == least and index > 0 and _IN_RECEIVER(text[index - 1])
    return "" if depth or cut else readable(text[index:end])


def _masked(text: str, masks: list[tuple[int, int]], holes: list[tuple[int, int]]) -> str:
    """The text with blanks where the query says that there is no code; of ranges in each other the innermost counts."""
    if not masks:
        return text
    ranges = sorted([*((start, -end, True) for start, end in masks), *((start, -end, False) for start, end in holes)])
    pieces: list[str] = []
    stack: list[tuple[int, bool]] = []
    position, blank = 0, False
    for start, negative_end, masking in [*ranges, (len(text), 0, False)]:
        while stack and stack[-1][0] <= start:
            end, outer = stack.pop()
            pieces.append(" " * (end - position) if blank else text[position:end])
            position, blank = max(position, end), outer
        pieces.append(" " * (start - position) if blank else text[position:start])
        position = max(position, start)
        stack.append((-negative_end, blank))
        blank = masking
    return "".join(pieces)


def _stretches(unit: Unit) -> tuple[list[int], list[State]]:
    """Where (innermost enclosing symbol, range's role) changes, and what it is from there on."""
    ranges: list[tuple[int, int, int, int | None]] = [
        (draft.start, -draft.end, draft.index, None) for draft in unit.drafts if draft.kind not in SHAPELESS
    ]
    ranges += [(start, -end, INHERITED, role) for start, end, role in unit.roles]
    ranges.sort(key=_BY_RANGE)
    borders, states, state = [0], [NOWHERE], NOWHERE
    stack: list[tuple[int, State]] = []
    innermost = FAR
    for start, negative_end, index, role in ranges:
        while innermost <= start:
            borders.append(innermost)
            state = stack.pop()[1]
            states.append(state)
            innermost = stack[-1][0] if stack else FAR
        stack.append((-negative_end, state))
        innermost = -negative_end
        state = (state[0] if index == INHERITED else index, state[1] if role is None else _FIXED.get(role, role))
        borders.append(start)
        states.append(state)
    while stack:
        end, state = stack.pop()
        borders.append(end)
        states.append(state)
    return borders, states
