"""What goes wrong around the server is told to the log, and to nobody else."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from tests.editor.conftest import File, command, editing, found, indexed

VIEWS = "app/views.py"


async def test_without_a_daemon_every_answer_is_empty_and_the_command_says_why(project, tmp_path):
    home = tmp_path / "home"
    home.write_text("a file where the directory should be")
    async with editing(home, project) as editor:
        file = File(editor, project / VIEWS).open()
        assert await found(editor, "index") == []
        assert await editor.text_document_hover_async(types.HoverParams(**file.at(6, 13))) is None
        assert "home" in (await command(editor, "status"))["error"]
        assert editor.messages == []


async def test_a_folder_that_nobody_wants_indexed_is_left_out(home, project):
    async with editing(home, Path.home(), project) as editor:
        status = await indexed(editor)
        assert [one["root"] for one in status["folders"]] == [str(project)]


async def test_documents_outside_of_every_folder_are_no_matter(home, project, tmp_path):
    async with editing(home, project) as editor:
        await indexed(editor)
        file = File(editor, tmp_path / "outside.py").open("def outside(): pass\n")
        file.replace("def outside_still(): pass\n")
        untitled = types.TextDocumentItem("untitled:Untitled-1", "python", 1, "def untitled(): pass\n")
        editor.text_document_did_open(types.DidOpenTextDocumentParams(untitled))
        assert await editor.text_document_hover_async(types.HoverParams(**file.at(0, 5))) is None
        assert await found(editor, "outside") == []
        file.close()


async def test_a_folder_over_a_link_keeps_the_editors_spelling(home, project, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(project)
    async with editing(home, link) as editor:
        await indexed(editor)
        (one,) = await editor.workspace_symbol_async(types.WorkspaceSymbolParams('"index"'))
        assert one.location.uri == (link / VIEWS).as_uri()
        File(editor, link / VIEWS).open("def over_a_link(): pass\n")
        assert await found(editor, "over_a_link") == ["over_a_link"]


async def test_settings_may_be_asked_for(home, project):
    async with editing(home, project, configuration={"codeindex": {"off": {"python": True}}}) as editor:
        await indexed(editor)
        assert await found(editor, '"index"') == []
