"""The documents that are open on the streams of one workspace: whose text of a path counts, and what it says.

Of one document, one text is extracted at a time, then the latest: what was typed in between is passed over. A text
that was overtaken while it was extracted is shown all the same until the latest is there, since what was shown
before it is older still; a question that requires the latest waits for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from grpc_backend.model import ContentKey, Extraction, FileState
from grpc_backend.storage.layered import NO_PATHS, Document, Layer


class Opened:
    """A document as one stream has it open. Its edits are numbered from 1."""

    def __init__(self, path: str, dialect: str) -> None:
        self.path = path
        self.edits = 0
        self.extracting = False
        self.closed = False
        self.document: Document | None = None  # what is shown of it
        self._dialect = dialect
        self._text = b""
        self._shown = 0  # the edit that `document` is of

    def edit(self, text: bytes) -> Edit:
        """The document has a new text, which is to be extracted."""
        self._text = text
        self.edits += 1
        return Edit(self, self.edits)

    def latest(self) -> tuple[int, ContentKey, bytes]:
        """The last edit, and the text to extract for it."""
        return self.edits, ContentKey(hashlib.sha256(self._text).digest(), self._dialect), self._text

    def show(self, edit: int, key: ContentKey, text: bytes, extraction: Extraction) -> None:
        """An edit's text is extracted."""
        self._shown = edit
        self.document = Document(self.path, key, extraction, text)

    def settled(self, edit: int) -> bool:
        """Whether answers are at or after an edit."""
        return self.closed or self._shown >= edit


class Edit(NamedTuple):
    """One edit of a document: what its acknowledgement waits for."""

    opened: Opened
    number: int

    def settled(self) -> bool:
        """Whether answers are at or after it."""
        return self.opened.settled(self.number)


class Overlays:
    """All open documents of a workspace. Lives on the event loop; nothing here blocks or is ever written."""

    def __init__(self) -> None:
        # By path, then by stream; the stream that edited last stands last.
        self._open: dict[str, dict[str, Opened]] = {}
        self._layer = Layer(())

    def edit(self, stream: str, path: str, dialect: str, text: bytes) -> Edit:
        """A document was opened or changed."""
        streams = self._open.setdefault(path, {})
        opened = streams.pop(stream) if stream in streams else Opened(path, dialect)
        streams[stream] = opened
        return opened.edit(text)

    def close(self, stream: str, path: str) -> None:
        """A document was closed: what another stream has open there, or the file, counts again."""
        streams = self._open.get(path, {})
        opened = streams.pop(stream, None)
        if opened is not None:
            opened.closed = True
        if not streams:
            self._open.pop(path, None)

    def leave(self, stream: str) -> None:
        """A stream is over, and with it all that was open there."""
        for path in [path for path, streams in self._open.items() if stream in streams]:
            self.close(stream, path)

    def settled_from_now(self) -> Callable[[], bool]:
        """A condition: whether all that was typed until now is in the answers."""
        edits = [Edit(opened, opened.edits) for opened in self._last() if not opened.settled(opened.edits)]
        return lambda: all(edit.settled() for edit in edits)

    def _last(self) -> list[Opened]:
        """Of each path what was edited last."""
        return [next(reversed(streams.values())) for streams in self._open.values()]

    def pending(self) -> list[str]:
        """Paths whose last edit is not extracted yet."""
        return [opened.path for opened in self._last() if not opened.settled(opened.edits)]

    def layer(self, files: Mapping[str, FileState], stale: frozenset[str] = NO_PATHS) -> Layer:
        """The texts that are not what the index has of their files, before a store in which some files are stale."""
        shown = [one for one in self._shown() if not _is(files.get(one.path), one)]
        same_texts = list(map(id, shown)) == list(map(id, self._layer.given))
        # Two sets are compared path by path, and mostly it is the same one.
        if not same_texts or (stale is not self._layer.stale and stale != self._layer.stale):
            self._layer = Layer(shown, stale)
        return self._layer

    def _shown(self) -> Iterator[Document]:
        """Of each path the text of the last edited that has one."""
        for streams in self._open.values():
            texts = (opened.document for opened in reversed(streams.values()))
            document = next((one for one in texts if one is not None), None)
            if document is not None:
                yield document


def _is(file: FileState | None, document: Document) -> bool:
    return file is not None and file.key == document.key
