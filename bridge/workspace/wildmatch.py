"""One glob of an ignore file as a regular expression with the meaning of git's wildmatch.c.

Globs and paths have one character a byte. To be used with `fullmatch`, DOTALL and ASCII.
"""

from __future__ import annotations

import re
import string
from typing import Final

MAX_LITERALS: Final = 32
_SLASH: Final = ord("/")
_BYTES: Final = frozenset(range(1, 256))


def _bytes_of(text: str) -> frozenset[int]:
    return frozenset(map(ord, text))


# The classes of git's own ctype tables: ASCII only, whatever the locale.
_CLASSES: Final = {
    "alnum": _bytes_of(string.ascii_letters + string.digits),
    "alpha": _bytes_of(string.ascii_letters),
    "blank": _bytes_of(" \t"),
    "cntrl": frozenset({*range(32), 127}),
    "digit": _bytes_of(string.digits),
    "graph": frozenset(range(33, 127)),
    "lower": _bytes_of(string.ascii_lowercase),
    "print": frozenset(range(32, 127)),
    "punct": _bytes_of(string.punctuation),
    "space": _bytes_of(" \t\n\r"),
    "upper": _bytes_of(string.ascii_uppercase),
    "xdigit": _bytes_of(string.hexdigits),
}


class Malformed(ValueError):
    """A glob that fits nothing: git gives up on it while matching."""


def regex_of(glob: str, *, within_parts: bool) -> str | None:
    """The expression of a glob, or None if it can fit nothing.

    `within_parts`: for paths, where only `**` between slashes goes beyond one part (WM_PATHNAME).
    """
    try:
        return _Translation(glob, within_parts=within_parts).run()
    except Malformed:
        return None


def literals_of(glob: str) -> list[str] | None:
    """The few texts that a glob stands for, if it has neither stars nor question marks; else None."""
    texts = [""]
    at = 0
    while at < len(glob):
        char = glob[at]
        if char in "*?":
            return None
        if char == "[":
            try:
                members, at = _bracket(glob, at + 1)
            except Malformed:
                return None
        else:
            if char == "\\":
                at += 1
            members, at = _bytes_of(glob[at : at + 1]), at + 1
        texts = [text + chr(byte) for text in texts for byte in members]
        if not 0 < len(texts) <= MAX_LITERALS:
            return None
    return texts


class _Translation:
    """One pass over a glob.

    Between two stars stands a segment of fixed length. The first place where it fits is as good as
    any later one for what follows, so every segment but a part's last one is in an atomic group;
    the same holds for the parts between two `**`.
    """

    def __init__(self, glob: str, *, within_parts: bool) -> None:
        self._glob = glob
        self._within_parts = within_parts
        self._done: list[str] = []  # up to the last `**`
        self._deep = ""  # the last `**`, if what follows it is not done
        self._parts: list[str] = []  # whole parts since then
        self._starred = False
        self._segments: list[str] = []  # of the present part, all but the last
        self._segment: list[str] = []

    def run(self) -> str:
        at = 0
        while at < len(self._glob):
            at = self._step(at)
        last = "".join(self._parts) + self._part()
        if self._deep:
            last = self._deep.replace("*?", "*").replace("+?", "+") + last
        return "".join(self._done) + last

    def _step(self, at: int) -> int:
        """Translate what stands at `at`; return the place after it."""
        char = self._glob[at]
        if char == "*":
            return self._stars(at)
        if char == "[":
            members, after = _bracket(self._glob, at + 1)
            self._segment.append(_set(members - {_SLASH} if self._within_parts else members))
            return after
        if char == "?":
            self._segment.append("[^/]")
            return at + 1
        if char == "\\":
            at += 1
            if at == len(self._glob):
                raise Malformed(self._glob)
            char = self._glob[at]
        self._literal(char)
        return at + 1

    def _literal(self, char: str) -> None:
        if char == "/":
            self._parts.append(self._part() + "/")
        else:
            self._segment.append(re.escape(char))

    def _stars(self, at: int) -> int:
        after = at
        while self._glob[after : after + 1] == "*":
            after += 1
        if not self._goes_deep(at, after):
            self._close_segment()
            return after
        if after == len(self._glob):
            self._segment.append(".*")
            return after
        escaped = self._glob[after] == "\\"
        self._close_parts("(?:[^/]*/)+?" if escaped else "(?:[^/]*/)*?")
        return after + 2 if escaped else after + 1

    def _goes_deep(self, at: int, after: int) -> bool:
        """Whether stars are a `**` that stands for whole parts."""
        alone = at == 0 or self._glob[at - 1] == "/"
        rest = self._glob[after : after + 2]
        return self._within_parts and after - at > 1 and alone and (rest == "\\/" or rest[:1] in ("", "/"))

    def _close_segment(self) -> None:
        """A star within a part: what stands before it is settled."""
        text = "".join(self._segment)
        self._segments.append(f"(?>[^/]*?{text})" if self._starred else text)
        self._segment = []
        self._starred = True

    def _part(self) -> str:
        """The present part as a whole; begins the next."""
        last = "".join(self._segment)
        text = "".join(self._segments) + (f"[^/]*{last}" if self._starred else last)
        self._segments, self._segment, self._starred = [], [], False
        return text

    def _close_parts(self, deep: str) -> None:
        """A `**`: the parts before it are settled."""
        text = "".join(self._parts)
        self._done.append(f"(?>{self._deep}{text})" if self._deep else text)
        self._parts, self._deep = [], deep


def _bracket(glob: str, at: int) -> tuple[frozenset[int], int]:
    """The bytes that a bracket expression stands for, and the place after its ']'. `at`: after its '['."""
    negated = glob[at : at + 1] in ("!", "^")
    at += negated
    members: set[int] = set()
    before = 0  # the byte that a '-' would start a range from
    while True:
        at, before = _member(glob, at, before, members)
        if glob[at : at + 1] == "]":
            return (_BYTES - members if negated else frozenset(members)), at + 1


def _member(glob: str, at: int, before: int, members: set[int]) -> tuple[int, int]:
    """Add what stands at `at` in a bracket expression; return the place after it and what a '-' would start from."""
    char = _char(glob, at)
    if char == "-" and before and glob[at + 1 : at + 2] not in ("", "]"):
        last, after = _escaped(glob, at + 1)
        members.update(range(before, last + 1))
        return after, 0
    if char == "[" and glob[at + 1 : at + 2] == ":":
        close = glob.find("]", at + 2)
        if close < 0:
            raise Malformed(glob)
        if close > at + 2 and glob[close - 1] == ":":
            members |= _class(glob[at + 2 : close - 1])
            return close + 1, 0
    byte, after = _escaped(glob, at)
    members.add(byte)
    return after, byte


def _class(name: str) -> frozenset[int]:
    if name not in _CLASSES:
        raise Malformed(name)
    return _CLASSES[name]


def _escaped(glob: str, at: int) -> tuple[int, int]:
    """The byte at `at`, which a backslash may precede, and the place after it."""
    if _char(glob, at) == "\\":
        at += 1
    return ord(_char(glob, at)), at + 1


def _char(glob: str, at: int) -> str:
    if at >= len(glob):
        raise Malformed(glob)
    return glob[at]


def _set(members: frozenset[int]) -> str:
    return "[" + "".join(f"\\x{byte:02x}" for byte in sorted(members)) + "]" if members else "(?!)"
