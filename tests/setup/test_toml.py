"""A TOML document keeps its comments and its order."""

from __future__ import annotations

import tomllib

import pytest

from bridge.setup.toml import Malformed, merge

ENTRY = {"mcp_servers": {"codeindex": {"command": "codeindex", "args": ["mcp"]}}}
MINE = """# Mine.
model = "best"   # of all

[mcp_servers.other]
command = "x"  # keep me

[profiles.work]
model = "other"
"""


@pytest.mark.parametrize(
    "text", ["", "# nothing yet\n", MINE, "[mcp_servers]\n", 'mcp_servers = { other = { command = "x" } }\n']
)
def test_what_was_there_stays_and_a_second_time_changes_nothing(text):
    once = merge(text, ENTRY)
    expected = tomllib.loads(text)
    expected["mcp_servers"] = {**expected.get("mcp_servers", {}), **ENTRY["mcp_servers"]}
    assert tomllib.loads(once) == expected
    assert merge(once, ENTRY) is once
    assert all(line in once.splitlines() for line in text.splitlines() if "#" in line)


def test_an_entry_is_brought_up_to_date_and_keeps_what_others_added():
    text = '[mcp_servers.codeindex]\ncommand = "/old"\nenabled = false\nargs = ["mcp"]\n'
    assert merge(text, ENTRY) == text.replace("/old", "codeindex")


@pytest.mark.parametrize("text", ["a = ", "[a\n", 'mcp_servers = "none"\n', "a = 1\na = 2\n"])
def test_what_is_no_toml_is_refused(text):
    with pytest.raises(Malformed):
        merge(text, ENTRY)
