"""What holds for the server as a whole: folders, progress, settings, partial results, cancellation, commands."""

from __future__ import annotations

import asyncio
import mmap
import os
import signal

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from bridge.daemon.endpoint import find
from bridge.editor.features import ALL
from tests.editor.conftest import File, command, editing, found, indexed, until_found

VIEWS = "app/views.py"
DERIVED = """class Base:
    def method(self):
        return helper()


class Derived(Base):
    def method(self):
        return self


def helper():
    return Derived().method()
"""


async def test_several_folders_and_changing_them(home, project, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.py").write_text("class InTheOther: pass\n\nHttpResponse = InTheOther\n")
    async with editing(home, project, other) as editor:
        await indexed(editor)
        assert sorted(await found(editor, '"HttpResponse"')) == ["HttpResponse", "HttpResponse"]
        event = types.WorkspaceFoldersChangeEvent
        folder = types.WorkspaceFolder(other.as_uri(), "other")
        editor.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event(added=[], removed=[folder]))
        )
        await until_found(editor, "InTheOther", [])
        editor.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(event(added=[folder], removed=[]))
        )
        await until_found(editor, "InTheOther", ["InTheOther"])


async def test_without_a_folder_the_repository_of_the_first_document_is_opened(home, project):
    async with editing(home) as editor:
        assert await found(editor, "HttpResponse") == []
        File(editor, project / VIEWS).open()
        await until_found(editor, '"HttpResponse"', ["HttpResponse"])


async def test_progress_of_indexing_is_shown(home, project, client):
    for number in range(300):
        (project / f"many_{number}.py").write_text(f"def many_{number}(): pass\n" * 50)
    async with editing(home, project, client=client) as editor:
        await indexed(editor)
        (reports,) = editor.progress_reports.values()
        while reports[-1].kind != "end":
            await editor.wait_for_notification(types.PROGRESS)
        assert reports[0].title == "Indexing project"
        assert reports[-1].kind == "end"
        assert all(0 <= one.percentage <= 100 for one in reports[1:-1])


async def test_the_progress_of_a_folder_that_is_closed_ends(home, project):
    for number in range(1500):
        (project / f"many_{number}.py").write_text(f"def many_{number}(): pass\n" * 20)
    async with editing(home, project) as editor:
        while not editor.progress_reports or not any(editor.progress_reports.values()):
            await editor.wait_for_notification(types.PROGRESS)
        pid = find(home).pid
        os.kill(pid, signal.SIGSTOP)  # it is not indexed any further
        try:
            folder = types.WorkspaceFolder(project.as_uri(), "project")
            event = types.WorkspaceFoldersChangeEvent(added=[], removed=[folder])
            editor.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
            (reports,) = editor.progress_reports.values()
            while reports[-1].kind != "end":
                await editor.wait_for_notification(types.PROGRESS)
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_an_index_that_another_client_made_is_known_to_be_complete(home, project):
    options = {"status": True}
    async with editing(home, project) as first:
        await indexed(first)
        async with editing(home, project, options=options) as second:
            told = await second.wait_for_notification("codeindex/status")
            assert (told.root, told.complete) == (str(project), False)  # at once, before the daemon has said anything
            while not told.complete:
                told = await second.wait_for_notification("codeindex/status")


async def test_what_is_off_is_not_answered(home, project):
    options = {"off": {"*": ["typeHierarchy"], "python": ["hover"], "go": True}}
    async with editing(home, project, options=options) as editor:
        assert editor.answer.capabilities.hover_provider
        assert editor.answer.capabilities.type_hierarchy_provider is None
        python = File(editor, project / VIEWS).open()
        go = File(editor, project / "app/util.go", "go").open()
        await indexed(editor)
        assert await editor.text_document_hover_async(types.HoverParams(**python.at(6, 13))) is None
        assert await editor.text_document_definition_async(types.DefinitionParams(**python.at(6, 16)))
        assert await editor.text_document_definition_async(types.DefinitionParams(**go.at(8, 10))) is None
        assert await found(editor, "Greeter") == []
        editor.workspace_did_change_configuration(types.DidChangeConfigurationParams({"codeindex": {}}))
        assert await editor.text_document_hover_async(types.HoverParams(**python.at(6, 13)))
        assert await found(editor, "Greeter") == ["Greeter"]


async def test_each_feature_can_be_off_everywhere_or_in_a_language(home, project):
    (project / "derived.py").write_text(DERIVED)
    providers = {
        "workspaceSymbol": "workspace_symbol_provider",
        "documentSymbol": "document_symbol_provider",
        "definition": "definition_provider",
        "references": "references_provider",
        "hover": "hover_provider",
        "documentHighlight": "document_highlight_provider",
        "callHierarchy": "call_hierarchy_provider",
        "typeHierarchy": "type_hierarchy_provider",
        "implementation": "implementation_provider",
    }
    assert list(providers) == [one.name for one in ALL]
    async with editing(home, project, options={"off": {"*": list(providers)}}) as editor:
        assert not [one for one in providers.values() if getattr(editor.answer.capabilities, one)]
    async with editing(home, project, options={"off": {"python": True}}) as editor:
        assert [one for one in providers.values() if getattr(editor.answer.capabilities, one)] == [*providers.values()]
        await indexed(editor)
        file = File(editor, project / "derived.py").open()
        assert await answers(file, 5, 8) == [None] * 8
        editor.workspace_did_change_configuration(types.DidChangeConfigurationParams({"codeindex": {}}))
        assert None not in await answers(file, 5, 8)


async def answers(file: File, line: int, character: int) -> list[object]:
    """What every request about a place of a document is answered with."""
    editor, place = file.editor, file.at(line, character)
    return [
        await editor.text_document_document_symbol_async(types.DocumentSymbolParams(file.id)),
        await editor.text_document_definition_async(types.DefinitionParams(**place)),
        await editor.text_document_references_async(types.ReferenceParams(types.ReferenceContext(True), **place)),
        await editor.text_document_hover_async(types.HoverParams(**place)),
        await editor.text_document_document_highlight_async(types.DocumentHighlightParams(**place)),
        await editor.text_document_prepare_call_hierarchy_async(types.CallHierarchyPrepareParams(**place)),
        await editor.text_document_prepare_type_hierarchy_async(types.TypeHierarchyPrepareParams(**place)),
        await editor.text_document_implementation_async(types.ImplementationParams(**place)),
    ]


async def test_a_list_comes_in_parts_if_asked_for(home, project):
    (project / "many.py").write_text("".join(f"def many_{number}(): pass\n" for number in range(250)))
    async with editing(home, project) as editor:
        await indexed(editor)
        editor.progress_reports["part"] = []
        parts = []
        # That of indexing may still be under way.
        editor.protocol.fm._features[types.PROGRESS] = lambda params: (
            parts.append(params.value) if params.token == "part" else None
        )
        answer = await editor.workspace_symbol_async(types.WorkspaceSymbolParams("many_", partial_result_token="part"))
        assert answer == []
        assert [len(part) for part in parts] == [100, 100]


async def test_a_request_that_is_cancelled_is_answered_so_at_once(home, project):
    async with editing(home, project) as editor:
        pid = (await indexed(editor))["daemon"]["pid"]
        os.kill(pid, signal.SIGSTOP)  # nothing is answered until it goes on
        try:
            params = types.WorkspaceSymbolParams('"set_cookie"')
            asked = editor.protocol.send_request(types.WORKSPACE_SYMBOL, params, msg_id="first")
            editor.cancel_request(types.CancelParams("first"))
            with pytest.raises(JsonRpcException) as answer:
                await asyncio.wrap_future(asked)
            assert answer.value.code == types.LSPErrorCodes.RequestCancelled
        finally:
            os.kill(pid, signal.SIGCONT)
        assert await found(editor, '"set_cookie"') == ["set_cookie"]


async def test_the_status_tells_of_the_daemon_and_of_every_folder(home, project):
    async with editing(home, project) as editor:
        status = await indexed(editor)
        (folder,) = status["folders"]
        assert (folder["root"], folder["totalFiles"], folder["failedFiles"]) == (str(project), 3, 0)
        assert folder["languages"] == {"python": 6, "go": 3}  # in symbols
        assert status["daemon"]["pid"] == find(home).pid


async def test_reindexing_finds_what_no_event_told_of(home, project):
    """Writing through a mapping gives none."""
    async with editing(home, project) as editor:
        with (project / VIEWS).open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
            await indexed(editor)
            mapped[:] = mapped[:].replace(b"def index", b"def INDEX")
            assert await found(editor, '"INDEX"') == []
            await command(editor, "reindex")
            await until_found(editor, '"INDEX"', ["INDEX"])


async def test_restarting_makes_another_daemon_that_knows_the_same(home, project):
    async with editing(home, project) as editor:
        pid = (await indexed(editor))["daemon"]["pid"]
        await command(editor, "restart")
        await until_found(editor, '"set_cookie"', ["set_cookie"])
        assert (await indexed(editor))["daemon"]["pid"] != pid
