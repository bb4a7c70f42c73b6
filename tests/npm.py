"""Fixtures for suites that come from npm, in folders of the tests' own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nodejs import npm, path_with_node

NODE_AT_LEAST = (22, 19)


@pytest.fixture(scope="session")
def npm_environment(tmp_path_factory) -> dict[str, str]:
    """An environment in which npm and what it installs write nowhere but into the test's folder."""
    path = path_with_node(NODE_AT_LEAST, tmp_path_factory.mktemp("node"))
    return {**os.environ, "PATH": path, "HOME": str(tmp_path_factory.mktemp("npm-home"))}


@pytest.fixture(scope="session")
def npm_installed(npm_environment, tmp_path_factory) -> Callable[[str], Path]:
    """Installs a package; gives the folder of its commands."""

    def install(package: str) -> Path:
        folder = tmp_path_factory.mktemp("npm")
        npm("install", package, cwd=folder, env=npm_environment)
        return folder / "node_modules" / ".bin"

    return install
