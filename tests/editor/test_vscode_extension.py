"""The VS Code extension without VS Code: its manifest agrees with the server, and its own tests pass."""

from __future__ import annotations

import json
import os
import re
import shutil

import pytest

from bridge.editor.commands import COMMANDS
from bridge.editor.features import ALL
from tests.editor.workbench import EXTENSION
from tests.nodejs import npm

MANIFEST = json.loads((EXTENSION / "package.json").read_text())


def test_the_settings_know_every_feature_of_the_server():
    off = MANIFEST["contributes"]["configuration"]["properties"]["codeindex.off"]
    (listed,) = (one["items"]["enum"] for one in off["additionalProperties"]["anyOf"] if one["type"] == "array")
    names = [one.name for one in ALL]
    assert listed == names
    yielded = (EXTENSION / "src/settings.ts").read_text().partition("ABOUT_A_DOCUMENT: readonly string[] = [")[2]
    yielded = yielded.partition("]")[0]
    assert sorted(re.findall(r'"(\w+)"', yielded)) == sorted(set(names) - {"workspaceSymbol"})


def test_its_commands_are_those_of_the_manifest_and_not_the_servers():
    """The client registers the server's commands under their own names: the same name twice is an error."""
    registered = set(re.findall(r'^ *"(codeindex\.\w+)": \(\) =>', (EXTENSION / "src/extension.ts").read_text(), re.M))
    announced = {one["command"] for one in MANIFEST["contributes"]["commands"]}
    assert announced <= registered
    assert not registered & COMMANDS.keys()


def test_the_lock_names_no_registry():
    locked = json.loads((EXTENSION / "package-lock.json").read_text())
    assert locked["packages"]
    assert not [name for name, one in locked["packages"].items() if "resolved" in one]


@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm")
def test_its_own_tests_pass(tmp_path):
    """Types and units, in a copy. Fetches esbuild, TypeScript and the language client from npm."""
    sources = shutil.copytree(EXTENSION, tmp_path / "extension", ignore=shutil.ignore_patterns("node_modules", "dist"))
    env = {**os.environ, "HOME": str(tmp_path)}
    npm("ci", cwd=sources, env=env)
    npm("run", "check", cwd=sources, env=env)
    ran = npm("test", cwd=sources, env=env)
    passed = re.search(r"^\W pass (\d+)$", ran, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) >= 20
    assert re.search(r"^\W fail 0$", ran, re.MULTILINE)
