"""Programs from PyPI, in an environment of their own that is kept between runs."""

from __future__ import annotations

import subprocess
import venv
from functools import cache
from pathlib import Path

from tests.clients.npm import FETCH_TIMEOUT_S, KEPT


@cache
def installed(requirement: str, command: str) -> Path:
    """The command of a package, which is fetched the first time."""
    folder = KEPT / requirement
    found = folder / "bin" / command
    if not found.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", requirement], check=True, timeout=FETCH_TIMEOUT_S)
    return found
