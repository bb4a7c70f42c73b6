"""Prompts, and how arguments go on."""

from __future__ import annotations

import pytest
from mcp import types
from mcp.shared.exceptions import MCPError

from tests.assistant.serving import quoted, served
from tests.interaction._requirements import requirement

OUTLINE, SYMBOL = (
    types.ResourceTemplateReference(uri=f"codeindex://{template}") for template in ("outline/{+path}", "symbol/{+id}")
)
FIND_YOUR_WAY, WHAT_BREAKS = (types.PromptReference(name=name) for name in ("find_your_way", "what_breaks"))


async def completed(client, ref, argument: str, value: str) -> list[str]:
    return (await client.complete(ref, {"name": argument, "value": value})).completion.values


async def prompted(client, name: str, **arguments: str) -> str:
    (message,) = (await client.get_prompt(name, arguments)).messages
    assert message.role == "user"
    return message.content.text


@requirement("prompts:list")
async def test_prompts_are_listed_with_their_arguments(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        listed = {one.name: one for one in (await client.list_prompts()).prompts}
        assert {one.name for one in listed["find_your_way"].arguments} == {"path", "near"}
        assert [(one.name, bool(one.required)) for one in listed["what_breaks"].arguments] == [
            ("symbol", True),
            ("kind", False),
            ("language", False),
        ]


@requirement("prompts:find-your-way")
async def test_finding_ones_way_begins_with_the_overview(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        text = await prompted(client, "find_your_way", near="app/http")
        assert "lib: 1 files, 1 symbols (python 1)" in quoted(text)
        assert "app: " not in "\n".join(quoted(await prompted(client, "find_your_way", path="lib")))


@requirement("prompts:what-breaks")
async def test_what_breaks_shows_definitions_and_uses(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        text = await prompted(client, "what_breaks", symbol="set_cookie")
        assert any(line.startswith("app/http/response.py:7 method def set_cookie(") for line in quoted(text))
        assert "  index: call 7" in quoted(text)
        text = await prompted(client, "what_breaks", symbol="HttpResponse", kind="enum")
        assert "not found in any of" in text
        text = await prompted(client, "what_breaks", symbol="Greet", language="go")
        assert any(line.startswith("app/util.go:") for line in quoted(text))


@requirement("prompts:arguments")
async def test_what_a_prompt_lacks_is_said(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        for name, arguments, said in (
            ("what_breaks", {}, "give `symbol`"),
            ("what_breaks", {"symbol": " "}, "give `symbol`"),
            ("nothing", {}, "use find_your_way or what_breaks"),
            ("find_your_way", {"path": "/etc"}, "outside the workspace"),
        ):
            with pytest.raises(MCPError, match=said) as refused:
                await client.get_prompt(name, arguments)
            assert refused.value.error.code == types.INVALID_PARAMS


@requirement("completions:names")
async def test_names_are_completed(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        names = await completed(client, WHAT_BREAKS, "symbol", "HttpRes")
        assert names[:2] == ["HttpResponse", "HttpResponseBase"]
        assert len(names) == len(set(names))
        assert await completed(client, WHAT_BREAKS, "symbol", "") == []


@requirement("completions:ids")
async def test_ids_are_completed(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        assert "app/views.py#index" in await completed(client, SYMBOL, "id", "index")
        assert "app/views.py#" in await completed(client, SYMBOL, "id", "app/vi")
        assert await completed(client, SYMBOL, "id", "app/http/response.py#HttpResponseB") == [
            "app/http/response.py#HttpResponseBase",
            "app/http/response.py#HttpResponseBase.set_cookie",
        ]


@requirement("completions:paths")
@requirement("safety:outside")
async def test_paths_are_completed_within_the_roots(shared_home, shared_project, tmp_path, era):
    (tmp_path / "lone.py").write_text("x = 1\n")
    (tmp_path / "out").symlink_to("/etc")
    async with served(shared_home, shared_project, mode=era) as client:
        assert await completed(client, OUTLINE, "path", "") == [
            ".gitignore",
            "AUTHORS",
            "app/",
            "lib/",
            "notes.txt",
        ], "and nothing of build/, which is ignored"
        assert await completed(client, OUTLINE, "path", "app/h") == ["app/hidden.py", "app/http/"]
        for outside in ("../", "/etc/"):
            with pytest.raises(MCPError, match="relative to"):
                await completed(client, OUTLINE, "path", outside)
    async with served(shared_home, shared_project, tmp_path, mode=era) as client:
        inside = await completed(client, FIND_YOUR_WAY, "near", f"{tmp_path.name}/")
        assert inside == [f"{tmp_path.name}/lone.py", f"{tmp_path.name}/out"]
        assert await completed(client, FIND_YOUR_WAY, "path", f"{tmp_path.name}/out/") == []


@requirement("completions:words")
async def test_kinds_and_languages_are_completed(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        assert await completed(client, WHAT_BREAKS, "kind", "in") == ["interface"]
        assert await completed(client, WHAT_BREAKS, "language", "") == ["python", "go"]


@requirement("completions:unknown")
async def test_an_argument_of_which_nothing_is_known_has_no_completions(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        assert await completed(client, WHAT_BREAKS, "colour", "r") == []
        assert await completed(client, types.PromptReference(name="nothing"), "symbol", "r") == []
