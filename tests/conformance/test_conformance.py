"""The official conformance suite on our server object.

Slow: it fetches the suite from npm. Scenarios that need a server made for the suite (with tools called
`test_simple_text` and the like) do not apply to a server that has its own tools; each is listed with its reason, and
what the suite has and we have not listed fails the test, so that nothing is passed over in silence.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.conformance.scenarios import APPLICABLE, EXCEPTED, INAPPLICABLE
from tests.conftest import codeindex

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed: the suite comes from there"),
]

SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
SCENARIO_TIMEOUT_S = 120


@pytest.fixture(scope="module")
def suite(npm_installed):
    """The suite's command."""
    return npm_installed(SUITE) / "conformance"


@pytest.fixture
def url(home, project):
    """Where our server listens."""
    assert codeindex(home, "index", cwd=project).returncode == 0
    command = [sys.executable, "-m", "tests.conformance.serve", str(home), str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.stdin.close()
        server.wait(30)


def run(suite, environment, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [suite, *options], env=environment, capture_output=True, text=True, timeout=SCENARIO_TIMEOUT_S, check=False
    )


def test_every_scenario_of_the_suite_is_run_or_has_a_reason(suite, npm_environment):
    said = run(suite, npm_environment, "list", "--server").stdout
    known = {line.split()[1] for line in said.splitlines() if line.startswith("  - ")}
    assert known == APPLICABLE | INAPPLICABLE.keys()


def test_every_applicable_scenario_passes(suite, npm_environment, url, tmp_path):
    failed = {}
    for scenario in sorted(APPLICABLE):
        ran = run(suite, npm_environment, "server", "--url", url, "--scenario", scenario, "-o", str(tmp_path))
        checks = [
            check
            for file in tmp_path.rglob("checks.json")
            if scenario in str(file)
            for check in json.loads(file.read_text())
        ]
        assert checks, (scenario, ran.stdout, ran.stderr)
        bad = [check for check in checks if check["status"] == "FAILURE" and check["id"] not in EXCEPTED]
        if bad:
            failed[scenario] = bad
    assert not failed
