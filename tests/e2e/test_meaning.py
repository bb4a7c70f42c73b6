"""Questions in plain words, end to end: by the command line, by MCP, on an edit, on a text that is not saved."""

from __future__ import annotations

import json

import pytest

from bridge.session import Session
from protos import code_index_pb2 as pb
from tests.assistant.serving import served
from tests.conftest import codeindex

WAIT_MS = 30_000


@pytest.fixture
async def workspace(home, project):
    session = Session(home, [project])
    session.start()
    (workspace,) = await session.workspaces()
    yield workspace
    await session.close()


async def ask(workspace, query, **more):
    require = await workspace.requirement(WAIT_MS)
    return await workspace.client.search(pb.SearchRequest(query=query, require=require, **more))


def names(page):
    return [hit.symbol.name for hit in page.hits]


async def test_a_question_finds_what_it_describes_and_says_why(workspace):
    page = await ask(workspace, "greets somebody by saying hello", semantic=True, explain=True)
    assert names(page)[0] in ("Greet", "Greeter")
    assert page.hits[0].match == "meaning"
    assert page.hits[0].reasons["words"] > 0
    assert page.freshness.complete


async def test_a_saved_file_is_found_at_once(workspace, project):
    await ask(workspace, "parse the configuration", semantic=True)
    for name in ("parse_configuration", "read_settings"):
        (project / "app" / "config.py").write_text(f"def {name}(text):\n    return text\n")
        assert name in names(await ask(workspace, " ".join(name.split("_")), semantic=True))


async def test_an_unsaved_text_is_found(workspace, project):
    text = b"def parse_configuration(text):\n    return text\n"
    await workspace.syncer.overlay("app/views.py", text)
    page = await ask(workspace, "parse the configuration file", semantic=True)
    assert names(page)[0] == "parse_configuration"
    assert page.hits[0].symbol.unsaved
    assert "index" not in names(page)


async def test_pages_follow_each_other(workspace):
    whole = names(await ask(workspace, "set a cookie in the response", semantic=True, limit=6))
    found, cursor = [], ""
    for _ in range(6):
        page = await ask(workspace, "set a cookie in the response", semantic=True, limit=2, cursor=cursor)
        found += names(page)
        if not page.truncated:
            break
        cursor = page.hits[-1].cursor
    assert found[: len(whole)] == whole
    assert len(found) == len(set(found))


async def test_a_bare_identifier_goes_to_the_names_first(workspace):
    page = await ask(workspace, "HttpResponse", semantic=True)
    assert (page.hits[0].symbol.name, page.hits[0].match) == ("HttpResponse", "exact")


async def test_auto_tells_names_from_questions(workspace):
    assert {hit.match for hit in (await ask(workspace, "HttpResponse", auto=True)).hits} != {"meaning"}
    page = await ask(workspace, "what all responses have in common", auto=True)
    assert {hit.match for hit in page.hits} == {"meaning"}
    by_name = await ask(workspace, "set cookie", auto=True)
    assert (by_name.hits[0].symbol.name, by_name.hits[0].match) == ("set_cookie", "separators")


async def test_filters_count(workspace):
    page = await ask(workspace, "say hello to somebody", semantic=True, languages=["go"])
    assert {hit.symbol.language for hit in page.hits} == {"go"}
    page = await ask(workspace, "say hello to somebody kind:struct", semantic=True)
    assert {hit.symbol.kind for hit in page.hits} == {"struct"}


def test_the_command_line(home, project):
    done = codeindex(home, "search", "--semantic", "--json", "--workspace", str(project), "set a cookie of a response")
    answer = json.loads(done.stdout)
    assert answer["symbols"][0]["name"] == "set_cookie"
    assert answer["freshness"]["complete"]
    status = json.loads(codeindex(home, "status", "--json", "--workspace", str(project)).stdout)
    assert status["meaning_pending_files"] == 0


async def test_the_tool(home, project):
    async with served(home, project) as client:
        asked = {"query": "set a cookie of a response", "mode": "semantic", "wait_ms": WAIT_MS}
        answer = (await client.call_tool("search_symbols", asked)).structured_content
        assert answer["symbols"][0]["name"] == "set_cookie"
        assert answer["symbols"][0]["match"] == "meaning"
        named = (await client.call_tool("search_symbols", {"query": "HttpResponse"})).structured_content
        assert named["symbols"][0]["match"] == "exact"
