"""The folders that are open in the editor: each is a workspace of the session."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from bridge.config import repository_of
from bridge.editor.convert import path_of, uri_of
from bridge.errors import BridgeError
from bridge.session import Session, WorkspaceSession

log = logging.getLogger(__name__)


class Folder(Struct, frozen=True, eq=False):
    """An open folder. `given` is its path as the editor spells it, which may lead over links."""

    given: Path
    workspace: WorkspaceSession

    def uri(self, path: str) -> str:
        """The URI of one of its files, spelled as the editor does."""
        return uri_of(self.given / path)

    @property
    def root(self) -> str:
        """What names it in what the editor keeps for us."""
        return str(self.workspace.root)


class Held(Struct, frozen=True):
    """A file within a folder, by its path there."""

    folder: Folder
    path: str


class Folders:
    """The open folders, in the order of opening."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open: dict[Path, Folder] = {}

    @property
    def all(self) -> list[Folder]:
        """Every open folder."""
        return list(self._open.values())

    async def add(self, uris: Iterable[str]) -> list[Folder]:
        """Open folders; one that cannot be indexed is told in the log and left out. Returns the new ones."""
        added = []
        for given in filter(None, map(path_of, uris)):
            if given in self._open:
                continue
            try:
                self._open[given] = Folder(given, await self._session.add_root(given))
            except BridgeError as error:
                log.warning("%s", error)
                continue
            added.append(self._open[given])
        return added

    async def add_for(self, file: Path) -> list[Folder]:
        """Where no folder is open, open the repository of a file."""
        found = repository_of(file.parent)
        return await self.add([uri_of(found)]) if found and not self._open else []

    async def remove(self, uris: Iterable[str]) -> list[Folder]:
        """Close folders. Returns those that were open."""
        removed = [self._open.pop(given) for given in filter(None, map(path_of, uris)) if given in self._open]
        await self._session.set_roots([one.workspace.root for one in self._open.values()])
        return removed

    async def reopen(self) -> list[Folder]:
        """Close all and open them again: each is compared with the disk anew."""
        given = [uri_of(path) for path in self._open]
        await self.remove(given)
        return await self.add(given)

    def named(self, root: str) -> Folder | None:
        """The folder of a root."""
        return next((one for one in self._open.values() if one.root == root), None)

    def holding(self, uri: str) -> list[Held]:
        """The folders that a file lies in, innermost first."""
        path = path_of(uri)
        if path is None:
            return []
        found = [held for folder in self._open.values() if (held := _held(folder, path))]
        return sorted(found, key=lambda held: len(held.path))


def _held(folder: Folder, path: Path) -> Held | None:
    for top in (folder.given, folder.workspace.root):
        if path != top and path.is_relative_to(top):
            return Held(folder, path.relative_to(top).as_posix())
    return None
