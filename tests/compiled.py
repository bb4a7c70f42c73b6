"""Runs a command on the compiled form of extraction: `python -m tests.compiled pytest -q tests/extract tests/golden`.

A checkout itself always runs plain. So the wheel is built, installed in a folder of its own with a copy of the tests
beside it, and the command run there; it fails if nothing could be compiled. What is built is removed again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
IGNORED = shutil.ignore_patterns("node_modules", "__pycache__", "results")


def main() -> int:
    """Install, run, clean up; return the command's exit code."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory(prefix="codeindex-compiled-") as name:
        folder = Path(name)
        install(folder)
        for copied in ("tests", "tools"):
            shutil.copytree(ROOT / copied, folder / copied, ignore=IGNORED)
        for copied in ("pyproject.toml", "hatch_build.py"):
            shutil.copy(ROOT / copied, folder)
        environment = os.environ | {"PYTHONPATH": name}
        return subprocess.run(sys.argv[1:], cwd=folder, env=environment, check=False).returncode


def install(folder: Path) -> None:
    """Build the wheel, compiled, and unpack it there; what it needs is in the environment that runs this."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, ROOT]
    subprocess.run(pip, env=os.environ | {"CODEINDEX_COMPILE": "1"}, check=True)


if __name__ == "__main__":
    raise SystemExit(main())
