"""Resources, and who is told when they change."""

from __future__ import annotations

import asyncio
import contextlib
import warnings

import pytest
from mcp import types
from mcp.server.subscriptions import ResourcesListChanged, ResourceUpdated
from mcp.shared.exceptions import MCPError

from bridge.session import Session
from tests.assistant.serving import ask, connected, quoted, served
from tests.interaction._requirements import requirement

WITHIN_S = 20.0
RESPONSE = "app/http/response.py"
SET_COOKIE = f"codeindex://symbol/{RESPONSE}#HttpResponseBase.set_cookie"
OUTLINE = f"codeindex://outline/{RESPONSE}"


async def text_of(client, uri: str) -> str:
    (content,) = (await client.read_resource(uri)).contents
    assert (content.uri, content.mime_type) == (uri, "text/plain")
    return content.text


@requirement("resources:list")
async def test_the_status_and_every_root_are_listed(shared_home, shared_project, tmp_path, era):
    async with served(shared_home, shared_project, tmp_path, mode=era) as client:
        listed = (await client.list_resources()).resources
        prefixes = [f"codeindex://outline/{root.name}/" for root in (shared_project, tmp_path)]
        assert [one.uri for one in listed] == ["codeindex://status", *prefixes]
        for one in listed:
            assert await text_of(client, one.uri)
            assert one.annotations.priority is not None
        templates = (await client.list_resource_templates()).resource_templates
        assert [one.uri_template for one in templates] == ["codeindex://outline/{+path}", "codeindex://symbol/{+id}"]


@requirement("resources:read")
@requirement("resources:escapes")
async def test_each_kind_of_resource_is_read(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        assert quoted(await text_of(client, OUTLINE))[0] == RESPONSE
        assert "app/many.py" in await text_of(client, "codeindex://outline/app")
        for uri in (SET_COOKIE, SET_COOKIE.replace("#", "%23")):
            assert "    def set_cookie(self, key, value" in await text_of(client, uri)
        assert "symbols" in await text_of(client, "codeindex://status")


@requirement("resources:missing")
@requirement("safety:outside")
async def test_what_is_not_there_is_an_error(shared_home, shared_project, era):
    async with served(shared_home, shared_project, mode=era) as client:
        for uri, said in (
            ("codeindex://outline/app/none.py", "no such file"),
            ("codeindex://symbol/app/views.py#none", "not found in any of"),
            ("codeindex://outline/../x", "'..'"),
            ("codeindex://outline//etc/passwd", "outside the workspace"),
            ("codeindex://symbol//etc/passwd#root", "outside the workspace"),
            ("codeindex://symbol/%2e%2e/x#y", "'..'"),
            ("codeindex://nothing", "use codeindex://outline/"),
            ("file:///etc/passwd", "use codeindex://outline/"),
        ):
            with pytest.raises(MCPError, match=said) as refused:
                await client.read_resource(uri)
            assert refused.value.error.code == types.INVALID_PARAMS, uri


class Ears:
    """What a client of the handshake era was told."""

    def __init__(self) -> None:
        self.updated: asyncio.Queue[str] = asyncio.Queue()
        self.listed = asyncio.Event()

    async def hear(self, message) -> None:
        """A client's message handler."""
        if isinstance(message, types.ResourceUpdatedNotification):
            self.updated.put_nowait(message.params.uri)
        if isinstance(message, types.ResourceListChangedNotification):
            self.listed.set()

    async def next(self) -> str:
        """The next resource that has changed."""
        async with asyncio.timeout(WITHIN_S):
            return await self.updated.get()


async def subscribe(client, uri: str) -> None:
    with warnings.catch_warnings(action="ignore"):  # the SDK warns that this is of the old era
        await client.subscribe_resource(uri)


async def unsubscribe(client, uri: str) -> None:
    with warnings.catch_warnings(action="ignore"):
        await client.unsubscribe_resource(uri)


def edit(project, old: str, new: str) -> None:
    file = project / RESPONSE
    file.write_text(file.read_text().replace(old, new))


@requirement("subscriptions:handshake")
@requirement("subscriptions:others")
async def test_a_subscriber_is_told_of_its_file_and_its_symbol(home, project):
    ears = Ears()
    async with served(home, project, mode="legacy", message_handler=ears.hear) as client:
        await subscribe(client, OUTLINE)
        await subscribe(client, SET_COOKIE)
        (project / "app/views.py").write_text("def other():\n    pass\n")
        edit(project, '"""Set a cookie."""', '"""Bake a cookie."""')
        assert {await ears.next(), await ears.next()} == {OUTLINE, SET_COOKIE}, "and nothing of the other file"
        edit(project, "self.content = content", "self.content = bytes(content)")
        assert await ears.next() == OUTLINE
        (project / RESPONSE).unlink()
        assert {await ears.next(), await ears.next()} == {OUTLINE, SET_COOKIE}
        assert ears.updated.empty()


@requirement("subscriptions:end")
async def test_after_unsubscribing_nothing_is_told(home, project):
    ears = Ears()
    async with served(home, project, mode="legacy", message_handler=ears.hear) as client:
        await subscribe(client, OUTLINE)
        await subscribe(client, "codeindex://outline/app/views.py")
        await unsubscribe(client, OUTLINE)
        await unsubscribe(client, OUTLINE)
        edit(project, "Set a cookie", "Bake a cookie")
        (project / "app/views.py").write_text("def other():\n    pass\n")
        assert await ears.next() == "codeindex://outline/app/views.py"
        assert ears.updated.empty()


@requirement("subscriptions:unknown")
async def test_what_is_none_of_ours_cannot_be_subscribed_to(shared_home, shared_project):
    async with served(shared_home, shared_project, mode="legacy") as client:
        with pytest.raises(MCPError, match="use codeindex://outline/"):
            await subscribe(client, "https://example.org/")


async def heard(stream, count: int) -> set[str]:
    """The URIs of the next events."""
    async with asyncio.timeout(WITHIN_S):
        return {(await anext(stream)).uri for _ in range(count)}


@requirement("subscriptions:stream")
async def test_a_stream_carries_what_it_chose(home, project):
    async with served(home, project) as client:
        async with client.listen(resource_subscriptions=[OUTLINE, SET_COOKIE, "codeindex://none"]) as stream:
            edit(project, '"""Set a cookie."""', '"""Bake a cookie."""')
            assert await heard(stream, 2) == {OUTLINE, SET_COOKIE}
        async with client.listen(resource_subscriptions=["codeindex://status"]) as stream:
            (project / "new.py").write_text("def new():\n    pass\n")
            assert isinstance(await anext(stream), ResourceUpdated)


@requirement("subscriptions:unsaved")
@requirement("read:unsaved")
async def test_an_unsaved_edit_is_told_and_read(home, project):
    editor = Session(home, [project])
    editor.start()
    async with contextlib.aclosing(_Closing(editor)), served(home, project) as client:
        async with client.listen(resource_subscriptions=[SET_COOKIE]) as stream:
            text = (project / RESPONSE).read_text().replace('"""Set a cookie."""', '"""Eat a cookie."""')
            (workspace,) = await editor.workspaces()
            await workspace.syncer.overlay(RESPONSE, text.encode())
            assert await heard(stream, 1) == {SET_COOKIE}
        shown, _ = await ask(client, "read_symbol", symbols=[f"{RESPONSE}#HttpResponseBase.set_cookie"])
        assert "Eat a cookie." in shown
        assert "unsaved" in shown


class _Closing:
    def __init__(self, session: Session) -> None:
        self.aclose = session.close


@requirement("list-changed:roots")
@requirement("roots:changed")
@requirement("roots:early")
async def test_new_roots_change_the_list_and_that_is_told(home, project, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.py").write_text("def only_here():\n    pass\n")
    roots, ears, asked = [project], Ears(), asyncio.Event()

    async def named(_context) -> types.ListRootsResult:
        asked.set()
        return types.ListRootsResult(roots=[types.Root(uri=root.as_uri()) for root in roots])

    async with connected(home, mode="legacy", list_roots_callback=named, message_handler=ears.hear) as client:
        async with asyncio.timeout(WITHIN_S):
            await asked.wait()
        await ask(client, "search_symbols", query="HttpResponse", wait_ms=20_000)
        roots.append(other)
        ears.listed.clear()
        with warnings.catch_warnings(action="ignore"):
            await client.send_roots_list_changed()
        async with asyncio.timeout(WITHIN_S):
            await ears.listed.wait()
        assert len((await client.list_resources()).resources) == 3
        _, answer = await ask(client, "find_definition", symbol="only_here", wait_ms=20_000)
        assert [one["path"] for one in answer["symbols"]] == ["other/more.py"]


@requirement("list-changed:roots")
async def test_a_stream_is_told_when_the_first_root_is_known(home, project):
    async def named(_context) -> types.ListRootsResult:
        return types.ListRootsResult(roots=[types.Root(uri=project.as_uri())])

    async with (
        connected(home, list_roots_callback=named) as client,
        client.listen(resources_list_changed=True) as stream,
        asyncio.timeout(WITHIN_S),
    ):
        await ask(client, "index_status")
        assert isinstance(await anext(stream), ResourcesListChanged)
