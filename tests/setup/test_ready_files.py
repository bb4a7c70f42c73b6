"""What lies in editor-configs/ is what `codeindex setup` writes, and says the version and the languages that hold."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from grpc_backend.extract.detect import dialect_of
from tests.setup.ready_files import FOLDER, ready_files

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("file", "text"), list(ready_files()), ids=lambda value: getattr(value, "name", ""))
def test_a_ready_file_is_what_setup_writes(file, text):
    assert file.read_text() == text


def document(name: str) -> dict:
    return json.loads((FOLDER / name).read_text())


PLUGIN = document("claude-code/plugin/.claude-plugin/plugin.json")
MARKET = document("claude-code/.claude-plugin/marketplace.json")
REGISTRY = document("mcp-registry/server.json")
BUNDLE = document("mcpb/manifest.json")


def test_all_manifests_say_the_version_and_the_package_that_this_is():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (package,) = REGISTRY["packages"]
    assert package["identifier"] == project["name"]
    versions = [PLUGIN["version"], MARKET["plugins"][0]["version"], REGISTRY["version"], package["version"]]
    assert {*versions, BUNDLE["version"]} == {project["version"]}


def test_the_readme_names_the_server_as_the_registry_does():
    assert re.findall(r"<!-- mcp-name: (\S+) -->", (ROOT / "README.md").read_text()) == [REGISTRY["name"]]


def test_the_plugin_starts_the_language_server_for_what_is_indexed():
    (server,) = PLUGIN["lspServers"].values()
    assert [server["command"], *server["args"]] == ["codeindex", "lsp"]
    unknown = [one for one in server["extensionToLanguage"] if not dialect_of(f"file{one}")]
    assert not unknown


def test_manifests_start_the_mcp_server():
    assert PLUGIN["mcpServers"] == document("claude-code/mcp.json")["mcpServers"]
    assert [argument["value"] for argument in REGISTRY["packages"][0]["packageArguments"]] == ["mcp"]
    assert "mcp" in BUNDLE["server"]["mcp_config"]["args"]
