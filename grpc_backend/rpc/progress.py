"""Tells a stream how far the index is: not at every commit, but always when nothing is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from grpc_backend.index.workspace import Workspace
from grpc_backend.rpc import wire
from protos import code_index_pb2 as pb

EVERY_S: Final = 0.1
# Where much is to come, counting it takes a while: so many times that passes until the next.
COSTS: Final = 30


class ProgressTeller:
    """One stream's."""

    def __init__(self, say: Callable[[pb.SyncResponse], None]) -> None:
        self._say = say
        self._due = 0.0
        self._unread: pb.SyncResponse | None = None  # what the client has not taken yet

    def tell(self, workspace: Workspace, *, now: bool = False) -> None:
        """Say how far a workspace is, if that is due or `now`."""
        moment = time.monotonic()
        if not now and moment < self._due and (workspace.wanted or workspace.doubt):
            return
        progress = wire.progress_to(workspace.freshness())
        self._due = moment + max(EVERY_S, COSTS * (time.monotonic() - moment))
        if self._unread is None:
            self._unread = pb.SyncResponse(progress=progress)
            self._say(self._unread)
        else:  # a client that does not read takes no memory
            self._unread.progress.CopyFrom(progress)

    def taken(self, response: pb.SyncResponse) -> None:
        """The client takes a response now."""
        if response is self._unread:
            self._unread = None
