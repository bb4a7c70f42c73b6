"""The bridge put together: one link to the daemon, one synced workspace a root."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from bridge.daemon.client import DaemonClient
from bridge.daemon.connector import DaemonLink, Link
from bridge.daemon.credentials import upstream_of
from bridge.daemon.server_link import ServerLink
from bridge.errors import InvalidRequest
from bridge.workspace.filter import WorkspaceFilter, refuse_root
from bridge.workspace.naming import MAIN, commit_of, workspace_of
from bridge.workspace.syncer import Syncer
from bridge.workspace.upstream import Upstream
from protos import code_index_pb2 as pb


class WorkspaceSession:
    """One root: its sync stream and its questions."""

    def __init__(self, link: Link, root: Path, upstream: Upstream | None = None) -> None:
        self.root = root
        self.link = link
        name = workspace_of(root) if link.shared else str(root)
        self.syncer = Syncer(link, WorkspaceFilter(root), name, upstream)
        self.client = DaemonClient(link, name, self.syncer)
        # Who answers for a team's repositories, if anyone does.
        self.team = link if link.shared else upstream.link if upstream is not None else None

    async def requirement(self, wait_ms: int = 0) -> pb.Requirement:
        """What an answer must be: as new as all that this bridge has told, complete within `wait_ms` if it can be."""
        require = pb.Requirement(complete_within_ms=wait_ms)
        await self.syncer.renew(require)
        return require


class Session:
    """All roots of this bridge. Use on one event loop; `start` first, `close` last."""

    def __init__(self, home: Path, roots: Sequence[Path], why_none: str = "", server: str = "") -> None:
        """`why_none`: what a question is told while there is no root. `server`: a team's, instead of our own daemon.

        Errors: InvalidRequest (a root of no use).
        """
        self._why_none = why_none or "no workspace is known: start in a repository, or pass --workspace DIR"
        self._home = home
        self._link: Link = ServerLink(server, home) if server else DaemonLink(home)
        self._open: dict[Path, WorkspaceSession] = {}
        self._roots = [_usable(root) for root in roots]
        self._reaching: asyncio.Task[object] | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def roots(self) -> list[Path]:
        """The roots that are synced."""
        return list(self._roots)

    @property
    def has_roots(self) -> bool:
        """False while nobody has said which workspace is meant."""
        return bool(self._roots)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever something in a root may have changed, or the roots themselves."""
        self._listeners.append(listener)
        for one in self._open.values():
            one.syncer.listen(listener)

    def start(self) -> None:
        """Begin to reach the daemon and to sync; returns at once."""
        self._reaching = asyncio.create_task(self._link.channel())
        self._reaching.add_done_callback(lambda task: task.cancelled() or task.exception())
        for root in self._roots:
            self._begin(root)

    async def workspaces(self) -> list[WorkspaceSession]:
        """The workspaces, once a daemon is reached. Errors: DaemonUnreachable, InvalidRequest (no root)."""
        await self._link.channel()
        if not self._open:
            raise InvalidRequest(self._why_none)
        return list(self._open.values())

    async def add_root(self, root: Path) -> WorkspaceSession:
        """Begin to sync one more root. Errors: InvalidRequest."""
        usable = _usable(root)
        if usable not in self._roots:
            self._roots.append(usable)
        return self._begin(usable)

    async def set_roots(self, roots: Sequence[Path]) -> None:
        """Sync exactly these roots. Errors: InvalidRequest."""
        wanted = [_usable(root) for root in roots]
        for gone in self._open.keys() - set(wanted):
            await self._open.pop(gone).syncer.close()
        self._roots = wanted
        for root in wanted:
            self._begin(root)
        for listener in self._listeners:
            listener()

    async def close(self) -> None:
        """End the streams. The daemon stays for as long as it is of use to anyone."""
        if self._reaching is not None:
            self._reaching.cancel()
        await asyncio.gather(*(one.syncer.close() for one in self._open.values()))
        await self._link.close()

    def _begin(self, root: Path) -> WorkspaceSession:
        if root not in self._open:
            opened = self._open[root] = WorkspaceSession(self._link, root, self._upstream(root))
            for listener in self._listeners:
                opened.syncer.listen(listener)
            opened.syncer.start()
        return self._open[root]

    def _upstream(self, root: Path) -> Upstream | None:
        """The team's server behind our own daemon, if there is one."""
        server = "" if self._link.shared else upstream_of(self._home, os.environ)
        if not server:
            return None
        return Upstream(ServerLink(server, self._home), server, workspace_of(root), commit_of(root, MAIN))


def _usable(root: Path) -> Path:
    """The root's real path. Errors: InvalidRequest with the mend."""
    resolved = root.expanduser().resolve()
    if not resolved.is_dir():
        raise InvalidRequest(f"{root} is not a directory")
    reason = refuse_root(resolved)
    if reason:
        raise InvalidRequest(reason)
    return resolved
