"""Real VS Code with our packaged extension. Slow: it fetches code-server from npm, and needs Debian's Chromium.

CODEINDEX_SCREENSHOTS=DIR keeps the pictures that the documentation shows.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from bridge.daemon.endpoint import find
from tests.conftest import is_running, stop_daemon, wait_for
from tests.editor.workbench import CHROMIUM, EXTENSION, STATUS_ITEM, TOASTS, Programs, workbench

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium libkrb5-dev"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="no npm: code-server comes from there"),
]

COMPLETE = "complete"


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Programs:
    return Programs(tmp_path_factory.mktemp("vscode"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A copy of our own sources."""
    root = tmp_path_factory.mktemp("open") / "codeindex"
    for part in ("bridge", "grpc_backend", "protos"):
        shutil.copytree(EXTENSION.parents[1] / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@pytest.fixture(scope="module")
def shared_home():
    path = Path(tempfile.mkdtemp(prefix="ci-home-"))
    yield path
    stop_daemon(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def window(programs, repository, shared_home):
    """One window for the tests of this file; a message to its user fails the test that it came in."""
    with workbench(programs, shared_home) as found:
        found.open(folder=repository)
        found.until(lambda: COMPLETE in state(found))
        yield found


@pytest.fixture(autouse=True)
def _quiet(request):
    yield
    if "window" in request.fixturenames:
        assert request.getfixturevalue("window").texts(TOASTS) == []


def state(window) -> str:
    return "".join(window.labels(STATUS_ITEM))


def symbols(window, query: str) -> list[str]:
    window.quick("Control+t", query)
    return window.until(lambda: [one for one in window.rows() if "No matching" not in one])


def start_server(window) -> None:
    window.run("MCP: List Servers")
    window.pick("codeindex")
    window.pick("Start Server")
    window.until(lambda: window.ask("index_status"))


@pytest.fixture
def chat(window):
    """The window, with our MCP server running: chat has its tools."""
    if window.ask("index_status") is None:
        start_server(window)
    return window


def picture(window, name: str) -> None:
    folder = os.environ.get("CODEINDEX_SCREENSHOTS")
    if folder:
        window.call("screenshot", {"path": str(Path(folder) / name), "animations": "disabled"})


def test_the_status_bar_shows_the_state_and_a_click_the_actions(window, repository):
    files = sum(1 for one in repository.rglob("*") if one.suffix in {".py", ".pyi", ".proto", ".md", ".json"})
    assert f"codeindex: {files} of {files} files, complete" in state(window)
    window.press("Escape", "Escape")
    window.call("click", STATUS_ITEM)
    first, *actions = window.until(window.rows)
    assert f"codeindex: {files} of {files} files, complete, " in first
    assert [one for one in actions if "Reindex" in one]
    picture(window, "status.png")
    window.pick("Reindex")
    window.until(lambda: COMPLETE in state(window))


def test_ctrl_t_lists_our_symbols_and_goes_to_them(window):
    rows = symbols(window, "SyncSess")
    assert rows[0].startswith("SyncSession")
    assert "grpc_backend/rpc/sync_session.py" in rows[0]
    picture(window, "symbols.png")
    window.press("Enter")
    window.until(lambda: "sync_session.py" in "".join(window.labels(".tab.active")))
    window.until(lambda: "SyncSession" in "".join(window.texts(".breadcrumbs-control")))


def test_the_mcp_server_is_listed_starts_and_answers(window):
    start_server(window)
    answer = window.ask("search_symbols", query="SyncSession")
    assert answer["symbols"][0]["symbol"] == "grpc_backend/rpc/sync_session.py#SyncSession"
    window.run("MCP: List Servers")
    window.until(lambda: [one for one in window.rows() if one.startswith("codeindex") and "Running" in one])
    picture(window, "mcp.png")


def test_chat_sees_what_is_typed_and_not_saved(window, chat, capsys):
    window.quick("Control+p", "bridge/errors.py")
    window.pick("errors.py")
    window.until(lambda: "errors.py" in "".join(window.labels(".tab.active")))
    window.press("Control+End")
    window.call("keyboard.type", "\nclass TypedAndNotSaved: pass\n")
    began = time.perf_counter()
    (found,) = window.until(lambda: typed(chat))
    with capsys.disabled():
        print(f"\nfrom the last key in VS Code to chat's answer: {1000 * (time.perf_counter() - began):.0f} ms")
    assert (found["path"], found["unsaved"]) == ("bridge/errors.py", True)
    window.run("File: Revert File")
    window.until(lambda: not typed(chat))


def typed(chat):
    return chat.ask("search_symbols", query='"TypedAndNotSaved"')["symbols"]


def test_a_killed_daemon_costs_less_than_two_seconds_and_no_message(window, chat, shared_home, capsys):
    pid = find(shared_home).pid
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    wait_for(lambda: not is_running(pid))
    assert symbols(window, "SyncProg")[0].startswith("SyncProgress")
    listed = time.monotonic() - began
    assert chat.ask("search_symbols", query="SyncSession")["symbols"][0]["name"] == "SyncSession"
    answered_after = time.monotonic() - began
    with capsys.disabled():
        print(f"\nafter the daemon was killed: Ctrl+T {listed:.2f} s, chat {answered_after:.2f} s")
    assert find(shared_home).pid != pid
    assert COMPLETE in state(window)
    assert answered_after < 2


def test_several_folders_are_one_window(window, repository, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.py").write_text("class InTheOtherFolder: pass\n")
    both = tmp_path / "both.code-workspace"
    both.write_text(json.dumps({"folders": [{"path": str(repository)}, {"path": str(other)}]}))
    window.open(workspace=both)
    window.until(lambda: "other: 1 of 1 files, complete" in state(window))
    assert "codeindex: " in state(window)
    assert symbols(window, "InTheOther")[0].startswith("InTheOtherFolder")
    assert symbols(window, "SyncSess")[0].startswith("SyncSession")


def test_without_the_command_it_is_installed_on_request(programs, home, project):
    """By pip, from this checkout, into the extension's own environment; then everything runs."""
    checkout = str(EXTENSION.parents[1])
    with workbench(programs, home, command=False, **{"codeindex.package": checkout}) as window:
        window.open(folder=project)
        window.until(lambda: "not installed here" in "".join(window.texts(TOASTS)))
        picture(window, "install.png")
        window.call("click", f'{TOASTS} >> text="Install…"')
        window.pick("Install with pip")
        window.until(lambda: COMPLETE in state(window), within_s=600)
        assert symbols(window, "set_cookie")[0].startswith("set_cookie")
