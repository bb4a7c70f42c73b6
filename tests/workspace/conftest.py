"""Trees of real files, and a user without git configuration of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

LIMIT_BYTES = 1000


def grow(root: Path, files: Mapping[str, str] | list[str]) -> Path:
    """Write files (with their text, or empty) and their folders; a name with '/' at its end is a folder."""
    texts = files if isinstance(files, Mapping) else dict.fromkeys(files, "")
    for name, text in texts.items():
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return root


def git(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Run the real git in a folder; what it prints."""
    done = subprocess.run(["git", "-C", str(root), *arguments], input=given, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1: check-ignore found nothing
    return done.stdout


@contextlib.contextmanager
def without_privilege(root: Path) -> Iterator[None]:
    """Be a user whom permissions bind: root reads everything. The way to `root` is opened to all."""
    if os.geteuid() != 0:
        yield
        return
    for folder in root.parents[:-2]:
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture(autouse=True)
def user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "a")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "a@example.org")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "a")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "a@example.org")
    return home
