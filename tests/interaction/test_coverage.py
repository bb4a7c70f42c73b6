"""Every promise has a test, every test here a promise."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

from tests.interaction._requirements import REQUIREMENTS

HERE = Path(__file__).parent
# Tests elsewhere may show requirements, too.
ELSEWHERE = ("tests.assistant.test_answers", "tests.assistant.test_schemas", "tests.e2e.test_mcp_tools")


def _tests() -> Iterator[tuple[str, list[str]]]:
    """Each test's name, and the requirements that it names."""
    here = [f"tests.interaction.{path.stem}" for path in sorted(HERE.glob("test_*.py"))]
    for module in map(importlib.import_module, [*here, *ELSEWHERE]):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and function.__module__ == module.__name__:
                marks = getattr(function, "pytestmark", [])
                yield f"{module.__name__}.{name}", [mark.args[0] for mark in marks if mark.name == "requirement"]


def test_every_requirement_has_a_test():
    shown = {name for _, named in _tests() for name in named}
    assert REQUIREMENTS.keys() - shown == set()


def test_every_test_of_this_folder_shows_a_requirement_that_there_is():
    for test, named in _tests():
        if test.startswith("tests.interaction.") and not test.startswith(__name__):
            assert named, test
        assert set(named) <= REQUIREMENTS.keys(), test


def test_every_requirement_says_what_and_whence():
    for name, one in REQUIREMENTS.items():
        assert ":" in name
        assert one.behavior.endswith(".")
        assert one.source == "ours" or one.source.startswith("https://modelcontextprotocol.io/specification/")
