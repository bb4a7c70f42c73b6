"""Every feature in every encoding, on a text with surrogate pairs, tabs, CRLF, LF and a lone CR."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lsprotocol import types

from tests.editor.conftest import ENCODINGS, File, editing, indexed

TEXT = (
    "class Bäse:\r\n"
    '\t"""𐐀 one\rtwo é"""\n'
    "\tdef größe(self): return '🙂𐐀', föö()\r\n"
    "\n"
    "class Ünter(Bäse):\n"
    "\tdef größe(self): x = '𐐀'; return föö(), self.größe()\r\n"
    "\n"
    'def föö(): "𐐀"; return Bäse()\n'
)
TYPED = "# 𐐀\r# typed\r\n"
UNITS = {"utf-8": lambda s: len(s.encode()), "utf-16": lambda s: len(s.encode("utf-16-le")) // 2, "utf-32": len}
Span = tuple[int, int, int, int]


def span(range_: types.Range) -> Span:
    return range_.start.line, range_.start.character, range_.end.line, range_.end.character


class Shown:
    """The text as the editor shows it: where things are is counted here, without our own code."""

    def __init__(self, text: str, encoding: str) -> None:
        self.lines = re.split("\r\n|\r|\n", text)
        self.count = UNITS[encoding]

    def all(self, part: str) -> list[Span]:
        """Where the part stands as a word, from top to bottom."""
        return [
            (number, self.count(line[: one.start()]), number, self.count(line[: one.end()]))
            for number, line in enumerate(self.lines)
            for one in re.finditer(rf"\b{part}\b", line)
        ]

    def until_end_of(self, start: str, last: str) -> Span:
        """From the beginning of the line that has one part to the end of the line that has the other."""
        first = next(number for number, line in enumerate(self.lines) if start in line)
        end = next(number for number, line in enumerate(self.lines) if last in line)
        column = self.count(self.lines[first][: self.lines[first].index(start)])
        return first, column, end, self.count(self.lines[end])


pytestmark = [
    pytest.mark.parametrize("encoding", ENCODINGS),
    pytest.mark.parametrize("edited", [False, True], ids=["on disk", "edited"]),
]


@contextlib.asynccontextmanager
async def wide(home: Path, project: Path, encoding: str, edited: bool) -> AsyncIterator[tuple[File, Shown]]:
    """A file with the text, as it is on disk or with an edit that is not saved, and what the editor shows."""
    (project / "wide.py").write_bytes(TEXT.encode())
    async with editing(home, project, encoding=encoding) as editor:
        assert editor.answer.capabilities.position_encoding == encoding
        await indexed(editor)
        file = File(editor, project / "wide.py")
        if edited:
            top = types.Position(0, 0)
            file.open()
            file.change(types.TextDocumentContentChangePartial(range=types.Range(top, top), text=TYPED))
        yield file, Shown((TYPED if edited else "") + TEXT, encoding)


def at(file: File, place: Span):
    return file.at(place[0], place[1])


async def test_symbols_and_the_outline(home, project, encoding, edited):
    async with wide(home, project, encoding, edited) as (file, shown):
        answer = await file.editor.workspace_symbol_async(types.WorkspaceSymbolParams('"größe"'))
        assert sorted(span(one.location.range) for one in answer) == shown.all("größe")[:2]
        base, derived, function = await file.editor.text_document_document_symbol_async(
            types.DocumentSymbolParams(file.id)
        )
        assert [span(one.selection_range) for one in (base, derived, function)] == [
            shown.all("Bäse")[0],
            shown.all("Ünter")[0],
            shown.all("föö")[-1],
        ]
        assert span(base.range) == shown.until_end_of("class Bäse", "'🙂𐐀'")
        (method,) = derived.children
        assert span(method.range) == shown.until_end_of("def größe(self): x", "self.größe()")


async def test_definition_references_hover_and_highlights(home, project, encoding, edited):
    async with wide(home, project, encoding, edited) as (file, shown):
        first, second, own = shown.all("föö")
        (link,) = await file.editor.text_document_definition_async(types.DefinitionParams(**at(file, second)))
        assert (span(link.origin_selection_range), span(link.target_selection_range)) == (second, own)
        assert span(link.target_range) == shown.until_end_of("def föö", "def föö")
        context = types.ReferenceContext(False)
        answer = await file.editor.text_document_references_async(types.ReferenceParams(context, **at(file, own)))
        assert [span(one.range) for one in answer] == [first, second]
        hover = await file.editor.text_document_hover_async(types.HoverParams(**at(file, first)))
        assert span(hover.range) == first
        assert "def föö()" in hover.contents.value
        answer = await file.editor.text_document_document_highlight_async(
            types.DocumentHighlightParams(**at(file, own))
        )
        assert [span(one.range) for one in answer] == [first, second, own]


async def test_calls(home, project, encoding, edited):
    async with wide(home, project, encoding, edited) as (file, shown):
        first, second, own = shown.all("föö")
        prepare = types.CallHierarchyPrepareParams(**at(file, first))
        (item,) = await file.editor.text_document_prepare_call_hierarchy_async(prepare)
        assert span(item.selection_range) == own
        calls = await file.editor.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(item))
        assert [(span(one.from_.selection_range), [*map(span, one.from_ranges)]) for one in calls] == [
            (shown.all("größe")[0], [first]),
            (shown.all("größe")[1], [second]),
        ]
        (call,) = await file.editor.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(item))
        assert [*map(span, call.from_ranges)] == [shown.all("Bäse")[-1]]
        assert span(call.to.selection_range) == shown.all("Bäse")[0]


async def test_types(home, project, encoding, edited):
    async with wide(home, project, encoding, edited) as (file, shown):
        base, derived = shown.all("Bäse")[0], shown.all("Ünter")[0]
        prepare = types.TypeHierarchyPrepareParams(**at(file, base))
        (item,) = await file.editor.text_document_prepare_type_hierarchy_async(prepare)
        (below,) = await file.editor.type_hierarchy_subtypes_async(types.TypeHierarchySubtypesParams(item))
        assert span(below.selection_range) == derived
        (above,) = await file.editor.type_hierarchy_supertypes_async(types.TypeHierarchySupertypesParams(below))
        assert span(above.selection_range) == base
        (link,) = await file.editor.text_document_implementation_async(types.ImplementationParams(**at(file, base)))
        assert span(link.target_selection_range) == derived
