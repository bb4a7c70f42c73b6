"""The official inspector finds nothing to complain about in both eras, and gets an answer from everything there is.

Slow: it fetches the inspector from npm and Django from PyPI. `--strict` is of `tools/list` alone: the inspector takes
it with nothing else. Its `--cli` knows all methods but completions, which its `mcpdo` has; that one keeps a daemon of
its own, in the test's folder, which is stopped at the end.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import codeindex, stop_daemon
from tests.e2e.django_calls import CALLS, RESPONSE, check

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: the inspector comes from there"),
]

INSPECTOR = "@modelcontextprotocol/inspector@2"
CALL_TIMEOUT_S = 120
ERAS = ("legacy", "modern")
RESOURCES = {
    "codeindex://status": "symbols",
    "codeindex://outline/": "It holds:",
    f"codeindex://outline/{RESPONSE}": "class HttpResponseBase",
    f"codeindex://symbol/{RESPONSE}#HttpResponseBase.set_cookie": "def set_cookie(",
}
PROMPTS = {"find_your_way": ([], "django: 1155 files"), "what_breaks": (["symbol=set_cookie"], "uses of 'set_cookie'")}
COMPLETIONS = [
    ("ref/prompt", "what_breaks", "symbol", "HttpRes", "HttpResponse"),
    ("ref/prompt", "what_breaks", "kind", "met", "method"),
    ("ref/prompt", "what_breaks", "language", "py", "python"),
    ("ref/prompt", "find_your_way", "path", "django/ht", "django/http/"),
    ("ref/prompt", "find_your_way", "near", "django/ht", "django/http/"),
    ("ref/resource", "codeindex://outline/{+path}", "path", "django/ht", "django/http/"),
    (
        "ref/resource",
        "codeindex://symbol/{+id}",
        "id",
        f"{RESPONSE}#HttpResponseBase.set_c",
        f"{RESPONSE}#HttpResponseBase.set_cookie",
    ),
]


@pytest.fixture(scope="module")
def inspector(npm_installed):
    """The folder of the inspector's commands."""
    return npm_installed(INSPECTOR)


@pytest.fixture(scope="module")
def server(django) -> Iterator[list[str]]:
    """The command of our server, with its index made: once for all, since nothing here changes it."""
    home = Path(tempfile.mkdtemp(prefix="ci-home-"))
    assert codeindex(home, "index", cwd=django).returncode == 0
    yield [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(django)]
    stop_daemon(home)
    shutil.rmtree(home)


@pytest.fixture
def inspect(inspector, server, npm_environment):
    """Runs `mcp-inspector --cli` on our server; gives the result. Fails if it says anything but that."""

    def run(*options: str) -> dict:
        ran = subprocess.run(
            [inspector / "mcp-inspector", "--cli", *server, "--format", "json", "-q", *options],
            env=npm_environment,
            capture_output=True,
            text=True,
            timeout=CALL_TIMEOUT_S,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)["result"]

    return run


@pytest.mark.parametrize("era", ERAS)
def test_every_tool_answers_and_no_schema_is_found_fault_with(inspect, era):
    listed = inspect("--method", "tools/list", "--strict", "--protocol-era", era)
    assert {tool["name"] for tool in listed["tools"]} == set(CALLS)
    for tool, arguments in CALLS.items():
        given = [f"{name}={json.dumps(value)}" for name, value in arguments.items()]
        options = ["--tool-arg", *given] if given else []
        called = inspect("--method", "tools/call", "--tool-name", tool, *options, "--protocol-era", era)
        check(tool, called["structuredContent"])
        assert called["content"][0]["text"]


@pytest.mark.parametrize("era", ERAS)
def test_every_resource_and_template_is_listed_and_read(inspect, era):
    rest = ("--protocol-era", era)
    listed = inspect("--method", "resources/list", *rest)["resources"]
    assert {one["uri"] for one in listed} == {"codeindex://status", "codeindex://outline/"}
    templates = inspect("--method", "resources/templates/list", *rest)["resourceTemplates"]
    assert {one["uriTemplate"] for one in templates} == {"codeindex://outline/{+path}", "codeindex://symbol/{+id}"}
    for uri, words in RESOURCES.items():
        assert words in inspect("--method", "resources/read", "--uri", uri, *rest)["contents"][0]["text"]


@pytest.mark.parametrize("era", ERAS)
def test_every_prompt_is_listed_and_got(inspect, era):
    rest = ("--protocol-era", era)
    assert {one["name"] for one in inspect("--method", "prompts/list", *rest)["prompts"]} == set(PROMPTS)
    for prompt, (arguments, words) in PROMPTS.items():
        given = ["--prompt-args", *arguments] if arguments else []
        got = inspect("--method", "prompts/get", "--prompt-name", prompt, *given, *rest)
        assert words in got["messages"][0]["content"]["text"]


@pytest.fixture
def connection(inspector, server, npm_environment):
    """Runs `mcpdo` on a connection of either era; its daemon is stopped at the end."""

    def run(*options: str) -> dict:
        ran = subprocess.run(
            [inspector / "mcpdo", "--format", "json", *options],
            env=npm_environment,
            capture_output=True,
            text=True,
            timeout=CALL_TIMEOUT_S,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)

    def connect(era: str):
        name = run("connect", "--era", era, "--", *server)["name"]
        return lambda *options: run("--connection", name, *options)

    yield connect
    subprocess.run([inspector / "mcpdo", "daemon", "stop"], env=npm_environment, check=False, timeout=CALL_TIMEOUT_S)


@pytest.mark.parametrize("era", ERAS)
def test_every_argument_is_completed(connection, era):
    on_connection = connection(era)
    for kind, ref, argument, value, expected in COMPLETIONS:
        names = ("--complete-ref-type", kind, "--complete-ref", ref)
        given = ("--complete-arg-name", argument, "--complete-arg-value", value)
        said = on_connection("prompts/complete", *names, *given)
        assert expected in json.dumps(said), (ref, argument)
