"""What a server calls a root: the repository it is a clone of, then whose clone it is.

`REPOSITORY@VIEW`: contents and what is counted are shared by all views of a repository; each view has its own files.
"""

from __future__ import annotations

import getpass
import re
import socket
from pathlib import Path
from typing import Final

from bridge.workspace.repository import git_directory

# What a repository's main branch is pushed as.
MAIN: Final = "main"
# scheme://user@host:port/path, or git's own user@host:path.
_URL: Final = re.compile(r"(?:[a-z+]+://)?(?:[^@/]+@)?([\w.-]+)(?::\d+(?=/))?[:/]+(.+?)/*")
_REMOTE: Final = re.compile(r'\[remote "origin"\](?:\n(?!\[).*)*?\n\s*url\s*=\s*(\S+)')


def workspace_of(root: Path) -> str:
    """A root as a server knows it: its repository, then this user's clone on this machine."""
    return f"{repository_of(root)}@{getpass.getuser()}@{socket.gethostname()}:{root}"


def commit_of(root: Path, commit: str) -> str:
    """A commit of a root's repository as a server knows it."""
    return f"{repository_of(root)}@{commit}"


def repository_of(root: Path) -> str:
    """HOST/PATH of what a root was cloned from; the root's own name where nothing tells."""
    common = git_directory(root)
    try:
        config = (common / "config").read_text(encoding="utf-8") if common is not None else ""
    except (OSError, ValueError):
        config = ""
    remote = _REMOTE.search(config)
    return _named(remote[1]) if remote else f"local/{root.name}"


def _named(url: str) -> str:
    """A clone's address without what differs between those who clone: scheme, user, port, ending."""
    found = _URL.fullmatch(url.removesuffix("/").removesuffix(".git"))
    if found is None or url.startswith(("/", "file:", ".")):
        return f"local/{Path(url.removesuffix('/')).name.removesuffix('.git')}"
    return f"{found[1].lower()}/{found[2]}".replace("@", "_")
