"""Who calls, and whether they may: the token, its scopes, its repositories. Errors become status here, too."""

from __future__ import annotations

import contextlib
import hmac
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Final, Protocol

from grpc_backend.access.grant import ADMIN, OWNER, PUSH, READ, Grant, serve_as
from grpc_backend.access.tokens import TokenFile
from grpc_backend.errors import CodeIndexError, Unauthenticated
from grpc_backend.rpc.status import CODE_TRAILER, status_of
from grpc_backend.rpc.surroundings import Call, Context

log = logging.getLogger(__name__)

OWN_PREFIX: Final = "/codeindex.CodeIndexService/"
WORKSPACE_KEY: Final = "codeindex-workspace"
BEARER: Final = "Bearer "
# The scope that each method needs. One that is not here needs `admin`: nothing is open because it was forgotten.
SCOPE_OF: Final = {
    **dict.fromkeys(
        (
            *("SearchSymbols", "FindDefinition", "FindReferences", "GetSymbol", "Outline", "Overview", "GetStatus"),
            *("GetTree", "GetRemoteState", "FindMissing", "FetchExtractions", "FetchBase"),
        ),
        READ,
    ),
    **dict.fromkeys(("IndexFile", "BulkIndex", "SyncIndex", "UploadFile", "CommitSnapshot"), PUSH),
    **dict.fromkeys(("AddJobs", "TakeJob", "ReportJob", "ListJobs"), PUSH),
    "Shutdown": ADMIN,
}


class Clock(Protocol):
    """What must know that somebody needs the daemon."""

    def in_use(self) -> AbstractContextManager[None]:
        """Entered while a call is open."""


class Door(Protocol):
    """Tells what the holder of a token may do."""

    def grant_of(self, shown: str) -> Grant:
        """Errors: Unauthenticated, TokenExpired."""


class TokenDoor:
    """The one token that may do everything, and the file of all others."""

    def __init__(self, owner_token: str, tokens: TokenFile) -> None:
        self._owner_token = owner_token.encode()
        self._tokens = tokens

    def grant_of(self, shown: str) -> Grant:
        """What a token grants. Errors: Unauthenticated, TokenExpired."""
        if hmac.compare_digest(shown.encode(), self._owner_token):
            return OWNER
        return self._tokens.grant_of(shown)


class Guard:
    """Lets a call in with the grant of its token. `door` None: whoever can call at all is the owner.

    Callers on the socket show no token: its folder's mode decides who can open it, and whoever can, can read a token
    beside it. A stream is looked at again at every message, so that a token that is revoked ends it.
    """

    def __init__(self, door: Door | None, clock: Clock) -> None:
        self._door = door
        self._clock = clock

    @contextlib.asynccontextmanager
    async def admit(self, call: Call) -> AsyncIterator[None]:
        """Errors: Unauthenticated, TokenExpired, ScopeDenied, RepositoryDenied."""
        self._check(call)
        call.admitted = True
        call.on_message = lambda: self._check(call)
        with self._clock.in_use():
            yield

    def _check(self, call: Call) -> None:
        grant = self._grant_of(call)
        serve_as(grant)
        if call.method.startswith(OWN_PREFIX):
            grant.require(SCOPE_OF.get(call.method.removeprefix(OWN_PREFIX), ADMIN))
        if named := call.metadata.get(WORKSPACE_KEY):
            grant.admit(named)

    def _grant_of(self, call: Call) -> Grant:
        if self._door is None or call.peer.startswith("unix:"):
            return OWNER
        shown = call.metadata.get("authorization", "")
        if not shown.startswith(BEARER):
            raise Unauthenticated("send metadata `authorization: Bearer TOKEN`: `codeindex token create` makes one")
        return self._door.grant_of(shown.removeprefix(BEARER))


@contextlib.asynccontextmanager
async def errors_to_status(call: Call) -> AsyncIterator[None]:
    """What goes wrong inside ends the call with its status, text and code; what is outside can read the outcome."""
    try:
        try:
            yield
        except CodeIndexError as error:
            if not call.admitted:
                await call.hear_out()
            await _abort(call.context, error)
    except BaseException as error:
        call.ended(error)
        raise
    else:
        call.ended(None)


async def _abort(context: Context, error: CodeIndexError) -> None:
    if error.code == "internal":
        log.error("call failed", exc_info=error)
    await context.abort(status_of(error), str(error), ((CODE_TRAILER, error.code),))
