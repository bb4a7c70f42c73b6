"""Where a git repository keeps what bears on ignoring, and what the user's configuration says of it.

Read from the files themselves: no git need be installed, and none of a stranger's configuration is run.
Not read: `includeIf` sections, GIT_CONFIG_* variables.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

MAX_INCLUDES = 10  # as git has it
_SECTION = re.compile(r"\s*\[\s*([\w.-]+)\s*(?:\"[^\"]*\")?\s*\]\s*(.*)")
_SETTING = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*))?")
_VALUE_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|\\(.)|([#;].*)|([^"\\#;]+)')
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b"}


class GitSettings(Struct, frozen=True):
    """`excludes`: the user's global rule file. `fold_case`: core.ignoreCase. `files`: what was read, there or not."""

    excludes: Path
    fold_case: bool = False
    files: tuple[Path, ...] = ()


def repository_top(folder: Path) -> Path | None:
    """The innermost folder at or above this one that is the top of a work tree."""
    return next((one for one in (folder, *folder.parents) if git_directory(one)), None)


def git_directory(top: Path) -> Path | None:
    """The directory that all work trees of the repository at `top` share; None if none is there.

    `.git` is a file in a linked work tree and in a submodule; in the former it leads on by `commondir`.
    """
    git = top / ".git"
    try:
        if git.is_dir():
            return git if os.path.lexists(git / "HEAD") else None
        named = git.read_text(encoding="utf-8", errors="surrogateescape")
        if not named.startswith("gitdir:"):
            return None
        directory = top / named.removeprefix("gitdir:").strip("\r\n ")
        common = directory / "commondir"
        if common.is_file():
            return directory / common.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\r\n")
    except (OSError, ValueError):
        return None
    return directory


def git_settings(common: Path | None) -> GitSettings:
    """The settings that hold for the repository with this shared directory, or for none. The last one said wins."""
    config_home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git"
    files = [Path("/etc/gitconfig"), config_home / "config", Path.home() / ".gitconfig"]
    if common is not None:
        files.append(common / "config")
    read: list[Path] = []
    said = {key: value for file in files for key, value in _settings(file, read)}
    named = said.get("core.excludesfile")
    excludes = Path(os.path.expanduser(named)) if named else config_home / "ignore"  # noqa: PTH111 - it never raises
    fold = said.get("core.ignorecase", "false").lower() in ("", "true", "yes", "on", "1")
    return GitSettings(Path.home() / excludes, fold, tuple(read))


def rule_files(top: Path) -> list[Path]:
    """Files that say what the repository with this work tree ignores, there or not; HEAD is what makes it one."""
    common = git_directory(top)
    if common is None:
        return [top / ".git" / "HEAD"]
    return [common / "config", common / "info", common / "info" / "exclude"]


def _settings(file: Path, read: list[Path], depth: int = 0) -> Iterator[tuple[str, str]]:
    """The settings of a file and of those that it includes, in order, as `section.key` in lower case.

    `read` gets every file that this looks at.
    """
    read.append(file)
    try:
        text = file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except (OSError, ValueError):
        return
    section = ""
    for line in text.replace("\\\n", "").splitlines():
        if begun := _SECTION.fullmatch(line):
            section, line = begun[1].lower(), begun[2]  # noqa: PLW2901 - a setting may follow on the line
        setting = _SETTING.fullmatch(line)
        if setting is None:
            continue
        key, value = f"{section}.{setting[1].lower()}", _value(setting[2] or "")
        if key == "include.path" and depth < MAX_INCLUDES:
            yield from _settings(file.parent / os.path.expanduser(value), read, depth + 1)  # noqa: PTH111
        yield key, value


def _value(text: str) -> str:
    """A value without quotes, escapes and comment."""
    parts = []
    for quoted, escaped, _comment, plain in _VALUE_PART.findall(text):
        unquoted = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), quoted)
        parts.append(unquoted or _ESCAPES.get(escaped, escaped) or plain)
    return "".join(parts).strip()
