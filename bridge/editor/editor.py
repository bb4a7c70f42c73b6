"""What every feature works with: the open folders and documents, the settings, and asking the daemon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from lsprotocol import types
from msgspec import Struct

from bridge.editor import convert
from bridge.editor.convert import Text, full_range, name_range
from bridge.editor.folders import Folder, Folders, Held
from bridge.editor.overlays import Overlays
from bridge.editor.settings import Settings
from bridge.editor.texts import Texts
from bridge.session import Session
from protos import code_index_pb2 as pb


class Pointing(Protocol):
    """Parameters that point to a place in a document."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier:
        """The document."""

    @property
    def position(self) -> types.Position:
        """The place."""


class Cursor(Struct, frozen=True):
    """A place in a document, and the identifier there."""

    held: Held
    language: str
    text: Text
    start: int
    end: int

    @property
    def word(self) -> str:
        """The identifier."""
        return self.text.between(self.start, self.end)

    @property
    def line(self) -> int:
        """The daemon's line."""
        return self.text.row_of(self.start)


class Found(Struct, frozen=True):
    """A symbol and the folder that it was found in."""

    folder: Folder
    symbol: pb.Symbol

    @property
    def held(self) -> Held:
        """Its file."""
        return Held(self.folder, self.symbol.path)


class Editor:
    """One editor that is connected."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.folders = Folders(session)
        self.overlays = Overlays(self.folders)
        self.settings = Settings()
        self.encoding: str = convert.UTF16
        self.capabilities = types.ClientCapabilities()

    async def cursor(self, params: Pointing) -> Cursor | None:
        """The identifier at a place; None if there is none, or the document is in no open folder."""
        uri = params.text_document.uri
        self.overlays.active = uri
        held = next(iter(self.folders.holding(uri)), None)
        if held is None:
            return None
        document = self.overlays.get(uri)
        text = document.text if document else (await self.texts([held])).of(held)
        language = document.language if document else ""
        word = text.word_at(text.offset_at(params.position, self.encoding), language)
        return Cursor(held, language, text, *word) if word else None

    async def texts(self, held: Iterable[Held]) -> Texts:
        """The texts of these files."""
        texts = Texts(self.overlays)
        await texts.load(held)
        return texts

    async def require(self, folder: Folder, wait_ms: int = 0) -> pb.Requirement:
        """An answer at least as new as what was typed last. Errors: DaemonUnreachable, rather than waiting for one."""
        await self.session.workspaces()
        await self.overlays.flush()
        return await folder.workspace.requirement(wait_ms)

    async def locations(self, found: Sequence[Found]) -> list[types.Location]:
        """Where the names of symbols stand."""
        texts = await self.texts(one.held for one in found)
        return [
            types.Location(one.folder.uri(one.symbol.path), name_range(texts.of(one.held), one.symbol, self.encoding))
            for one in found
        ]

    async def links(self, found: Sequence[Found], cursor: Cursor) -> list[types.LocationLink]:
        """The same with the whole definitions, from the identifier at the cursor."""
        texts = await self.texts(one.held for one in found)
        origin = cursor.text.range_of(cursor.start, cursor.end, self.encoding)
        return [
            types.LocationLink(
                one.folder.uri(one.symbol.path),
                full_range(texts.of(one.held), one.symbol, self.encoding),
                name_range(texts.of(one.held), one.symbol, self.encoding),
                origin,
            )
            for one in found
        ]

    def data_of(self, found: Found) -> dict[str, Any]:
        """What the editor keeps of a symbol for the next request about it."""
        return {"root": found.folder.root, "id": found.symbol.id}
