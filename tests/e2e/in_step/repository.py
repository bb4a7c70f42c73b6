"""A git repository for histories to begin with."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.in_step.truth import text_of

BRANCHES = ("main", "other", "third")
GIT = ["git", "-c", "user.email=a@b", "-c", "user.name=a", "-c", "core.fsync=none", "-c", "gc.auto=0"]


def make_repository(root: Path) -> None:
    """Three branches that differ in a few files."""
    subprocess.run([*GIT, "init", "-q", "--template=", "-b", "main", str(root)], check=True)
    for number, branch in enumerate(BRANCHES):
        if number:
            git(root, "checkout", "-qb", branch)
        for step, path in enumerate(("a.py", "b.py", "src/a.py", "src/deep/c.py", "lib/d.py")):
            if (number + step) % 3:
                file = root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text_of(number * 5 + step if step % 2 else step))
        (root / "notes.txt").write_text("in no language\n")
        git(root, "add", "-A")
        git(root, "commit", "-qm", branch)
    git(root, "checkout", "-q", "main")
    git(root, "gc", "-q")  # a pack is copied faster than its objects, for every history


def git(root: Path, *words: str) -> str:
    """Run git in a repository; return what it complained of."""
    done = subprocess.run([*GIT, "-C", str(root), *words], check=False, capture_output=True, text=True)
    return done.stderr.strip()
