"""A real VS Code: code-server with our packaged extension, driven through a page in Chromium."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from tests.conftest import wait_for
from tests.nodejs import npm, path_with_node

HERE = Path(__file__).parent
EXTENSION = HERE.parents[1] / "editor-configs/vscode"
CHROMIUM = shutil.which("chromium")
NODE_AT_LEAST = (24, 0)
WITHIN_S = 60.0
STATUS_ITEM = '[id="codeindex.codeindex.codeindex.status"]'
TOASTS = ".notification-toast"
T = TypeVar("T")


class Programs:
    """What a workbench is made of, in a folder: code-server, the browser's driver, and the packaged extensions."""

    def __init__(self, folder: Path) -> None:
        """Fetch and build; CODEINDEX_CODE_SERVER names a folder that has code-server and playwright-core."""
        path = path_with_node(NODE_AT_LEAST, folder / "node")
        self.env = {**os.environ, "PATH": path, "HOME": str(folder)}
        given = os.environ.get("CODEINDEX_CODE_SERVER")
        self.modules = Path(given or folder / "fetched") / "node_modules"
        if not given:
            self.modules.parent.mkdir()
            npm(
                "install",
                "--foreground-scripts",
                "code-server@4",
                "playwright-core@1",
                cwd=self.modules.parent,
                env=self.env,
            )
        ignored = shutil.ignore_patterns("node_modules", "dist", "*.vsix")
        sources = Path(shutil.copytree(EXTENSION, folder / "extension", ignore=ignored))
        npm("ci", cwd=sources, env=self.env)
        npm("run", "package", cwd=sources, env=self.env)
        probe = Path(shutil.copytree(HERE / "probe", folder / "probe"))
        pack = [sources / "node_modules/.bin/vsce", "package", "--allow-missing-repository", "--skip-license"]
        subprocess.run(pack, cwd=probe, env=self.env, check=True, capture_output=True)
        self.packages = [*sources.glob("*.vsix"), *probe.glob("*.vsix")]


class Workbench:
    """One window."""

    def __init__(self, address: str, browser: subprocess.Popen[str], folder: Path) -> None:
        self._address = address
        self._browser = browser
        self._folder = folder
        self._asked = itertools.count()

    def open(self, **what: Path) -> None:
        """Have the window show a `folder` or a `workspace`."""
        query = "&".join(f"{name}={quote(str(path))}" for name, path in what.items())
        self.call("goto", f"{self._address}/?{query}")
        self.until(lambda: "codeindex" in "".join(self.texts(STATUS_ITEM)))

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the page."""
        assert self._browser.stdin is not None
        assert self._browser.stdout is not None
        self._browser.stdin.write(json.dumps({"method": method, "args": arguments}) + "\n")
        self._browser.stdin.flush()
        answer = json.loads(self._browser.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.call("keyboard.press", key)

    def texts(self, selector: str) -> list[str]:
        """The visible texts of elements."""
        return self._each(selector, "one.innerText")

    def labels(self, selector: str) -> list[str]:
        """What a screen reader says of elements."""
        return self._each(selector, "one.ariaLabel ?? ''")

    def until(self, condition: Callable[[], T], within_s: float = WITHIN_S) -> T:
        """Wait until it is true; what it returned. A failure tells what the window shows."""
        try:
            return wait_for(condition, within_s)
        except AssertionError as error:
            shown = [*self.labels(STATUS_ITEM), *self.texts(TOASTS), *self.rows()]
            raise AssertionError(f"{error}\nthe window shows {shown}") from None

    def quick(self, key: str, typed: str = "") -> None:
        """Open one of the lists at the top with a key, and type into it."""
        self.press("Escape", "Escape", key)
        self.call("waitForSelector", ".quick-input-widget input:focus")
        self.call("keyboard.type", typed)

    def rows(self) -> list[str]:
        """The lines of the list at the top."""
        return self.texts(".quick-input-list .monaco-list-row")

    def pick(self, part: str) -> None:
        """Choose the line of the list at the top that has this in it."""
        self.until(lambda: [one for one in self.rows() if part in one])
        position = next(number for number, one in enumerate(self.rows()) if part in one)
        self.call("click", f".quick-input-list .monaco-list-row >> nth={position}")

    def run(self, command: str) -> None:
        """Run a command by its title."""
        self.quick("F1", command)
        self.pick(command)

    def ask(self, tool: str, **input_: Any) -> Any:
        """Call a tool of an MCP server as chat does; its answer, None while no server has the tool.

        Where a tool answers in both ways, VS Code hands the structured one to the model, as JSON.
        """
        number = next(self._asked)
        question = {"id": number, "tool": tool, "input": input_}
        (self._folder / "question.json").write_text(json.dumps(question))
        answer = self.until(lambda: self._answer(number))
        assert "error" not in answer, answer
        return json.loads(answer["text"]) if "text" in answer else None

    def _answer(self, number: int) -> Any:
        with contextlib.suppress(FileNotFoundError):
            answer = json.loads((self._folder / "answer.json").read_text())
            return answer if answer["id"] == number else None

    def _each(self, selector: str, value: str) -> list[str]:
        return self.call("evaluate", f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => {value})")


@contextlib.contextmanager
def workbench(programs: Programs, home: Path, *, command: bool = True, **settings: Any) -> Iterator[Workbench]:
    """code-server with the extensions, and a page; its user has the `codeindex` command where uv puts it, or not."""
    user = home / "user"
    (user / ".local/bin").mkdir(parents=True)
    if command:
        script = user / ".local/bin/codeindex"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bridge "$@"\n')
        script.chmod(0o755)
    machine = home / "data/Machine/settings.json"
    machine.parent.mkdir(parents=True)
    # In a browser VS Code saves by itself.
    machine.write_text(json.dumps({"files.autoSave": "off"} | settings))
    env = {**programs.env, "HOME": str(user), "CODEINDEX_HOME": str(home), "PROBE": str(home)}
    env["NODE_PATH"] = str(programs.modules)
    server = [
        programs.modules / ".bin/code-server",
        "--user-data-dir",
        home / "data",
        "--extensions-dir",
        home / "extensions",
    ]
    for package in programs.packages:
        subprocess.run([*server, "--install-extension", package], env=env, check=True, capture_output=True)
    port = free_port()
    flags = ["--auth=none", f"--bind-addr=127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    with (
        (home / "server.log").open("w") as log,
        running([*server, *flags, "--disable-workspace-trust"], env=env, stdout=log, stderr=log),
        running(
            ["node", HERE / "browser.cjs", CHROMIUM], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as browser,
    ):
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, WITHIN_S)
        yield Workbench(f"http://127.0.0.1:{port}", browser, home)
        browser.stdin.close()
        browser.wait(WITHIN_S)


@contextlib.contextmanager
def running(program: list[Any], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended at the end, with all that it started: code-server lets its own live on."""
    with subprocess.Popen(program, text=True, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(WITHIN_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
