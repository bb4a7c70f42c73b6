"""Answers follow the disk: saves, deletes, renames, moves, links, and what changed while nobody looked."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import shutil
import subprocess
import sys

import grpc

from bridge.daemon.endpoint import find
from protos import code_index_pb2 as pb
from protos.code_index_pb2_grpc import CodeIndexServiceStub
from tests.conftest import codeindex, wait_for
from tests.e2e.mcp_client import OPENING, ask, connected, until


def names(answer):
    return {one["name"] for one in answer["symbols"]}


async def search(client, query, **more):
    return names(await ask(client, "search_symbols", query=query, wait_ms=10_000, **more))


async def search_now(client, query):
    """One question, as a model asks it: nothing is waited for."""
    answer = await ask(client, "search_symbols", query=query)
    assert answer["freshness"]["complete"] is True
    return names(answer)


async def appears(client, name):
    await until(client, "search_symbols", lambda answer: name in names(answer), query=name)


async def vanishes(client, name):
    await until(client, "search_symbols", lambda answer: name not in names(answer), query=name)


async def test_a_save_is_found_by_a_second_client(home, project):
    async with connected(home, project) as writer, connected(home, project) as reader:
        assert "HttpResponse" in await search(writer, "HttpResponse")
        assert "HttpResponse" in await search(reader, "HttpResponse")
        (project / "app/new.py").write_text("def freshly_saved(): pass\n")
        await appears(reader, "freshly_saved")
        (project / "app/new.py").write_text("def saved_again(): pass\n")
        await appears(reader, "saved_again")
        await vanishes(reader, "freshly_saved")


async def test_what_was_written_is_in_the_answer_to_a_question_asked_at_once(home, project):
    """By the client that watches, and by one that does not: no event is waited for, no answer is asked for twice."""
    async with connected(home, project) as leader, connected(home, project) as follower:
        await search(leader, "HttpResponse")
        await search(follower, "HttpResponse")
        for trial in range(20):
            client = (leader, follower)[trial % 2]
            file = project / f"app/trial_{trial}.py"
            file.write_text(f"def first_{trial}(): pass\n")
            assert f"first_{trial}" in await search_now(client, f"first_{trial}")
            file.write_text(f"def second_{trial}(): pass\n")
            assert await search_now(client, f'"first_{trial}"') == set()
            assert f"second_{trial}" in await search_now(client, f"second_{trial}")
            file.unlink()
            assert await search_now(client, f'"second_{trial}"') == set()


async def test_another_client_leads_when_the_leader_is_killed(home, project):
    arguments = [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(project)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    leader = await asyncio.create_subprocess_exec(*arguments, **pipes)
    leader.stdin.write(OPENING)
    try:
        wait_for(lambda: find(home) is not None and streams(home) == 1)
        async with connected(home, project) as heir:
            assert "HttpResponse" in await search(heir, "HttpResponse")
            status = await ask(heir, "index_status")
            assert "another client watches" in status["workspaces"][0]["watching"]
            leader.kill()
            await leader.wait()
            wait_for(lambda: streams(home) == 1)
            (project / "app/inherited.py").write_text("def inherited(): pass\n")
            assert "inherited" in await search(heir, "inherited")
            status = await ask(heir, "index_status")
            assert status["workspaces"][0]["watching"] == "watching for changes"
    finally:
        with contextlib.suppress(ProcessLookupError):
            leader.kill()
        await leader.wait()


def streams(home):
    """How many sync streams the daemon of a home has."""
    with grpc.insecure_channel(find(home).address) as channel:
        return CodeIndexServiceStub(channel).GetStatus(pb.GetStatusRequest(), timeout=5).streams


async def test_deletes_renames_and_moved_folders(home, project):
    async with connected(home, project) as client:
        assert "Greeter" in await search(client, "Greeter")
        (project / "app/util.go").rename(project / "app/renamed.go")
        await until(
            client,
            "search_symbols",
            lambda answer: {one["path"] for one in answer["symbols"]} == {"app/renamed.go"},
            query="Greeter",
            kind="struct",
        )
        shutil.move(project / "app/http", project / "elsewhere")
        await until(
            client,
            "search_symbols",
            lambda answer: {one["path"] for one in answer["symbols"]} == {"elsewhere/response.py"},
            query="set_cookie",
        )
        shutil.rmtree(project / "elsewhere")
        await vanishes(client, "set_cookie")


async def test_a_folder_that_is_moved_in_is_indexed_whole(home, project, tmp_path):
    outside = tmp_path / "outside" / "deep"
    outside.mkdir(parents=True)
    (outside / "moved.py").write_text("def moved_in(): pass\n")
    async with connected(home, project) as client:
        await search(client, "index")
        shutil.move(tmp_path / "outside", project / "inside")
        await appears(client, "moved_in")


async def test_a_file_replaced_by_a_link_is_left_out(home, project, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("def outside_the_root(): pass\n")
    async with connected(home, project) as client:
        assert "index" in await search(client, "index")
        (project / "app/views.py").unlink()
        (project / "app/views.py").symlink_to(secret)
        await until(client, "search_symbols", lambda answer: "index" not in names(answer), query="index")
        assert await search(client, "outside_the_root") == set()
        status = await ask(client, "index_status")
        assert {"path": "app/views.py", "reason": "symlink"}.items() <= status["workspaces"][0]["problems"][0].items()


async def test_a_root_that_vanishes_is_not_an_empty_workspace(home, project):
    """A mount that is lost for a while: what was known is still shown, but said to be incomplete."""
    away = project.with_name("away")
    async with connected(home, project) as leader, connected(home, project) as follower:
        for client in (leader, follower):
            assert "set_cookie" in await search(client, "set_cookie")
        project.rename(away)
        for client in (leader, follower):
            answer = await ask(client, "search_symbols", query="set_cookie")
            assert "set_cookie" in names(answer)
            assert answer["freshness"]["complete"] is False
        (away / "app/while_away.py").write_text("def written_while_away(): pass\n")
        away.rename(project)
        for client in (leader, follower):
            assert "written_while_away" in await search(client, "written_while_away")
            assert "set_cookie" in await search_now(client, "set_cookie")


async def test_new_ignore_rules_take_hold(home, project):
    async with connected(home, project) as client:
        assert "Greeter" in await search(client, "Greeter")
        (project / ".gitignore").write_text("*.go\n")
        await vanishes(client, "Greeter")
        (project / ".gitignore").write_text("")
        await appears(client, "Greeter")
        await appears(client, "ignored_by_git")


def test_what_changed_while_no_bridge_ran_is_right_at_the_next_start(home, project):
    assert codeindex(home, "search", "set_cookie", cwd=project).returncode == 0
    for stopped in (False, True):
        if stopped:
            codeindex(home, "stop")
        name = f"written_meanwhile_{stopped}".lower()
        views = project / "app/views.py"
        stamp = views.stat()
        # The same size and the same time: only the content tells.
        views.write_text(views.read_text().replace("index", "entry" if not stopped else "outer"))
        os.utime(views, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
        (project / "app/more.py").write_text(f"def {name}(): pass\n")
        assert codeindex(home, "search", name, cwd=project).returncode == 0
    assert codeindex(home, "search", "outer", cwd=project).returncode in (0, 1)
    (project / "app/more.py").unlink()
    assert codeindex(home, "search", "written_meanwhile", cwd=project).returncode == 1


def test_a_second_worktree_is_right_without_sharing_paths(home, project, tmp_path):
    git = ["git", "-C", str(project), "-c", "user.email=a@b", "-c", "user.name=a"]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "all"], check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(tmp_path / "second")], check=True)
    assert codeindex(home, "search", "HttpResponse", cwd=project).returncode == 0
    (tmp_path / "second/app/only.py").write_text("def only_in_second(): pass\n")
    assert codeindex(home, "search", "only_in_second", cwd=tmp_path / "second").returncode == 0
    assert codeindex(home, "search", "only_in_second", cwd=project).returncode == 1


async def test_a_client_that_does_not_watch_sees_what_no_event_told(home, project):
    """A write through a mapping: the system tells nobody, but the file of the answer is not what it was."""
    file = project / "app/views.py"
    text = file.read_bytes()
    async with connected(home, project) as leader, connected(home, project) as follower:
        for client in (leader, follower):
            assert "index" in await search(client, "index")
        with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
            mapped[:] = text.replace(b"def index(", b"def xndex(")
        assert "index" not in await search_now(follower, "index")
        assert "xndex" in await search_now(follower, "xndex")
