"""One file of ignore patterns, as git reads them.

The patterns' translation to regular expressions is pathspec's; here they are joined, so that a
path is held against all of them at once and only a path that some pattern fits costs more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

# pathspec marks the end of a directory with a named group; joined patterns cannot repeat one.
_DIRECTORY_MARK = "(?P<ps_d>/)"
_ANY_FOLDER = "^(?:.+/)?"


class IgnoreRules:
    """The patterns of one file. `base` is the folder that they are relative to, with a final '/' or empty."""

    def __init__(self, base: str, lines: Iterable[str]) -> None:
        self.base = base
        self._patterns = [(re.compile(regex), by_name, ignored) for regex, by_name, ignored in _translated(lines)]
        self._any_name = _joined(pattern for pattern, by_name, _ in self._patterns if by_name)
        self._any_path = _joined(pattern for pattern, by_name, _ in self._patterns if not by_name)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def verdict(self, path: str, name: str) -> bool | None:
        """Whether the last pattern that fits ignores the path; None if none fits.

        `path` and `name` end with '/' for a directory; `path` starts with `base`.
        """
        inner = path[len(self.base) :]
        fits = (self._any_name and self._any_name.fullmatch(name)) or (
            self._any_path and self._any_path.fullmatch(inner)
        )
        if not fits:
            return None
        for pattern, by_name, ignored in reversed(self._patterns):
            if pattern.fullmatch(name if by_name else inner):
                return ignored
        return None


def read_rules(file: Path, base: str) -> IgnoreRules | None:
    """The rules of a file, or None if it is not there, not readable, or empty."""
    try:
        text = file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except (OSError, ValueError):
        return None
    return IgnoreRules(base, text.splitlines()) or None


def _translated(lines: Iterable[str]) -> Iterable[tuple[str, bool, bool]]:
    """Regular expression, whether it is held against the bare name, whether it ignores."""
    for line in lines:
        try:
            pattern = GitIgnoreSpecPattern(line)
        except (GitIgnorePatternError, re.error):
            continue  # git, too, passes over what it cannot read
        if pattern.include is None or pattern.regex is None:
            continue
        regex = pattern.regex.pattern.replace(_DIRECTORY_MARK, "/")
        by_name = regex.startswith(_ANY_FOLDER) and "/" not in line.strip().rstrip("/").removeprefix("!")
        yield regex.replace(_ANY_FOLDER, "^", 1) if by_name else regex, by_name, pattern.include


def _joined(patterns: Iterable[re.Pattern[str]]) -> re.Pattern[str] | None:
    sources = [pattern.pattern for pattern in patterns]
    return re.compile("|".join(f"(?:{source})" for source in sources)) if sources else None
