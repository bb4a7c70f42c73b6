"""What a caller may do. Every call has a grant, and `current_grant()` gives it to whatever serves the call.

An engine that checks for itself (row-level security) takes `Grant.repositories`; a cache that is shared between
repositories asks `Grant.sees_everything` before it says that it knows a content.
"""

from __future__ import annotations

from contextvars import ContextVar
from fnmatch import fnmatchcase
from typing import Final

from msgspec import Struct

from grpc_backend.errors import RepositoryDenied, ScopeDenied

READ: Final = "read"
PUSH: Final = "push"
ADMIN: Final = "admin"
SCOPES: Final = (READ, PUSH, ADMIN)
EVERYTHING: Final = "*"


class Grant(Struct, frozen=True):
    """`principal`: who calls, for logs. `repositories`: their names, or patterns where `*` is any text.

    A workspace is REPOSITORY@VIEW: whoever may read a repository may read every view of it.

    No scope implies another: a pipeline that pushes need not read.
    """

    principal: str
    scopes: frozenset[str]
    repositories: tuple[str, ...]

    @property
    def sees_everything(self) -> bool:
        """Whether no repository is kept from the caller."""
        return EVERYTHING in self.repositories

    def require(self, scope: str) -> None:
        """Errors: ScopeDenied."""
        if scope not in self.scopes:
            has = ", ".join(sorted(self.scopes)) or "none"
            raise ScopeDenied(f"this call needs the scope {scope!r}; the token {self.principal!r} has: {has}")

    def covers(self, workspace: str) -> bool:
        """Whether a workspace is of one of the caller's repositories."""
        repository = workspace.partition("@")[0]
        return self.sees_everything or any(fnmatchcase(repository, pattern) for pattern in self.repositories)

    def admit(self, workspace: str) -> str:
        """The workspace, if it is one of the caller's. Errors: RepositoryDenied, whether it exists or not."""
        if not self.covers(workspace):
            raise RepositoryDenied(
                f"the repository {workspace.partition('@')[0]!r} is not in the list of the token {self.principal!r}: "
                "ask for a token that names it"
            )
        return workspace


# Whoever can open the socket in the daemon's own folder, or holds the one token of a listener without a token file.
OWNER: Final = Grant("owner", frozenset(SCOPES), (EVERYTHING,))

_current: ContextVar[Grant] = ContextVar("grant", default=OWNER)


def current_grant() -> Grant:
    """The grant of the call that is being served; the owner's in work that no call asked for."""
    return _current.get()


def serve_as(grant: Grant) -> None:
    """What runs in this task from now on is done for the holder of `grant`."""
    _current.set(grant)
