"""Every feature, end to end, with the capabilities of VS Code and Neovim."""

from __future__ import annotations

import pytest
from lsprotocol import types

from tests.editor.conftest import File, capabilities, editing, found, indexed

VIEWS = "app/views.py"
RESPONSE = "app/http/response.py"
DERIVED = """from app.http.response import HttpResponse


class JsonResponse(HttpResponse):
    def set_cookie(self, key, value=""):
        return make_cookie(key)


def make_cookie(key):
    return key


make_cookie("top")
"""


def span(range_: types.Range) -> tuple[int, int, int, int]:
    return range_.start.line, range_.start.character, range_.end.line, range_.end.character


@pytest.fixture
def derived(project):
    (project / "app/json.py").write_text(DERIVED)
    return project


async def test_symbols_of_the_workspace_are_found_by_the_search_grammar(home, project, client):
    async with editing(home, project, client=client) as editor:
        await indexed(editor)
        assert await found(editor, '"set_cookie"') == ["set_cookie"]
        assert await found(editor, "HTRes") == ["HttpResponse", "HttpResponseBase"]
        assert await found(editor, "kind:class lang:go greeter") == []
        assert await found(editor, "lang:go greeter") == ["Greeter"]
        assert await found(editor, "  ") == []
        (one,) = await editor.workspace_symbol_async(types.WorkspaceSymbolParams('"set_cookie"'))
        assert (one.kind, one.container_name) == (types.SymbolKind.Method, "HttpResponseBase")
        assert one.location.uri == (project / RESPONSE).as_uri()
        if client.startswith("visual"):
            assert not hasattr(one.location, "range")
            one = await editor.workspace_symbol_resolve_async(one)
        assert span(one.location.range) == (6, 8, 6, 18)


async def test_what_is_near_the_document_at_work_comes_first(home, project):
    for folder in ("one", "two"):
        (project / folder).mkdir()
        (project / folder / "a.py").write_text("def twin(): pass\n")
    (project / "two/b.py").write_text("x = 1\n")
    async with editing(home, project) as editor:
        await indexed(editor)
        for folder in ("two", "one"):
            File(editor, project / folder / "a.py").open()
            first, _ = await editor.workspace_symbol_async(types.WorkspaceSymbolParams("twin"))
            assert first.location.uri == (project / folder / "a.py").as_uri()


async def test_document_symbols_are_a_tree(home, project, client):
    async with editing(home, project, client=client) as editor:
        file = File(editor, project / RESPONSE).open()
        await indexed(editor)
        base, derived = await editor.text_document_document_symbol_async(types.DocumentSymbolParams(file.id))
        assert (base.name, derived.name) == ("HttpResponseBase", "HttpResponse")
        assert [one.name for one in base.children] == ["set_cookie"]
        (init, *_) = derived.children
        assert (init.name, init.kind, init.detail) == (
            "__init__",
            types.SymbolKind.Constructor,
            'def __init__(self, content=b"")',
        )
        assert span(base.range) == (3, 0, 8, 33)
        assert span(base.selection_range) == (3, 6, 3, 22)


async def test_a_flat_list_for_clients_that_show_no_tree(home, project):
    plain = capabilities("neovim@v0.11.0")
    plain.text_document.document_symbol.hierarchical_document_symbol_support = False
    async with editing(home, project, client=plain) as editor:
        await indexed(editor)
        file = File(editor, project / RESPONSE)
        answer = await editor.text_document_document_symbol_async(types.DocumentSymbolParams(file.id))
        assert [(one.name, one.container_name) for one in answer][:3] == [
            ("HttpResponseBase", None),
            ("set_cookie", "HttpResponseBase"),
            ("HttpResponse", None),
        ]


async def test_a_large_document_is_told_whole(home, project):
    (project / "large.py").write_text("".join(f"def f{number}(): pass\n" for number in range(2500)))
    async with editing(home, project) as editor:
        await indexed(editor)
        file = File(editor, project / "large.py")
        answer = await editor.text_document_document_symbol_async(types.DocumentSymbolParams(file.id))
        assert [one.name for one in answer] == [f"f{number}" for number in range(2500)]


async def test_definition_as_links(home, project, client):
    async with editing(home, project, client=client) as editor:
        file = File(editor, project / VIEWS).open()
        await indexed(editor)
        (link,) = await editor.text_document_definition_async(types.DefinitionParams(**file.at(6, 16)))
        assert link.target_uri == (project / RESPONSE).as_uri()
        assert span(link.target_selection_range) == (6, 8, 6, 18)
        assert span(link.origin_selection_range) == (6, 13, 6, 23)
        assert await editor.text_document_definition_async(types.DefinitionParams(**file.at(1, 0))) is None


async def test_references_with_and_without_the_declaration(home, project, client):
    async with editing(home, project, client=client) as editor:
        file = File(editor, project / RESPONSE).open()
        await indexed(editor)
        for declared in (True, False):
            answer = await editor.text_document_references_async(
                types.ReferenceParams(types.ReferenceContext(declared), **file.at(6, 10))
            )
            places = {(one.uri.rpartition("/")[2], *span(one.range)) for one in answer}
            declaration = {("response.py", 6, 8, 6, 18)} if declared else set()
            assert places == {("views.py", 6, 13, 6, 23)} | declaration


async def test_hover_shows_signature_and_documentation(home, project, client):
    async with editing(home, project, client=client) as editor:
        file = File(editor, project / VIEWS).open()
        await indexed(editor)
        hover = await editor.text_document_hover_async(types.HoverParams(**file.at(6, 13)))
        assert hover.contents.value == (
            f'```python\ndef set_cookie(self, key, value="")\n```\n\nSet a cookie.\n\n`{RESPONSE}:7`'
        )
        assert span(hover.range) == (6, 13, 6, 23)
        assert await editor.text_document_hover_async(types.HoverParams(**file.at(1, 0))) is None


async def test_highlights_in_the_own_document(home, project, client):
    async with editing(home, project, client=client) as editor:
        file = File(editor, project / VIEWS).open()
        await indexed(editor)
        answer = await editor.text_document_document_highlight_async(types.DocumentHighlightParams(**file.at(5, 15)))
        assert [span(one.range) for one in answer] == [(0, 30, 0, 42), (5, 15, 5, 27)]


async def test_call_hierarchy_both_ways(home, derived, client):
    async with editing(home, derived, client=client) as editor:
        file = File(editor, derived / "app/json.py").open()
        await indexed(editor)
        (item,) = await editor.text_document_prepare_call_hierarchy_async(
            types.CallHierarchyPrepareParams(**file.at(8, 6))
        )
        assert (item.name, item.kind) == ("make_cookie", types.SymbolKind.Function)
        calls = await editor.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(item))
        assert [(one.from_.name, [span(range_) for range_ in one.from_ranges]) for one in calls] == [
            ("set_cookie", [(5, 15, 5, 26)]),
            ("app/json.py", [(12, 0, 12, 11)]),
        ]
        calls = await editor.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(calls[0].from_))
        assert [one.to.name for one in calls] == ["make_cookie"]
        view = File(editor, derived / VIEWS)
        (item,) = await editor.text_document_prepare_call_hierarchy_async(
            types.CallHierarchyPrepareParams(**view.at(3, 5))
        )
        calls = await editor.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(item))
        assert sorted((one.to.name, one.to.uri.rpartition("/")[2]) for one in calls) == [
            ("HttpResponse", "response.py"),
            ("set_cookie", "json.py"),
            ("set_cookie", "response.py"),
        ]


async def test_type_hierarchy_both_ways(home, derived, client):
    async with editing(home, derived, client=client) as editor:
        file = File(editor, derived / RESPONSE).open()
        await indexed(editor)
        (item,) = await editor.text_document_prepare_type_hierarchy_async(
            types.TypeHierarchyPrepareParams(**file.at(11, 8))
        )
        assert item.name == "HttpResponse"
        above = await editor.type_hierarchy_supertypes_async(types.TypeHierarchySupertypesParams(item))
        assert [one.name for one in above] == ["HttpResponseBase"]
        below = await editor.type_hierarchy_subtypes_async(types.TypeHierarchySubtypesParams(item))
        assert [one.name for one in below] == ["JsonResponse"]


async def test_implementations_of_a_type_and_of_a_method(home, derived, client):
    async with editing(home, derived, client=client) as editor:
        file = File(editor, derived / RESPONSE).open()
        await indexed(editor)

        async def implementations(line, character):
            answer = await editor.text_document_implementation_async(
                types.ImplementationParams(**file.at(line, character))
            )
            return [(one.target_uri.rpartition("/")[2], one.target_selection_range.start.line) for one in answer]

        assert await implementations(3, 8) == [("response.py", 11), ("json.py", 3)]
        assert await implementations(6, 10) == [("json.py", 4)]
