"""The official inspector finds nothing to complain about, and every tool answers it, on a real repository.

Slow: it fetches the inspector from npm and Django from PyPI. The inspector needs a newer Node.js than many
systems have; then one is installed from PyPI beside it. Nothing is installed outside the test's own folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import codeindex
from tests.e2e.django_calls import CALLS, check
from tests.nodejs import npm, path_with_node

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: the inspector comes from there"),
]

INSPECTOR = "@modelcontextprotocol/inspector@2"
NODE_AT_LEAST = (22, 19)
CALL_TIMEOUT_S = 120


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """An environment in which npm and the inspector write nowhere but into the test's folder."""
    path = path_with_node(NODE_AT_LEAST, tmp_path_factory.mktemp("node"))
    return {**os.environ, "PATH": path, "HOME": str(tmp_path_factory.mktemp("npm-home"))}


@pytest.fixture(scope="module")
def inspector(environment, tmp_path_factory) -> Path:
    """The inspector's command."""
    folder = tmp_path_factory.mktemp("inspector")
    npm("install", INSPECTOR, cwd=folder, env=environment)
    return folder / "node_modules" / ".bin" / "mcp-inspector"


def test_the_inspector_is_content_and_every_tool_answers_it(home, django, inspector, environment):
    assert codeindex(home, "index", cwd=django).returncode == 0
    server = [sys.executable, "-m", "bridge", "--home", str(home), "mcp", "--workspace", str(django)]

    def inspect(*options: str) -> dict:
        ran = subprocess.run(
            [inspector, "--cli", *server, "--format", "json", "-q", *options],
            env=environment,
            capture_output=True,
            text=True,
            timeout=CALL_TIMEOUT_S,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)["result"]

    for era in ("legacy", "modern"):
        listed = inspect("--method", "tools/list", "--strict", "--protocol-era", era)
        assert {tool["name"] for tool in listed["tools"]} == set(CALLS)
        for tool, arguments in CALLS.items():
            given = [f"{name}={json.dumps(value)}" for name, value in arguments.items()]
            options = ["--tool-arg", *given] if given else []
            called = inspect("--method", "tools/call", "--tool-name", tool, *options, "--protocol-era", era)
            check(tool, called["structuredContent"])
            assert called["content"][0]["text"]
