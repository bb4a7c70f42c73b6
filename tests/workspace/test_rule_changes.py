"""What changes what is ignored, without being a rule file in the workspace, has everything looked at anew."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import scan
from bridge.workspace.watcher import Watcher
from tests.workspace.conftest import LIMIT_BYTES, git, grow

WITHIN_S = 10.0
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify and mounts are Linux's")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's git configuration, in a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return tmp_path / ".gitconfig"


@pytest.fixture
def root(tmp_path: Path, settings: Path) -> Path:
    return grow(tmp_path / "root", {"a.py": "a", "in/b.py": "b", "in/c.py": "c"})


class Kept:
    """What is known of a root: looked at whole, and again whenever the watcher says so."""

    def __init__(self, root: Path) -> None:
        self._filter = WorkspaceFilter(root)
        self.watcher = Watcher(self._filter)
        self.look()

    def look(self) -> None:
        found = scan(self._filter, LIMIT_BYTES, self.watcher.watch).files
        self.files = {file.path for file in found if file.path.endswith(".py")}

    async def until(self, files: set[str]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while self.files != files:
                if (await self.watcher.next()).rescan:
                    self.look()


def mounted(*command: str) -> bool:
    """Whether a command of mount(8) or umount(8) succeeded."""
    return not subprocess.run(command, check=False, capture_output=True).returncode


@pytest.fixture
async def kept(root: Path):
    def begin() -> Kept:
        keepers.append(Kept(root))
        return keepers[-1]

    keepers: list[Kept] = []
    yield begin
    for one in keepers:
        await one.watcher.aclose()


async def test_the_repository_names_another_file_of_excludes(root, kept):
    git(root, "init", "-q")
    (root.parent / "excludes").write_text("in/\n")
    known = kept()
    git(root, "config", "core.excludesFile", str(root.parent / "excludes"))
    await known.until({"a.py"})
    (root.parent / "excludes").write_text("a.py\n")
    await known.until({"in/b.py", "in/c.py"})


async def test_the_user_names_a_file_of_excludes(root, kept, settings):
    git(root, "init", "-q")
    (root.parent / "excludes").write_text("in/\n")
    known = kept()
    settings.write_text(f"[core]\n\texcludesFile = {root.parent / 'excludes'}\n")
    await known.until({"a.py"})


async def test_a_folder_becomes_a_repository_and_no_longer_is_one(root, kept):
    git(root, "init", "-q")
    (root / ".gitignore").write_text("b.py\n")
    known = kept()
    assert known.files == {"a.py", "in/c.py"}
    git(root / "in", "init", "-q")
    await known.until({"a.py", "in/b.py", "in/c.py"})
    (root / "in/.git/info").mkdir(exist_ok=True)
    (root / "in/.git/info/exclude").write_text("c.py\n")
    await known.until({"a.py", "in/b.py"})
    (root / "in/.git").rename(root.parent / "away")
    await known.until({"a.py", "in/c.py"})


async def test_the_root_becomes_a_repository(root, kept):
    known = kept()
    git(root, "init", "-q", "--template=")
    (root / ".git/info").mkdir()
    (root / ".git/info/exclude").write_text("in/\n")
    await known.until({"a.py"})


async def test_a_head_that_comes_late_makes_a_repository(root, kept):
    """Between the two the folder is none, and is looked at as none."""
    (root / ".gitignore").write_text("b.py\n")
    known = kept()
    git(root.parent, "init", "-q", "new")
    head = root.parent / "new/.git/HEAD"
    text = head.read_text()
    head.unlink()
    (root.parent / "new/.git").rename(root / "in/.git")
    async with asyncio.timeout(WITHIN_S):
        while not (await known.watcher.next()).rescan:
            pass
    known.look()
    assert known.files == {"a.py", "in/c.py"}
    (root / "in/.git/HEAD").write_text(text)
    await known.until({"a.py", "in/b.py", "in/c.py"})


async def test_what_is_mounted_and_unmounted_is_noticed(root, kept):
    known = kept()
    if not mounted("mount", "-t", "tmpfs", "none", str(root / "in")):
        pytest.skip("only root may mount")
    try:
        await known.until({"a.py"})
        (root / "in/new.py").write_text("n")
        known.look()
        assert known.files == {"a.py", "in/new.py"}
    finally:
        assert mounted("umount", str(root / "in"))
    assert known.watcher.drain().rescan
    known.look()
    assert known.files == {"a.py", "in/b.py", "in/c.py"}
