"""`codeindex setup`, as a user types it, in a home of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge import cli
from bridge.setup.clients import CLIENTS

NAMES = [client.name for client in CLIENTS]


@pytest.fixture
def user(tmp_path, monkeypatch) -> Path:
    """A user's home; the current folder is a repository in it."""
    home = tmp_path / "user"
    (home / "repository/.git").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for variable in (
        "CODEINDEX_HOME",
        "CLAUDE_CONFIG_DIR",
        "CLAUDE_PROJECT_DIR",
        "CODEX_HOME",
        "COPILOT_HOME",
        "XDG_CONFIG_HOME",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(home / "repository")
    return home


@pytest.fixture
def setup(user, capsys):
    """Run the verb with --json; return what it says. It must succeed."""

    def run(*arguments: str) -> dict:
        code = cli.run(["setup", *arguments, "--json"])
        said = capsys.readouterr()
        assert code == 0, said.err
        return json.loads(said.out)

    return run


@pytest.mark.parametrize("name", NAMES)
def test_a_client_is_set_up_once(setup, user, name):
    first = setup(name)
    file = Path(first["file"])
    assert (first["changed"], first["backup"]) == (True, None)
    assert file.is_relative_to(user)
    text = file.read_text()
    assert "codeindex" in text
    assert "mcp" in text
    assert setup(name) == {**first, "changed": False}
    assert file.read_text() == text
    assert [one for one in user.rglob("*") if one.is_file()] == [file]


@pytest.mark.parametrize("name", NAMES)
def test_print_writes_nothing_and_shows_what_a_new_file_gets(setup, user, capsys, name):
    assert cli.run(["setup", name, "--print"]) == 0
    printed = capsys.readouterr().out
    assert not [one for one in user.rglob("*") if one.is_file()]
    assert Path(setup(name)["file"]).read_text() == printed


def test_the_list_names_every_client_and_its_file(setup, user):
    listed = setup("--list")["clients"]
    assert [one["client"] for one in listed] == NAMES
    assert not any(one["exists"] for one in listed)
    setup("zed")
    assert [one["client"] for one in setup("--list")["clients"] if one["exists"]] == ["zed"]


def test_what_else_is_in_a_file_stays_and_a_copy_is_kept(setup, user):
    file = user / ".gemini/settings.json"
    file.parent.mkdir()
    file.write_text('{\n  // mine\n  "theme": "Dracula"\n}\n')
    said = setup("gemini")
    assert Path(said["backup"]).read_text() == '{\n  // mine\n  "theme": "Dracula"\n}\n'
    assert file.read_text().startswith('{\n  // mine\n  "theme": "Dracula",\n  "mcpServers": {\n    "codeindex": {')


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("cursor", ".cursor/mcp.json", '{"mcpServers": {'),
        ("cursor", ".cursor/mcp.json", '{"mcpServers": []}'),
        ("codex", ".codex/config.toml", "model = "),
        ("codex", ".codex/config.toml", "mcp_servers = 1"),
    ],
)
def test_a_file_that_is_not_understood_is_left_alone(user, capsys, name, file, text):
    (user / file).parent.mkdir()
    (user / file).write_text(text)
    assert cli.run(["setup", name]) == 3
    error = capsys.readouterr().err
    assert f"{user / file} is not understood, so it was left alone: " in error
    assert [(user / file).read_text(), len(list((user / file).parent.iterdir()))] == [text, 1]


def test_a_project_gets_a_file_that_fits_everyone(setup, user, monkeypatch):
    monkeypatch.setenv("PATH", str(user))  # where this installation is not
    project = user / "repository"
    said = setup("vscode", "--project", str(project))
    assert said["file"] == str(project / ".vscode/mcp.json")
    server = json.loads(Path(said["file"]).read_text())["servers"]["codeindex"]
    assert server == {"type": "stdio", "command": "codeindex", "args": ["mcp", "--workspace", "${workspaceFolder}"]}


def test_workspaces_and_a_home_of_ones_own_are_handed_on(user, capsys, tmp_path):
    (tmp_path / "other").mkdir()
    arguments = ["--workspace", ".", "--workspace", str(tmp_path / "other"), "--print"]
    assert cli.run(["--home", str(tmp_path / "state"), "setup", "opencode", *arguments]) == 0
    command = json.loads(capsys.readouterr().out)["mcp"]["codeindex"]["command"]
    named = ["--workspace", str(user / "repository"), "--workspace", str(tmp_path / "other")]
    assert command[1:] == ["--home", str(tmp_path / "state"), "mcp", *named]


def test_a_client_that_knows_no_project_gets_the_current_one(setup, user):
    server = json.loads(Path(setup("windsurf")["file"]).read_text())["mcpServers"]["codeindex"]
    assert server["args"] == ["mcp", "--workspace", str(user / "repository")]
    assert Path(server["command"]).is_absolute()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "name a client"),
        (["windsrf"], "did you mean windsurf?"),
        (["notepad"], "`codeindex setup --list` shows"),
        (["windsurf"], "name it with --workspace DIR"),
        (["windsurf", "--project", "."], "has no file in a project"),
        (["zed", "--workspace", "missing"], "missing is no folder"),
        (["zed", "--workspace", "/"], "the whole file system"),
    ],
)
def test_a_wish_that_cannot_be_met_says_what_to_do(user, capsys, monkeypatch, tmp_path, arguments, error):
    (tmp_path / "no-repository").mkdir()
    monkeypatch.chdir(tmp_path / "no-repository")
    assert cli.run(["setup", *arguments]) == 2
    assert error in capsys.readouterr().err
