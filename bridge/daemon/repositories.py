"""Searches that are about a team's repositories, not about the workspace: `repo:PATTERN` in a query.

They go to the server, which has what was pushed of each.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.daemon.client import DaemonClient
from bridge.daemon.connector import Link
from bridge.errors import InvalidRequest
from protos import code_index_pb2 as pb

_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
_NAMED: Final = re.compile(r"(?:^|\s)repo:(?!:)\S")


def names_repositories(query: str) -> bool:
    """Whether a query asks for other repositories; what stands in quotes is a name."""
    return _NAMED.search(_QUOTED.sub("", query)) is not None


async def search_repositories(link: Link | None, request: pb.SearchRequest) -> pb.SearchPage:
    """What a server finds. Errors: InvalidRequest where there is none, and as for every call."""
    if link is None:
        raise InvalidRequest(
            "repo: asks a team's server: name it by `upstream` in servers.toml, CODEINDEX_UPSTREAM or --server"
        )
    return await DaemonClient(link, "").search(request)


def left_out(page: pb.SearchPage) -> str:
    """What an answer does not cover for the number of repositories, and what to do; empty if nothing."""
    if not page.passed_over:
        return ""
    return f"among so many repositories not wholly looked for: {', '.join(page.passed_over)}; name fewer by repo:"
