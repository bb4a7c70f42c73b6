"""The plugin in a real Claude Code, offline: its model reaches our tools and our language server through it.

Slow: Claude Code is fetched from npm, the first time.
"""

from __future__ import annotations

import shutil

import pytest

from tests.clients.agents import AGENTS
from tests.clients.models.scripted import ScriptedModel, serving
from tests.clients.npm import installed
from tests.clients.processes import environment, run
from tests.clients.test_agents import names_place
from tests.setup.ready_files import FOLDER

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: Claude Code comes from there"),
]

CLAUDE = AGENTS[0]


@pytest.fixture
def ask(user_home, rich_sources):
    """Let the scripted model of a Claude Code that has the plugin call one tool; return what that answered."""
    claude = installed(CLAUDE.package, CLAUDE.command)

    def run_it(tool: str, allowed: str, arguments: dict) -> str:
        model = ScriptedModel(CLAUDE.dialect(), tool, arguments)
        with serving(model) as address:
            environ = environment(user_home, **CLAUDE.environment(address), ENABLE_LSP_TOOL="1")
            assert run(["codeindex", "index"], rich_sources, environ).returncode == 0
            market = str(FOLDER / "claude-code")
            for command in (["marketplace", "add", market], ["install", "codeindex@codeindex"]):
                assert run([claude, "plugin", *command], rich_sources, environ).returncode == 0
            conversation = ["-p", "Where?", "--model", "scripted-1", "--allowedTools", allowed]
            ran = run([claude, *conversation], rich_sources, environ)
        assert model.results, f"{ran.stdout}\n{ran.stderr}\noffered: {sorted(model.offered)}"
        return model.results[0]

    return run_it


def test_the_plugins_tools_answer(ask, console_class):
    tool = "mcp__plugin_codeindex_codeindex__search_symbols"
    result = ask(tool, tool, {"query": "Console", "kind": "class"})
    assert names_place(result, *console_class)


def test_the_plugins_language_server_answers(ask, console_class):
    path, line = console_class
    place = {"filePath": path, "line": line, "character": 7}
    assert path in ask("LSP", "LSP", {"operation": "goToDefinition", **place})
