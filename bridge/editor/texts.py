"""The text that the positions of an answer belong to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bridge.editor.convert import Text
from bridge.editor.folders import Held
from bridge.editor.overlays import MAX_BYTES, Overlays
from bridge.workspace.reading import Content, read_file


class Texts:
    """The texts of the files of one answer: what is open in this editor, else what is on disk.

    Of a document that is unsaved in another editor, this one shows the file: that is where its user is led.
    """

    def __init__(self, overlays: Overlays) -> None:
        self._overlays = overlays
        self._known: dict[Held, Text] = {}

    async def load(self, held: Iterable[Held]) -> None:
        """Have the texts of these files at hand."""
        wanted = [one for one in dict.fromkeys(held) if one not in self._known]
        missing = []
        for one in wanted:
            text = self._overlays.text_of(one)
            if text is None:
                missing.append(one)
            else:
                self._known[one] = text
        self._known.update(await asyncio.to_thread(_read, missing) if missing else {})

    def of(self, held: Held) -> Text:
        """A text that was loaded; empty if there is none any more."""
        return self._known[held]


def _read(held: list[Held]) -> dict[Held, Text]:
    found = {one: read_file(one.folder.workspace.root, one.path, MAX_BYTES) for one in held}
    return {one: Text(content.data if isinstance(content, Content) else b"") for one, content in found.items()}
