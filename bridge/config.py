"""Where state lies and what a bridge is told, resolved once at the door."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# What makes a folder the top of a workspace.
ROOT_MARKERS = (".git", ".hg", ".jj", ".codeindex.toml")


def resolve_home(argument: str | None, environ: Mapping[str, str]) -> Path:
    """The directory of all state: argument over CODEINDEX_HOME over ~/.codeindex.

    It follows from the user's home alone, never from XDG_* or TMPDIR: some clients drop
    those, and two places would mean two daemons.
    """
    return Path(argument or environ.get("CODEINDEX_HOME") or Path.home() / ".codeindex").expanduser().absolute()


def repository_of(start: Path) -> Path | None:
    """The innermost folder at or above `start` that carries a root marker."""
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in ROOT_MARKERS):
            return folder
    return None


def default_roots(environ: Mapping[str, str]) -> list[Path]:
    """The workspace when the client names none: what Claude Code says, else the current repository."""
    named = environ.get("CLAUDE_PROJECT_DIR")
    if named and Path(named).is_dir():
        return [Path(named).resolve()]
    found = repository_of(Path.cwd())
    return [found.resolve()] if found else []
