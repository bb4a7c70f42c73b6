"""What the data languages have in common: the keys of two levels, and the names that manifests give."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from grpc_backend.extract import words
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.rules import Rules

# Of a file with more, these are kept and it is said (the warning "capped"): nobody looks for the
# ten thousandth key of a data set by its name.
MAX_KEYS: Final = 2000
NAME_CHARACTERS: Final = 200
DOUBLE_QUOTED: Final = rf'"{words.DOUBLE_QUOTED}'
SINGLE_QUOTED: Final = rf"'{words.SINGLE_QUOTED}"
# One character a byte: what else `strip` takes for a blank is the end of a letter (`à`).
BLANK: Final = " \t\r\n"
# What no one typed: a name that a template makes.
TEMPLATED: Final = re.compile(r"\{\{|\$\{|\{%|<%")


_OPENINGS: Final = {"]": "[", "}": "{"}


class Data(Rules):
    """A language of keys and values. Read by hand: for two levels of keys, grammars take five to ten times as long."""

    grammar = None
    scanned = False
    signature_tail = " \t\r\n{[:=,"

    def refine(self, unit: Unit, draft: Draft) -> bool:
        return True


class Keys:
    """The keys of a file as drafts."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.full = False

    def add(self, whole: tuple[int, int], name: tuple[int, int], kind: str = "key") -> Draft:
        """Add a key, or what a manifest names."""
        unit = self._unit
        draft = Draft.by_hand(unit, kind, whole, name)
        draft.name = draft.name[:NAME_CHARACTERS] or '""'
        unit.drafts.append(draft)
        if len(unit.drafts) >= MAX_KEYS and not self.full:
            self.full = True
            unit.warnings.append("capped")
        return draft

    def rename(self, draft: Draft, value: tuple[int, int]) -> None:
        """Make of the key `name` what its value says: the package, workflow or program of that name."""
        name = readable(self._unit.text[slice(*value)])
        if name and not TEMPLATED.search(name):
            draft.name_start, draft.name_end = value
            draft.name, draft.kind = name[:NAME_CHARACTERS], "package"

    def finish(self) -> None:
        """Bring the drafts in order of position."""
        self._unit.drafts.sort(key=lambda draft: (draft.start, -draft.end, draft.name_start))


class Brackets:
    """Finds where brackets close in a language with these strings and comments."""

    def __init__(self, skipped: dict[str, str]) -> None:
        firsts = "".join(map(re.escape, skipped))
        inside = "".join(f"|{re.escape(first)}(?:{rest})" for first, rest in skipped.items())
        self._next = re.compile(rf"(?:[^\[\]{{}}{firsts}]++{inside})*+([\[\]{{}}]|\Z)", re.DOTALL)

    def end(self, text: str, start: int) -> int:
        """The offset behind the bracket that closes the one at `start`, or before one that cannot; -1: none does."""
        inside: list[str] = []
        for match in self._next.finditer(text, start):
            bracket = match[1]
            if bracket in ("[", "{"):
                inside.append(bracket)
                continue
            opening = _OPENINGS.get(bracket)
            while inside and inside[-1] != opening:
                inside.pop()
            if len(inside) <= 1:
                return match.end() if inside else match.start(1) if bracket else -1
            inside.pop()
        return -1


def unescaped(name: str) -> str:
    """What a key with escapes in it says; as it is written if that is no JSON."""
    try:
        return msgspec.json.decode(f'"{name}"', type=str)
    except msgspec.DecodeError:
        return name


def trimmed(text: str, end: int) -> int:
    """Where the last line before `end` that is neither blank nor a comment has its end."""
    while end > 0:
        start = text.rfind("\n", 0, end - 1) + 1
        line = text[start:end].strip(BLANK)
        if line and not line.startswith("#"):
            return start + len(text[start:end].rstrip(BLANK))
        end = start
    return 0
