"""Unsaved text of editors: in every answer, of every client, for as long as it is open, and not a moment longer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

from bridge.daemon.client import MAX_ATTEMPTS
from bridge.daemon.endpoint import find
from bridge.session import Session, WorkspaceSession
from protos import code_index_pb2 as pb
from tests.conftest import is_running, wait_for
from tests.e2e.mcp_client import ask, connected, until

VIEWS = "app/views.py"
WAIT_MS = 10_000


@contextlib.asynccontextmanager
async def editor(home: Path, project: Path) -> AsyncIterator[WorkspaceSession]:
    """An editor's bridge, whose index is complete."""
    session = Session(home, [project])
    session.start()
    try:
        (workspace,) = await session.workspaces()
        await search(workspace, "index")
        yield workspace
    finally:
        await session.close()


async def search(workspace: WorkspaceSession, query: str) -> list[pb.Symbol]:
    """What has exactly this name, in an answer that covers all that this bridge has told."""
    page = await workspace.client.search(
        pb.SearchRequest(query=f'"{query}"', require=await workspace.requirement(WAIT_MS))
    )
    assert page.freshness.complete
    return [hit.symbol for hit in page.hits]


async def edit(workspace: WorkspaceSession, path: str, text: str | None) -> None:
    """Tell of an edit, and return when it is in the answers."""
    await workspace.syncer.overlay(path, None if text is None else text.encode())
    await search(workspace, "index")


def ids(answer) -> set[str]:
    return {one["symbol"] for one in answer["symbols"]}


async def test_unsaved_text_is_in_every_answer_of_another_client_until_it_is_closed(home, project):
    text = "def typed_just_now():\n    return set_cookie(1)\n"
    async with editor(home, project) as writer, connected(home, project) as reader:
        before = await ask(reader, "overview", wait_ms=WAIT_MS)
        await edit(writer, VIEWS, text)
        found = await ask(reader, "search_symbols", query="typed_just_now")
        assert [(one["symbol"], one.get("unsaved")) for one in found["symbols"]] == [(f"{VIEWS}#typed_just_now", True)]
        shown = await reader.call_tool("search_symbols", {"query": "typed_just_now"})
        assert f"{VIEWS}:1 function def typed_just_now() (unsaved)" in shown.content[0].text.splitlines()[1]
        assert (await ask(reader, "search_symbols", query='"index"'))["symbols"] == []
        saved = await ask(reader, "search_symbols", query='"HttpResponse"')
        assert ["unsaved" in one for one in saved["symbols"]] == [False]
        assert ids(await ask(reader, "find_definition", path=VIEWS, line=2)) == {f"{VIEWS}#typed_just_now"}
        assert ids(await ask(reader, "find_definition", path=VIEWS, line=2, column=15)) == {
            "app/http/response.py#HttpResponseBase.set_cookie"
        }
        uses = await ask(reader, "find_references", symbol="set_cookie")
        assert uses["references"] == [{"path": VIEWS, "in": "typed_just_now", "lines": {"call": [2]}}]
        assert ids(await ask(reader, "outline", path=VIEWS)) == {f"{VIEWS}#typed_just_now"}
        assert f"{VIEWS}#typed_just_now" in ids(await ask(reader, "outline", path="app"))
        await edit(writer, VIEWS, None)
        assert (await ask(reader, "search_symbols", query='"typed_just_now"'))["symbols"] == []
        assert await ask(reader, "overview") == before


async def test_an_answer_is_never_older_than_the_edit_before_it(home, project):
    async with editor(home, project) as writer:
        for number in range(50):
            await writer.syncer.overlay(VIEWS, b"def edit_%d(): pass\n" % number)
            assert [one.id for one in await search(writer, f"edit_{number}")] == [f"{VIEWS}#edit_{number}"]
            assert number == 0 or await search(writer, f"edit_{number - 1}") == []


async def test_a_document_that_is_only_in_an_editor_is_in_the_answers(home, project):
    async with editor(home, project) as writer, connected(home, project) as reader:
        assert (await ask(reader, "index_status", wait_ms=WAIT_MS))["freshness"]["total_files"] == 3
        await edit(writer, "brand/new.py", "class OnlyInTheEditor:\n    def method(self): OnlyInTheEditor()\n")
        found = await ask(reader, "search_symbols", query="OnlyInTheEditor")
        assert ids(found) == {"brand/new.py#OnlyInTheEditor"}
        assert found["freshness"]["total_files"] == found["freshness"]["indexed_files"] == 4
        used = await ask(reader, "find_references", symbol="OnlyInTheEditor")
        assert used["total"] == 1
        assert used["freshness"]["complete"]
        assert "brand/new.py" in str(used)
        overview = await ask(reader, "overview")
        assert {"path": "brand", "files": 1, "symbols": 2, "languages": {"python": 2}} in overview["areas"]
        status = await ask(reader, "index_status")
        await edit(writer, "brand/new.py", None)
        assert status["workspaces"][0]["symbols"] == 2 + (await ask(reader, "index_status"))["workspaces"][0]["symbols"]
        assert (await ask(reader, "search_symbols", query="OnlyInTheEditor", wait_ms=0))["symbols"] == []


async def test_what_the_filter_leaves_out_stays_out_when_it_is_opened(home, project):
    async with editor(home, project) as writer:
        await edit(writer, "build/out.py", "def opened_though_ignored(): pass\n")
        assert await search(writer, "opened_though_ignored") == []


async def test_a_document_that_is_saved_is_unsaved_no_more(home, project):
    text = "def saved_now(): pass\n"
    async with editor(home, project) as writer, connected(home, project) as reader:
        await edit(writer, VIEWS, (project / VIEWS).read_text())
        assert [one.unsaved for one in await search(writer, "index")] == [False]
        await edit(writer, VIEWS, text)
        (project / VIEWS).write_text(text)
        await until(
            reader,
            "search_symbols",
            lambda answer: [one.get("unsaved", False) for one in answer["symbols"]] == [False],
            query='"saved_now"',
        )
        (project / VIEWS).write_text("def written_by_another(): pass\n")
        await until(
            reader,
            "search_symbols",
            lambda answer: [one.get("unsaved", False) for one in answer["symbols"]] == [True],
            query='"saved_now"',
        )
        await edit(writer, VIEWS, None)
        assert ids(await ask(reader, "outline", path=VIEWS)) == {f"{VIEWS}#written_by_another"}


async def test_the_most_recent_edit_wins(home, project):
    async with editor(home, project) as first, connected(home, project) as reader:
        async with editor(home, project) as second:
            for writer, name in ((first, "by_first"), (second, "by_second"), (first, "by_first_again")):
                await edit(writer, VIEWS, f"def {name}(): pass\n")
                assert ids(await ask(reader, "outline", path=VIEWS)) == {f"{VIEWS}#{name}"}
            await edit(first, VIEWS, None)
            assert ids(await ask(reader, "outline", path=VIEWS)) == {f"{VIEWS}#by_second"}
        await until(reader, "outline", lambda answer: ids(answer) == {f"{VIEWS}#index"}, path=VIEWS)


async def test_read_symbol_gives_the_unsaved_body(home, project):
    async with editor(home, project) as writer, connected(home, project) as reader:
        await edit(writer, VIEWS, "# not saved\n\n\ndef index(request):\n    return 'from the editor'\n")
        shown = await reader.call_tool("read_symbol", {"symbols": ["index"]})
        (one,) = shown.structured_content["symbols"]
        assert one["text"] == "def index(request):\n    return 'from the editor'"
        assert (one["unsaved"], one["first_line"]) == (True, 4)
        assert f"{VIEWS}:4-5 function index\n" in shown.content[0].text
        assert "This is unsaved text, open in an editor." in shown.content[0].text
        await edit(writer, VIEWS, None)
        assert "hello" in (await ask(reader, "read_symbol", symbols=["index"]))["symbols"][0]["text"]


async def test_get_symbol_answers_for_files_too(home, project):
    async with editor(home, project) as one:
        request = pb.GetSymbolRequest(id=f"{VIEWS}#index", require=await one.requirement())
        reply = await one.client.get_symbol(request)
        assert (reply.symbol.name, reply.documentation, reply.symbol.unsaved) == ("index", "Say hello.", False)
        assert not reply.HasField("unsaved_text")


async def test_a_text_above_the_limit_is_as_if_it_were_closed(home, project):
    async with editor(home, project) as writer:
        await edit(writer, VIEWS, "def small(): pass\n")
        await edit(writer, VIEWS, "def large(): pass\n" + "#" * 60 * 1024 * 1024)
        assert [one.unsaved for one in await search(writer, "index")] == [False]
        await edit(writer, VIEWS, "def small_again(): pass\n")
        assert [one.unsaved for one in await search(writer, "small_again")] == [True]


async def test_what_was_open_is_open_again_after_the_daemon_was_killed(home, project):
    async with editor(home, project) as writer, connected(home, project) as reader:
        await edit(writer, VIEWS, "def survives(): pass\n")
        await edit(writer, "new.py", "def survives_too(): pass\n")
        await edit(writer, "closed.py", "def was_closed(): pass\n")
        await edit(writer, "closed.py", None)
        pid = find(home).pid
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not is_running(pid))
        assert [one.unsaved for one in await search(writer, "survives")] == [True]
        assert [one.unsaved for one in await search(writer, "survives_too")] == [True]
        assert await search(writer, "was_closed") == []
        await until(reader, "search_symbols", lambda answer: ids(answer) == {f"{VIEWS}#survives"}, query='"survives"')


OWNER = """
    import asyncio, sys
    from pathlib import Path
    from bridge.session import Session
    from protos import code_index_pb2 as pb

    async def own():
        session = Session(Path(sys.argv[1]), [Path(sys.argv[2])])
        session.start()
        (workspace,) = await session.workspaces()
        await workspace.syncer.overlay("app/views.py", b"def held_by_a_process(): pass")
        request = pb.SearchRequest(query="held_by_a_process", require=await workspace.requirement(10_000))
        assert (await workspace.client.search(request)).hits
        print("open", flush=True)
        await asyncio.Event().wait()

    asyncio.run(own())
"""


async def test_what_a_killed_process_had_open_is_gone(home, project):
    async with connected(home, project) as reader:
        owner = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(OWNER), str(home), str(project), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert await owner.stdout.readline() == b"open\n"
            assert ids(await ask(reader, "outline", path=VIEWS)) == {f"{VIEWS}#held_by_a_process"}
        finally:
            owner.kill()
            await owner.wait()
        await until(reader, "outline", lambda answer: ids(answer) == {f"{VIEWS}#index"}, path=VIEWS)


async def test_nothing_of_an_open_text_is_on_disk(home, project):
    async with editor(home, project) as writer:
        for number in range(20):
            await edit(writer, VIEWS, f'def secret_name_{number}():\n    """Secret words."""\n    call_in_secret()\n')
        await edit(writer, "secret/new.py", "def index_me_secretly(): pass\n")
        (project / "app/more.py").write_text("def not_hidden_at_all(): pass\n")
        async with connected(home, project) as reader:
            await until(reader, "search_symbols", lambda answer: answer["symbols"], query='"not_hidden_at_all"')

        def written() -> bytes:
            return b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())

        assert b"not_hidden_at_all" in written()
        assert b"secret" not in written().lower()
    pid = find(home).pid
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not is_running(pid))
    assert b"secret" not in written().lower()


async def test_a_question_waits_for_the_next_stream_while_a_broken_one_is_tidied_up(home, project, monkeypatch):
    async with editor(home, project) as workspace:
        link = workspace.syncer._link
        channel, lost, noticed, tidied = await link.channel(), link.lost, asyncio.Event(), asyncio.Event()

        async def slowly_lost(broken):
            noticed.set()
            await tidied.wait()
            await lost(broken)

        monkeypatch.setattr(link, "lost", slowly_lost)
        link._channel = None
        await channel.close()
        async with asyncio.timeout(20):
            await noticed.wait()
            asking = asyncio.create_task(search(workspace, "index"))
            for _ in range(2 * MAX_ATTEMPTS):  # as many round trips as would use up its attempts
                await workspace.client.status(pb.GetStatusRequest())
            tidied.set()
            assert [symbol.path for symbol in await asking] == [VIEWS]
