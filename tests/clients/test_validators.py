"""What `codeindex setup` writes and editor-configs/ holds is taken by those it is for.

Slow: clients and validators are fetched from npm and PyPI, the first time.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.clients import npm, pypi
from tests.clients.agents import AGENTS
from tests.clients.processes import environment, run
from tests.e2e.django_calls import CALLS
from tests.e2e.mcp_client import ask
from tests.setup.ready_files import FOLDER

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: the clients come from there"),
]

CLAUDE, CODEX, COPILOT, GEMINI, OPENCODE = AGENTS
COLOUR_OR_MARK = re.compile(r"\x1b\[[0-9;]*m|[✓│●]")
LISTED = {
    CLAUDE.client: (["mcp", "list"], "codeindex: codeindex mcp - ✔ Connected"),
    CODEX.client: (["mcp", "list"], "codeindex  codeindex  mcp"),
    COPILOT.client: (["mcp", "get", "codeindex"], "codeindex mcp"),
    GEMINI.client: (["mcp", "list"], "codeindex: codeindex mcp (stdio) - Connected"),
    OPENCODE.client: (["mcp", "list"], "codeindex connected codeindex mcp"),
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """The bundle as it is built for release."""
    out = tmp_path_factory.mktemp("bundle") / "codeindex.mcpb"
    runpy.run_path(str(FOLDER / "mcpb/build.py"))["build"](out)
    return out


@pytest.fixture
def installed_bundle(bundle, user_home, tmp_path) -> tuple[Path, Path, dict[str, str]]:
    """uv, the folder into which a client unpacks the bundle, and the environment; what it needs is fetched already."""
    uv = pypi.installed("uv==0.13.9", "uv")
    folder = tmp_path / "unpacked"
    shutil.unpack_archive(bundle, folder, "zip")
    settings = {"UV_CACHE_DIR": str(npm.KEPT / "uv-cache"), "UV_PYTHON_DOWNLOADS": "never"}
    sync = [uv, "sync", "--no-dev", "--quiet", "--directory", folder]
    subprocess.run(sync, env={**os.environ, **settings}, check=True, timeout=npm.FETCH_TIMEOUT_S)
    return uv, folder, environment(user_home, **settings, UV_OFFLINE="1")


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.client)
def test_a_client_lists_what_setup_wrote(agent, user_home, rich_sources):
    agent.prepare(user_home, "http://127.0.0.1:9")
    environ = environment(user_home)
    assert run(["codeindex", "setup", agent.client], rich_sources, environ).returncode == 0
    arguments, expected = LISTED[agent.client]
    ran = run([npm.installed(agent.package, agent.command), *arguments], rich_sources, environ)
    said = COLOUR_OR_MARK.sub("", ran.stdout + ran.stderr).split()
    assert " ".join(expected.split()) in " ".join(said)


def test_claude_code_takes_the_plugin_and_its_marketplace(user_home, tmp_path):
    claude = npm.installed(CLAUDE.package, CLAUDE.command)
    market = FOLDER / "claude-code"
    environ = environment(user_home)
    for command in (
        ["plugin", "validate", market, "--strict"],
        ["plugin", "validate", market / "plugin", "--strict"],
        ["plugin", "validate", market / "plugin", "--profile", "directory"],
        ["plugin", "marketplace", "add", market],
        ["plugin", "install", "codeindex@codeindex"],
    ):
        ran = run([claude, *command], tmp_path, environ)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    details = run([claude, "plugin", "details", "codeindex@codeindex"], tmp_path, environ).stdout
    assert "MCP servers (1)" in details
    assert "LSP servers (1)" in details
    listed = run([claude, "mcp", "list"], tmp_path, environ).stdout
    assert "plugin:codeindex:codeindex: codeindex mcp - ✔ Connected" in listed


def test_the_registry_entry_fits_the_registrys_schema(user_home, tmp_path):
    skillsaw = pypi.installed("skillsaw==0.22.0", "skillsaw")
    entry = json.loads((FOLDER / "mcp-registry/server.json").read_text())
    for name, document, verdict in (("good", entry, 0), ("bad", {**entry, "version": 1}, 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "server.json").write_text(json.dumps(document))
        ran = run([skillsaw, "lint", "."], tmp_path / name, environment(user_home))
        assert ran.returncode == verdict, ran.stdout + ran.stderr


def test_mcpb_takes_the_bundle_and_its_manifest(user_home, bundle, tmp_path):
    mcpb = npm.installed("@anthropic-ai/mcpb@2.1.2", "mcpb")
    for command in (["validate", FOLDER / "mcpb/manifest.json"], ["unpack", bundle, tmp_path / "unpacked"]):
        ran = run([mcpb, *command], tmp_path, environment(user_home))
        assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = run([mcpb, "validate", tmp_path / "unpacked/manifest.json"], tmp_path, environment(user_home))
    assert ran.returncode == 0, ran.stdout + ran.stderr


async def test_the_bundle_runs_by_uv_as_its_manifest_says(installed_bundle, rich_sources, console_class):
    uv, folder, environ = installed_bundle
    config = json.loads((folder / "manifest.json").read_text())["server"]["mcp_config"]
    values = {"${__dirname}": str(folder), "${user_config.workspace}": str(rich_sources)}
    arguments = [values.get(argument, argument) for argument in config["args"]]
    server = StdioServerParameters(command=str(uv), args=arguments, env=environ)
    async with Client(server) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == set(CALLS)
        found = await ask(client, "search_symbols", query="Console", kind="class", wait_ms=30_000)
    path, line = console_class
    assert any((hit["path"], hit["line"]) == (path, line) for hit in found["symbols"])
