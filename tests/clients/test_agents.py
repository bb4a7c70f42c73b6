"""Five real agents, offline: each lists our tools, calls one on a real repository, hands its model the right answer.

Slow: they are fetched from npm, the first time.
"""

from __future__ import annotations

import re
import shutil

import pytest

from tests.clients.agents import AGENTS
from tests.clients.models.scripted import ScriptedModel, serving
from tests.clients.npm import installed
from tests.clients.processes import environment, run
from tests.e2e.django_calls import CALLS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: the agents come from there"),
]


def names_place(result: str, path: str, line: int) -> bool:
    """Whether a tool's result says `path:line`, or has both in one object of its structure."""
    return f"{path}:{line}" in result or bool(
        re.search(rf'"path":\s*"{re.escape(path)}"[^{{}}]*"line":\s*{line}\b', result)
    )


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.client)
def test_an_agent_lists_our_tools_calls_one_and_gets_the_right_answer(agent, user_home, rich_sources, console_class):
    command = installed(agent.package, agent.command)
    model = ScriptedModel(agent.dialect(), "search_symbols", {"query": "Console", "kind": "class"})
    with serving(model) as address:
        agent.prepare(user_home, address)
        environ = environment(user_home, **agent.environment(address))
        assert run(["codeindex", "index"], rich_sources, environ).returncode == 0
        setup = run(["codeindex", "setup", agent.client], rich_sources, environ)
        assert setup.returncode == 0, setup.stderr
        ran = run([command, *agent.arguments(address)], rich_sources, environ)
    told = f"{ran.stdout}\n{ran.stderr}\nasked: {model.paths}\noffered: {sorted(model.offered)}"
    assert model.results, told
    assert {tool for tool in CALLS if any(name.endswith(tool) for name in model.offered)} == set(CALLS), told
    assert names_place(model.results[0], *console_class), model.results
    assert "DONE" in ran.stdout, told
