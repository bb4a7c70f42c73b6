"""The repositories of a server, as one to search: what was pushed of each, as far as the caller may read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from typing import Final

from grpc_backend.access.grant import Grant
from grpc_backend.errors import InvalidRequest, NotFound

# What `codeindex push` calls a snapshot if nothing else is said.
DEFAULT_VIEW: Final = "main"


def snapshots(workspaces: Iterable[str], patterns: Collection[str], grant: Grant) -> list[str]:
    """The snapshots that `PATTERN` or `PATTERN@VIEW` name, one a repository, sorted; `*` is any text.

    A pattern without `*` or a host also fits a name's end: `team/project` is `github.com/team/project`. Views of
    working trees are none: they have a user, a machine and a path in their names.
    Errors: InvalidRequest for two views of one repository; NotFound where nothing fits, be it there or not.
    """
    found: dict[str, str] = {}
    for workspace in workspaces:
        repository, _, view = workspace.partition("@")
        if "@" in view or not any(_fits(repository, view, one) for one in patterns) or not grant.covers(workspace):
            continue
        if found.setdefault(repository, workspace) != workspace:
            raise InvalidRequest(f"{repository} is meant with two views, {found[repository]} and {workspace}: name one")
    if not found:
        raise NotFound(f"nothing was pushed of a repository {' or '.join(patterns)} that you may read")
    return sorted(found.values())


def _fits(repository: str, view: str, pattern: str) -> bool:
    named, _, wanted = pattern.partition("@")
    fits = fnmatchcase(repository, named) or fnmatchcase(repository, f"*/{named}")
    return bool(view) and fits and fnmatchcase(view, wanted or DEFAULT_VIEW)
