"""A user's home with a daemon that ends with the test, and a real project to ask about."""

from __future__ import annotations

import ast
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import rich

from tests.conftest import stop_daemon


@pytest.fixture
def user_home() -> Iterator[Path]:
    """A home with a short path; the daemon that clients start from it is stopped at the end."""
    path = Path(tempfile.mkdtemp(prefix="ci-user-"))
    yield path
    stop_daemon(path / ".codeindex")
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def rich_sources(tmp_path_factory) -> Path:
    """The sources of rich, as it is installed here, in a repository of their own."""
    root = tmp_path_factory.mktemp("rich")
    shutil.copytree(Path(rich.__file__).parent, root / "rich", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@pytest.fixture(scope="session")
def console_class(rich_sources) -> tuple[str, int]:
    """Where `class Console` is, by Python's own parser: path and line."""
    path = "rich/console.py"
    tree = ast.parse((rich_sources / path).read_text())
    (line,) = (node.lineno for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Console")
    return path, line
