"""The documents that are open in the editor, and telling the daemon what is typed in them.

A document that says what its file says is not told: the file counts, whoever changes it. From the first edit on its
text stands before the file, until it is saved or closed. Edits are gathered for SEND_AFTER_S; a question tells them
at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from lsprotocol import types

from bridge.editor.convert import Text
from bridge.editor.folders import Folders, Held
from bridge.workspace.reading import Content, read_file

SEND_AFTER_S: Final = 0.02
# Beyond this the daemon takes no text either.
MAX_BYTES: Final = 50 * 1024 * 1024
BOM: Final = b"\xef\xbb\xbf"


class Document:
    """One open document."""

    def __init__(self, uri: str, language: str, version: int, text: Text) -> None:
        self.uri = uri
        self.language = language
        self.version = version
        self.text = text
        self.unsaved = False  # whether its text stands before the file
        self.untold = False
        self.timer: asyncio.TimerHandle | None = None
        self.telling: asyncio.Task[None] | None = None


class Overlays:
    """All open documents. Lives on the event loop."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._open: dict[str, Document] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.active = ""  # the URI of the document that was last at work

    def get(self, uri: str) -> Document | None:
        """The open document of a URI."""
        return self._open.get(uri)

    def text_of(self, held: Held) -> Text | None:
        """What the editor has open under a path."""
        document = self._open.get(held.folder.uri(held.path))
        return document.text if document else None

    def open(self, item: types.TextDocumentItem) -> None:
        """A document was opened; it may hold changes from an earlier session."""
        text = Text(item.text.encode("utf-8", "replace"))
        document = Document(item.uri, item.language_id, item.version, text)
        self._open[item.uri] = document
        self.active = item.uri
        self._start(self._compare(document))

    def change(self, params: types.DidChangeTextDocumentParams, encoding: str) -> None:
        """A document was edited."""
        document = self._open.get(params.text_document.uri)
        if document is None:
            return
        for change in params.content_changes:
            document.text = document.text.edited(change, encoding)
        document.version = params.text_document.version
        self.active = document.uri
        self._stand(document, unsaved=True)

    def save(self, uri: str) -> None:
        """A document was saved: its file counts again."""
        document = self._open.get(uri)
        if document is not None:
            self._stand(document, unsaved=False)
            self._tell_now(document)

    def close(self, uri: str) -> None:
        """A document was closed, whatever was typed in it."""
        document = self._open.pop(uri, None)
        if document is not None:
            self._stand(document, unsaved=False)
            self._tell_now(document)

    def tell_again(self) -> None:
        """Other folders are open now, or the same on new streams."""
        for document in self._open.values():
            if document.unsaved:
                document.untold = True
                self._tell_now(document)
            else:
                self._start(self._compare(document))

    async def flush(self) -> None:
        """Tell all that was typed until now; returns when it is told."""
        for document in self._open.values():
            self._tell_now(document)
        tasks = list(self._tasks)
        if tasks:
            await asyncio.wait(tasks)

    def _stand(self, document: Document, *, unsaved: bool) -> None:
        if not unsaved and not document.unsaved:
            return
        document.unsaved = unsaved
        document.untold = True
        if document.timer is None:
            document.timer = asyncio.get_running_loop().call_later(SEND_AFTER_S, self._tell_now, document)

    def _tell_now(self, document: Document) -> None:
        if document.timer is not None:
            document.timer.cancel()
            document.timer = None
        if document.untold and (document.telling is None or document.telling.done()):
            document.telling = self._start(self._tell(document))

    async def _tell(self, document: Document) -> None:
        """Tell the latest, and what was typed while that was told."""
        while document.untold:
            document.untold = False
            content = document.text.content if document.unsaved else None
            for held in self._places(document.uri):
                await held.folder.workspace.syncer.overlay(held.path, content)

    async def _compare(self, document: Document) -> None:
        """Have a document that was opened stand before its file if it says something else."""
        for held in self._places(document.uri):
            found = await asyncio.to_thread(read_file, held.folder.workspace.root, held.path, MAX_BYTES)
            same = isinstance(found, Content) and found.data.removeprefix(BOM) == document.text.content
            if not same and self._open.get(document.uri) is document:
                self._stand(document, unsaved=True)
                self._tell_now(document)

    def _places(self, uri: str) -> Sequence[Held]:
        return self._folders.holding(uri)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
