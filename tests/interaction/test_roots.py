"""Which workspace a client means."""

from __future__ import annotations

from mcp import types

from tests.assistant.serving import ask, connected, refused
from tests.interaction._requirements import requirement


def naming(*roots):
    async def named(_context) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri=root.as_uri()) for root in roots])

    return named


@requirement("roots:client")
async def test_the_clients_roots_serve_tools_resources_and_prompts(home, project, era):
    async def by_tool(client) -> str:
        return str(await ask(client, "index_status", wait_ms=20_000))

    async def by_resource(client) -> str:
        return (await client.read_resource("codeindex://status")).contents[0].text

    async def by_prompt(client) -> str:
        return (await client.get_prompt("find_your_way", {})).messages[0].content.text

    for first in (by_tool, by_resource, by_prompt):
        async with connected(home, mode=era, list_roots_callback=naming(project)) as client:
            shown = await first(client)
            assert "indexed" in shown
            _, status = await ask(client, "index_status")
            assert [one["root"] for one in status["workspaces"]] == [str(project)]


@requirement("roots:named")
async def test_a_workspace_that_was_named_stays(home, project, tmp_path, era):
    other = tmp_path / "other"
    other.mkdir()
    async with connected(home, project, mode=era, list_roots_callback=naming(other)) as client:
        _, status = await ask(client, "index_status", wait_ms=20_000)
        assert [one["root"] for one in status["workspaces"]] == [str(project)]


@requirement("roots:none")
async def test_without_a_workspace_the_answer_says_how_to_give_one(shared_home, era):
    async with connected(shared_home, mode=era) as client:
        assert "--workspace DIR" in await refused(client, "overview")
        assert [one.uri for one in (await client.list_resources()).resources] == ["codeindex://status"]
