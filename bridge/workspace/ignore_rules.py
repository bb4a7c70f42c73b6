"""One file of ignore patterns, as git reads and applies them (dir.c and wildmatch.c of git).

Git compares bytes. Here a path is a string with one character a byte: an ASCII path as it is, any
other through `as_bytes`. Patterns that stand together and have one sign become one `Run`: most are
then a look-up in a set or one comparison of endings, and the rest are one regular expression. The
expressions take the first place that fits and never go back (atomic groups), so that no pattern of a
stranger's repository costs more than time linear in the path.

Why not a library: measured against git, pathspec 1.1.1 reads `[[:alpha:]]`, `[\\]]`, `a**/b`, `?` beside
non-ASCII letters and trailing tabs otherwise than git and refuses `a\\/b`; ignore-python cannot
decide for a single path. `tests/workspace/test_filter_oracle.py` compares this file with git.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

from bridge.workspace.wildmatch import literals_of, regex_of

MAX_BYTES: Final = 4 * 1024 * 1024  # a larger file is no rule file that anyone wrote
_SPECIAL: Final = re.compile(r"[*?\[\\]")
# Spaces at the end do not count, unless escaped. No match: the line ends in a lone backslash and can fit nothing.
_WITHOUT_END_SPACES: Final = re.compile(r"((?:\\.|[^\\])*?) *", re.DOTALL)

Fits = Callable[[str], Any]


class Pattern(NamedTuple):
    """One line of a rule file. `glob` has no '!' in front and no '/' at its end."""

    glob: str
    ignored: bool
    folders_only: bool


class Run(NamedTuple):
    """Neighbouring patterns of one sign: what any of them fits is `ignored`, or is not."""

    ignored: bool
    names: frozenset[str]
    beginnings: tuple[str, ...]
    endings: tuple[str, ...]
    fits_name: Fits | None
    paths: frozenset[str]
    fits_path: Fits | None


class IgnoreRules(NamedTuple):
    """The patterns of one file, the last first: those that hold for files, and those for folders."""

    files: tuple[Run, ...]
    folders: tuple[Run, ...]


def as_bytes(text: str) -> str:
    """A name or path of the file system, with one character a byte."""
    return text if text.isascii() else os.fsencode(text).decode("latin-1")


def decide(runs: Iterable[Run], name: str, path: str) -> bool:
    """Whether the first run that fits ignores; False if none fits. Both with one character a byte."""
    for ignored, names, beginnings, endings, fits_name, paths, fits_path in runs:
        if (
            name in names
            or name.startswith(beginnings)
            or name.endswith(endings)
            or path in paths
            or (fits_name is not None and fits_name(name))
            or (fits_path is not None and fits_path(path))
        ):
            return ignored
    return False


def read_rules(file: Path, base: str, *, fold_case: bool, follow_links: bool = False) -> IgnoreRules | None:
    """The rules of a file, or None if it has none or cannot be read.

    `base` is the folder that the patterns are relative to, with '/' at its end, or empty. Like git,
    a rule file of the tree that is a link is not followed.
    """
    try:
        text = _read(file, follow_links=follow_links)
    except OSError:
        return None
    patterns = list(parsed(text))
    return compiled(patterns, as_bytes(base), fold_case=fold_case) if patterns else None


def parsed(text: bytes) -> Iterator[Pattern]:
    """The patterns of a rule file's text, in order."""
    for raw in text.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n"):
        if raw.startswith("#"):
            continue
        trimmed = _WITHOUT_END_SPACES.fullmatch(raw.removesuffix("\r").split("\0", 1)[0])
        if trimmed is None:
            continue
        ignored = not trimmed[1].startswith("!")
        glob = trimmed[1] if ignored else trimmed[1][1:]
        folders_only = glob.endswith("/")
        glob = glob.removesuffix("/")
        if glob:
            yield Pattern(glob, ignored, folders_only)


def compiled(patterns: list[Pattern], base: str, *, fold_case: bool) -> IgnoreRules:
    """Patterns made ready to be held against paths that start with `base`."""
    folders = tuple(_runs(patterns, base, fold_case=fold_case))
    if not any(pattern.folders_only for pattern in patterns):
        return IgnoreRules(folders, folders)
    files = _runs([pattern for pattern in patterns if not pattern.folders_only], base, fold_case=fold_case)
    return IgnoreRules(tuple(files), folders)


def _runs(patterns: list[Pattern], base: str, *, fold_case: bool) -> Iterator[Run]:
    for ignored, group in groupby(reversed(patterns), key=lambda pattern: pattern.ignored):
        yield _run([pattern.glob for pattern in group], base, ignored=ignored, fold_case=fold_case)


def _run(globs: list[str], base: str, *, ignored: bool, fold_case: bool) -> Run:
    names: list[str] = []
    beginnings: list[str] = []
    endings: list[str] = []
    paths: list[str] = []
    name_regexes: list[str | None] = []
    path_regexes: list[str | None] = []
    for glob in globs:
        if "/" in glob:
            literal, rest = _split(glob.removeprefix("/"))
            if rest or fold_case:
                path_regexes.append(_prefixed(re.escape(base + literal), regex_of(rest, within_parts=True)))
            else:
                paths.append(base + literal)
        elif fold_case:
            name_regexes.append(regex_of(glob, within_parts=False))
        elif (texts := literals_of(glob)) is not None:
            names += texts
        elif glob[0] == "*" and (texts := literals_of(glob[1:])) is not None:
            endings += texts
        elif glob[-1] == "*" and (texts := literals_of(glob[:-1])) is not None:
            beginnings += texts
        else:
            name_regexes.append(regex_of(glob, within_parts=False))
    return Run(
        ignored,
        frozenset(names),
        tuple(beginnings),
        tuple(endings),
        _joined(name_regexes, fold_case=fold_case),
        frozenset(paths),
        _joined(path_regexes, fold_case=fold_case),
    )


def _split(glob: str) -> tuple[str, str]:
    """What stands before the first special character, and the rest, which git matches as if it began there."""
    special = _SPECIAL.search(glob)
    return (glob[: special.start()], glob[special.start() :]) if special else (glob, "")


def _prefixed(literal: str, regex: str | None) -> str | None:
    return None if regex is None else literal + regex


def _joined(regexes: list[str | None], *, fold_case: bool) -> Fits | None:
    """One expression for all, without those of globs that fit nothing."""
    joined = "|".join(regex for regex in regexes if regex is not None)
    if not joined:
        return None
    flags = re.DOTALL | re.ASCII | (re.IGNORECASE if fold_case else 0)
    return re.compile(joined, flags).fullmatch


def _read(file: Path, *, follow_links: bool) -> bytes:
    """The bytes of a regular file; nothing for what is none or is absurdly large. Raises OSError."""
    links = 0 if follow_links else os.O_NOFOLLOW
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | links)
    with open(descriptor, "rb") as opened:  # noqa: PTH123 - a descriptor, not a path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            return b""
        return opened.read(MAX_BYTES)
