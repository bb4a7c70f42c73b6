"""What is typed and not saved: told at once, to every client, and gone when it is saved or closed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time

import pytest
from lsprotocol import types

from bridge.daemon.endpoint import find
from bridge.editor.overlays import Overlays
from tests.conftest import is_running, wait_for
from tests.e2e.mcp_client import ask, connected, until
from tests.editor.conftest import ENCODINGS, File, command, editing, found, indexed, until_found

VIEWS = "app/views.py"
TYPED = "def typed_just_now(): pass\n"


def insert(line: int, character: int, text: str) -> types.TextDocumentContentChangePartial:
    place = types.Position(line, character)
    return types.TextDocumentContentChangePartial(range=types.Range(place, place), text=text)


async def test_going_on_typing_does_not_put_off_the_telling():
    class NoFolders:
        def holding(self, _uri):
            return []

    overlays = Overlays(NoFolders())
    overlays.open(types.TextDocumentItem("file:///a.py", "python", 1, ""))
    document = overlays.get("file:///a.py")
    began = asyncio.get_running_loop().time()
    due = set()
    for version in range(2, 50):
        identifier = types.VersionedTextDocumentIdentifier(version, document.uri)
        overlays.change(types.DidChangeTextDocumentParams(identifier, [insert(0, 0, "x")]), "utf-16")
        due.add(document.timer.when())
    assert document.text.content == b"x" * 48
    (when,) = due
    assert when - began < 0.05
    await overlays.flush()
    assert not document.untold


async def test_what_is_typed_is_what_an_assistant_sees_until_it_is_closed(home, project, client):
    async with editing(home, project, client=client) as editor, connected(home, project) as reader:
        await indexed(editor)
        file = File(editor, project / VIEWS).open()
        before = await ask(reader, "overview")
        file.change(insert(0, 0, "def typed_just_"), insert(0, 15, "now(): pass\n"))
        assert await found(editor, "typed_just_now") == ["typed_just_now"]
        answer = await ask(reader, "search_symbols", query="typed_just_now")
        assert [(one["path"], one["line"], one["unsaved"]) for one in answer["symbols"]] == [(VIEWS, 1, True)]
        shown = await ask(reader, "read_symbol", symbols=["typed_just_now"])
        assert shown["symbols"][0]["text"] == "def typed_just_now(): pass"
        file.close()
        assert await found(editor, "typed_just_now") == []
        assert (await ask(reader, "search_symbols", query='"typed_just_now"'))["symbols"] == []
        after = await ask(reader, "overview")
        assert (after["areas"], after["symbols"]) == (before["areas"], before["symbols"])


async def test_an_edit_reaches_another_client_without_a_question_from_the_editor(home, project):
    async with editing(home, project) as editor, connected(home, project) as reader:
        await indexed(editor)
        file = File(editor, project / VIEWS).open()
        await ask(reader, "search_symbols", query="index")
        file.change(insert(0, 0, TYPED))
        await until(reader, "search_symbols", lambda answer: answer["symbols"], query='"typed_just_now"')


async def test_a_document_that_is_only_opened_is_not_told(home, project):
    (project / "bom.py").write_bytes("\ufeffdef marked(): pass\r\n".encode())
    async with editing(home, project) as editor, connected(home, project) as reader:
        await indexed(editor)
        File(editor, project / VIEWS).open()
        File(editor, project / "bom.py").open("def marked(): pass\r\n")
        assert await found(editor, '"index"') == ["index"]
        for name in ("index", "marked"):
            (one,) = (await ask(reader, "search_symbols", query=f'"{name}"'))["symbols"]
            assert not one.get("unsaved", False)
        # Written by another program while it is open and has no edits: the file counts.
        (project / VIEWS).write_text("def by_another(): pass\n")
        await until_found(editor, "by_another", ["by_another"])


async def test_a_document_with_edits_of_an_earlier_session_is_told(home, project):
    async with editing(home, project) as editor:
        await indexed(editor)
        File(editor, project / VIEWS).open(TYPED)
        assert await found(editor, "typed_just_now") == ["typed_just_now"]


async def test_a_new_document_is_told(home, project):
    async with editing(home, project) as editor:
        await indexed(editor)
        File(editor, project / "brand/new.py").open(TYPED)
        assert await found(editor, "typed_just_now") == ["typed_just_now"]


async def test_what_is_saved_is_the_file_again(home, project):
    async with editing(home, project) as editor, connected(home, project) as reader:
        await indexed(editor)
        file = File(editor, project / VIEWS).open()
        file.replace(TYPED)
        assert await found(editor, "typed_just_now") == ["typed_just_now"]
        file.path.write_text(TYPED)
        file.save()
        assert await found(editor, "typed_just_now") == ["typed_just_now"]
        (one,) = (await ask(reader, "search_symbols", query='"typed_just_now"'))["symbols"]
        assert not one.get("unsaved", False)
        file.change(insert(1, 0, "def typed_after(): pass\n"))
        assert await found(editor, "typed_after") == ["typed_after"]


async def test_typing_fast_ends_with_the_last(home, project):
    async with editing(home, project) as editor:
        await indexed(editor)
        file = File(editor, project / VIEWS).open("")
        name = "typed_letter_by_letter"
        file.change(insert(0, 0, "def (): pass\n"))
        for number, letter in enumerate(name):
            file.change(insert(0, 4 + number, letter))
        assert await found(editor, '"typed_letter_by_letter"') == [name]
        for round_ in range(20):
            file.replace(f"def round_{round_}(): pass\n")
            assert await found(editor, f'"round_{round_}"') == [f"round_{round_}"]


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_incremental_edits_in_every_encoding(home, project, encoding):
    """The same random edits here and in the server; at the end both have the same symbols."""
    random.seed(encoding)
    count = {"utf-8": lambda s: len(s.encode()), "utf-16": lambda s: len(s.encode("utf-16-le")) // 2, "utf-32": len}
    lines = ["# 𐐀é\t€", "x = '𐐀'; y = 1", "", "\tz"]
    async with editing(home, project, encoding=encoding) as editor:
        await indexed(editor)
        file = File(editor, project / "edited.py").open("\r\n".join(lines))
        for _ in range(200):
            row = random.randrange(len(lines))
            start, end = sorted(random.choices(range(len(lines[row]) + 1), k=2))
            new = random.choice(["é", "𐐀", "\t", "a", ""])
            range_ = types.Range(
                types.Position(row, count[encoding](lines[row][:start])),
                types.Position(row, count[encoding](lines[row][:end])),
            )
            file.change(types.TextDocumentContentChangePartial(range=range_, text=new))
            lines[row] = lines[row][:start] + new + lines[row][end:]
        at = count[encoding](lines[1])
        file.change(insert(1, at, "\r\ndef after_𐐀(): pass"))
        file.change(insert(1, 0, "# "), insert(0, 0, "# "), insert(3, 0, "# "), insert(4, 0, "#"))
        expected = types.Position(2, 4)
        (one,) = await editor.workspace_symbol_async(types.WorkspaceSymbolParams("after_"))
        assert one.location.range.start == expected
        assert one.location.range.end.character == 4 + count[encoding]("after_𐐀")


async def test_unsaved_text_survives_reindexing(home, project):
    async with editing(home, project) as editor:
        await indexed(editor)
        File(editor, project / VIEWS).open(TYPED)
        assert await found(editor, "typed_just_now") == ["typed_just_now"]
        await command(editor, "reindex")
        await until_found(editor, "typed_just_now", ["typed_just_now"])


async def test_a_killed_daemon_costs_less_than_two_seconds_and_no_message(home, project):
    async with editing(home, project) as editor:
        await indexed(editor)
        File(editor, project / VIEWS).open(TYPED)
        assert await found(editor, "typed_just_now") == ["typed_just_now"]
        pid = find(home).pid
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not is_running(pid))
        began = time.monotonic()
        await until_found(editor, "typed_just_now", ["typed_just_now"])
        print(f"answered {time.monotonic() - began:.2f} s after the daemon was killed")
        assert editor.messages == []


class Gone(Exception):
    """The test itself ends the server."""


async def test_what_a_killed_server_had_open_is_gone(home, project):
    async with connected(home, project) as reader:
        with contextlib.suppress(Gone):
            async with editing(home, project) as editor:
                await indexed(editor)
                File(editor, project / VIEWS).open(TYPED)
                assert await found(editor, "typed_just_now") == ["typed_just_now"]
                raise Gone  # kills the server
        await until(reader, "search_symbols", lambda answer: not answer["symbols"], query='"typed_just_now"')
