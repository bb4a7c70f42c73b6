"""Which files say a name: a plain look through files that are not indexed yet, the likeliest first.

Only whether a file says it leaves this module, so files are opened by their whole path; what is then sent is read
by `reading`, which follows no link.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KEYWORDS: Final = (
    "def|fn|func|fun|function|type|interface|trait|module|object|define|const|let|var|val|typedef|namespace|package|"
    "sub|message|service"
)
# Where a name may be put together from others (nested selectors, components by their tags) or be understood.
COMPOSING: Final = (".scss", ".less", ".css", ".html", ".htm", ".xhtml", ".vue", ".svelte", ".kt", ".kts")
# How often the clock is asked.
STRIDE: Final = 64


class Found(Struct, frozen=True):
    """A file that says the name; `defines`: on the face of it, it says what the name means."""

    path: str
    defines: bool


class LiteralScan:
    """One pass over some files, in rounds. Blocks; one thread at a time.

    `passed_over` is for its user: whether some of what was found was not made use of.
    """

    def __init__(self, root: Path, paths: Sequence[str], name: str, limit_bytes: int) -> None:
        self._root = f"{root}/"
        self._paths = paths
        self._at = 0
        self._name = name.encode()
        self._definition = _definition(self._name)
        self._limit_bytes = limit_bytes
        self._all = frozenset(paths)
        self.passed_over = False

    def covers(self, paths: Sequence[str]) -> bool:
        """Whether all of these files are among those that are looked at."""
        return self._all.issuperset(paths)

    @property
    def over(self) -> bool:
        """Whether every file was looked at."""
        return self._at >= len(self._paths)

    def next(self, within_s: float) -> list[Found]:
        """What the next files say, as many as there is time for."""
        until = time.monotonic() + within_s
        found = []
        while not self.over and time.monotonic() < until:
            for path in self._paths[self._at : self._at + STRIDE]:
                text = self._read(path)
                if self._name in text:
                    found.append(Found(path, self._definition.search(text) is not None))
            self._at += STRIDE
        return found

    def _read(self, path: str) -> bytes:
        """A regular file's text; nothing if it cannot be read: that is found out, and told, elsewhere."""
        try:
            descriptor = os.open(self._root + path, _FLAGS)
        except OSError:
            return b""
        try:
            status = os.fstat(descriptor)
            wanted = min(status.st_size, self._limit_bytes)
            return os.read(descriptor, wanted) if stat.S_ISREG(status.st_mode) else b""
        except OSError:
            return b""
        finally:
            os.close(descriptor)


def likely_first(paths: Sequence[str], parts: Sequence[str]) -> list[str]:
    """Paths by how much of a name is in them, otherwise in their order: `ext4_find_entry` is likely below `ext4/`."""
    if not parts:
        return list(paths)
    weights = [(part, len(part)) for part in parts]

    def unlikeness(path: str) -> int:
        lower = path.lower()
        return -sum(weight for part, weight in weights if part in lower)

    return sorted(paths, key=unlikeness)


def _definition(name: bytes) -> re.Pattern[bytes]:
    """How a definition looks in most languages.

    After a keyword; a type with its body; a function at the start of a line, without ';'; a member; a key.
    """
    word = re.escape(name)
    return re.compile(
        rb"\b(?:%(keywords)s)\s+(?:[\w:.<>*&]+[\s.:]+|\([^()\n]*\)\s*)?%(word)s\b"
        rb"|\b(?:class|struct|union|enum)\s+(?:class\s+)?%(word)s\s*(?:[:{<(]|final\b|extends\b|implements\b|$)"
        rb"|^(?:[A-Za-z_][^;={}\n]*)?\b%(word)s\s*\([^;\n]*$"
        rb"|^\s+(?!return\b|goto\b)[A-Za-z_][\w\s*]*[\s*]%(word)s(?:\[[^\]\n]*\])?\s*[;,]"
        rb"|^\s*%(word)s\s*[:=]" % {b"keywords": _KEYWORDS.encode(), b"word": word},
        re.MULTILINE,
    )
