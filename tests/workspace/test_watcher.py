"""Watching: what happens in a workspace comes out soon, what is ignored does not, and nothing is lost unsaid."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bridge.workspace import watcher as watching
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import look, scan
from bridge.workspace.tree_source import TreeSource
from bridge.workspace.watch_limits import foreign_file_system, watch_budget
from bridge.workspace.watcher import ChangeBatch, Watcher
from tests.conftest import wait_for
from tests.workspace.conftest import LIMIT_BYTES, git, grow

WITHIN_S = 5.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


class Followed:
    """A watcher with the manifest that a syncer would keep: batches are looked at as they come."""

    def __init__(self, root: Path, watcher: Watcher, filter_: WorkspaceFilter) -> None:
        self.root = root
        self.watcher = watcher
        self.filter = filter_
        self.known: set[str] = set()
        self.rescans = -1
        self.rescan()

    def rescan(self) -> None:
        self.rescans += 1
        self.known = {file.path for file in scan(self.filter, LIMIT_BYTES, self.watcher.watch).files}

    async def step(self) -> ChangeBatch:
        batch = await self.watcher.next()
        if batch.rescan:
            self.rescan()
            return batch
        looked = look(self.filter, batch.paths, LIMIT_BYTES, self.watcher.watch)
        for gone in (*looked.gone, *looked.folders):
            self.known = {path for path in self.known if path != gone and not path.startswith(f"{gone}/")}
        self.known |= {file.path for file in looked.files}
        return batch

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                await self.step()

    async def until_told(self, path: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            while path not in (await self.step()).paths:
                pass

    async def until_right(self) -> None:
        """Until what is known is what is there."""
        await self.until(
            lambda: self.known == {file.path for file in scan(WorkspaceFilter(self.root), LIMIT_BYTES).files}
        )


@contextlib.asynccontextmanager
async def followed(root: Path, **options: int) -> AsyncIterator[Followed]:
    filter_ = WorkspaceFilter(root)
    async with contextlib.aclosing(Watcher(filter_, **options)) as watcher:
        yield Followed(root, watcher, filter_)


@pytest.fixture(params=[pytest.param("folders", marks=linux), "tree"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each source of events, here the real one for whole trees too."""
    if request.param == "tree":
        monkeypatch.setattr(watching, "_source", lambda filter_, listener, _: TreeSource(filter_, listener))
    return request.param


@pytest.mark.usefixtures("source")
class TestEverySource:
    async def test_saves_new_files_and_deletions(self, tmp_path: Path) -> None:
        root = grow(tmp_path, {"a.py": "", "s/b.py": ""})
        async with followed(root) as one:
            assert (one.watcher.mode, one.watcher.degraded) == ("events", "")
            (root / "s" / "b.py").write_text("saved")
            await one.until_told("s/b.py")
            grow(root, ["s/new.py"])
            await one.until(lambda: "s/new.py" in one.known)
            (root / "a.py").unlink()
            await one.until(lambda: "a.py" not in one.known)

    async def test_a_save_by_replacement(self, tmp_path: Path) -> None:
        root = grow(tmp_path, ["s/b.py"])
        async with followed(root) as one:
            grow(root, {"s/.b.py.tmp": "saved"})
            (root / "s/.b.py.tmp").rename(root / "s/b.py")
            await one.until_told("s/b.py")
            await one.until_right()

    async def test_what_is_ignored_is_not_told(self, tmp_path: Path) -> None:
        root = grow(tmp_path, {".gitignore": "*.log\nout/\n", "out/a.o": "", "s/b.py": "", ".git/index": ""})
        async with followed(root) as one:
            grow(root, {"x.log": "", "out/c.o": "", "s/x.log": "", ".git/index": "new", "s/last.py": ""})
            told: set[str] = set()
            async with asyncio.timeout(WITHIN_S):
                while "s/last.py" not in told:
                    told |= (await one.step()).paths
            assert told <= {"s/last.py", "s"}

    async def test_new_folders_at_any_depth(self, tmp_path: Path) -> None:
        root = grow(tmp_path / "root", ["a.py"])
        grow(tmp_path / "outside", ["in.py", "deep/in.py"])
        async with followed(root) as one:
            grow(root, ["n1/n2/n3/new.py"])
            await one.until(lambda: "n1/n2/n3/new.py" in one.known)
            grow(root, ["n1/n2/n3/later.py"])
            await one.until(lambda: "n1/n2/n3/later.py" in one.known)
            shutil.move(tmp_path / "outside", root / "moved_in")
            await one.until(lambda: {"moved_in/in.py", "moved_in/deep/in.py"} <= one.known)

    async def test_folders_moved_about(self, tmp_path: Path) -> None:
        root = grow(tmp_path / "root", ["a/b/c.py", "a/d.py", "e/f.py"])
        async with followed(root) as one:
            (root / "a").rename(root / "renamed")
            await one.until_right()
            grow(root, ["renamed/b/g.py", "a/new.py"])  # under the new name, and one more by the old one
            await one.until_right()
            (root / "renamed").rename(tmp_path / "away")
            await one.until_right()
            grow(tmp_path, ["away/b/unseen.py"])
            shutil.rmtree(root / "e")
            (root / "a").rename(root / "swap")
            grow(root, ["a"])
            await one.until_right()
            assert one.known == {"swap/new.py", "a"}

    async def test_changed_rules_ask_for_a_scan(self, tmp_path: Path) -> None:
        root = grow(tmp_path, ["a.py", "s/b.py", "s/t/c.py"])
        async with followed(root) as one:
            (root / "s" / ".gitignore").write_text("t/\n")
            await one.until(lambda: "s/t/c.py" not in one.known)
            assert one.rescans >= 1
            (root / ".codeindexignore").write_text("a.py\n")
            await one.until(lambda: "a.py" not in one.known)
            (root / "s" / ".gitignore").unlink()
            await one.until(lambda: "s/t/c.py" in one.known)
            grow(root, ["s/t/d.py"])
            await one.until(lambda: "s/t/d.py" in one.known)

    async def test_it_stops_without_leaving_anything(self, tmp_path: Path) -> None:
        root = grow(tmp_path, ["a"])
        before = instances()
        async with followed(root), followed(root):
            assert instances() == before + 2
        assert not [one for one in threading.enumerate() if one.name == "watcher"]
        wait_for(lambda: instances() == before)  # watchfiles lets go from a thread of its own

    async def test_a_cancelled_wait_loses_nothing(self, tmp_path: Path) -> None:
        root = grow(tmp_path, ["a.py"])
        async with followed(root) as one:
            waiting = asyncio.create_task(one.watcher.next())
            grow(root, ["b.py"])
            async with asyncio.timeout(WITHIN_S):
                await one.watcher._something.wait()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await one.until(lambda: "b.py" in one.known)


@linux
class TestFolders:
    async def test_a_save_comes_out_within_thirty_milliseconds(self, tmp_path: Path) -> None:
        root = grow(tmp_path, ["s/b.py"])
        took_s = []
        async with followed(root) as one:
            for number in range(20):
                began = time.perf_counter()
                (root / "s" / "b.py").write_text(str(number))
                await one.until_told("s/b.py")
                took_s.append(time.perf_counter() - began)
        assert sorted(took_s)[10] < 0.03

    async def test_in_a_storm_batches_are_gathered_for_longer(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []
        sleep = asyncio.sleep

        async def noted(seconds: float) -> None:
            waits.append(seconds)
            await sleep(seconds)

        root = grow(tmp_path, ["a.py"])
        many = [f"{number}.py" for number in range(watching.STORM_PATHS + 1)]
        async with followed(root) as one:
            monkeypatch.setattr(watching.asyncio, "sleep", noted)
            for names in (many, ["b.py"], ["c.py"]):
                grow(root, names)
                await one.until(lambda names=names: one.known.issuperset(names))
            monkeypatch.setattr(watching, "STORM_PAUSE_S", 0.0)
            monkeypatch.setattr(one.watcher, "_handed_paths", len(many))
            (root / "a.py").write_text("long after the storm")
            await one.until_told("a.py")
        assert waits[0] == waits[-1] == watching.SETTLE_S
        assert watching.STORM_SETTLE_S in waits

    async def test_ignored_folders_cost_no_watches(self, tmp_path: Path) -> None:
        root = grow(tmp_path, {".gitignore": "node_modules\n", "s/a.js": ""})
        grow(root, [f"node_modules/m{number}/i.js" for number in range(50)])
        git(root, "init", "-q")
        async with followed(root) as one:
            before = watches(one.watcher)
            # The root, s, and the places of what git reads: .git, .git/info, /etc, the home and git's folder in it.
            assert before <= 7
            grow(root, [f"node_modules/n{number}/i.js" for number in range(50)])
            grow(root, ["s/t/new.js"])
            await one.until(lambda: "s/t/new.js" in one.known)
            assert watches(one.watcher) == before + 1
            (root / ".gitignore").write_text("node_modules\nt\n")
            await one.until(lambda: one.rescans > 0)
            grow(root, ["s/t/more.js"])  # ignored by now: its folder is let go
            grow(root, ["s/after.js"])
            await one.until(lambda: "s/after.js" in one.known)
            assert watches(one.watcher) == before
            shutil.rmtree(root / "s")
            await one.until(lambda: not any(path.startswith("s/") for path in one.known))
            await one.until(lambda: watches(one.watcher) == before - 1)

    async def test_rule_files_outside_the_root(self, tmp_path: Path, user: Path) -> None:
        top = grow(tmp_path, ["s/root/a.py", "s/root/b.py", "s/root/c.py"])
        git(top, "init", "-q")
        grow(user, [".config/git/"])
        async with followed(top / "s" / "root") as one:
            (top / "s" / ".gitignore").write_text("b.py\n")
            await one.until(lambda: one.known == {"a.py", "c.py"})
            (top / ".git" / "info" / "exclude").write_text("a.py\n")
            await one.until(lambda: one.known == {"c.py"})
            grow(user, {".config/git/ignore": "c.py\n"})
            await one.until(lambda: one.known == set())

    async def test_a_root_that_goes_away_asks_for_a_scan(self, tmp_path: Path) -> None:
        root = grow(tmp_path / "root", ["a.py"])
        async with followed(root) as one:
            root.rename(tmp_path / "elsewhere")
            async with asyncio.timeout(WITHIN_S):
                assert (await one.watcher.next()).rescan

    async def test_an_overflow_of_the_kernels_queue_asks_for_a_scan(self, tmp_path: Path) -> None:
        """The event loop does not come to read while more happens than the queue holds."""
        limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
        if limit > 50_000:
            pytest.skip("the queue is too long to be filled here")
        root = grow(tmp_path, ["a.py", "b.py"])
        async with followed(root) as one:
            with (root / "a.py").open("w") as first, (root / "b.py").open("w") as second:
                for _ in range(limit // 2 + 1):  # in turn, since the kernel joins equal neighbours
                    for file in (first, second):
                        file.write("x")
                        file.flush()
            grow(root, ["after.py"])
            await one.until(lambda: one.rescans > 0)
            assert "after.py" in one.known

    async def test_more_paths_than_are_worth_looking_at_become_a_scan(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watching, "MAX_PATHS", 20)
        root = grow(tmp_path, ["a.py"])
        async with followed(root) as one:
            grow(root, [f"n{number}.py" for number in range(50)])
            async with asyncio.timeout(WITHIN_S):
                batch = await one.step()
            assert batch == ChangeBatch(frozenset(), rescan=True)
            await one.until_right()

    async def test_beyond_its_budget_it_polls_and_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watching, "POLL_MIN_S", 0.05)
        root = grow(tmp_path, [f"s{number}/a.py" for number in range(10)])
        async with followed(root, budget=5) as one:
            await one.until(lambda: one.watcher.mode == "polling")
            assert "max_user_watches" in one.watcher.degraded
            assert str(root) in one.watcher.degraded
            assert watches(one.watcher) == 0  # others need them too
            grow(root, ["s3/b.py"])
            await one.until(lambda: "s3/b.py" in one.known)

    def test_where_the_system_refuses_watches_it_polls(self, tmp_path: Path) -> None:
        """A user namespace of its own has limits of its own."""
        root = grow(tmp_path, [f"s{number}/a.py" for number in range(10)])
        refused = told_under_limit("max_inotify_watches", 3, root)
        assert refused == "polling True"
        refused = told_under_limit("max_inotify_instances", 0, root)
        assert refused == "polling True"


def instances() -> int:
    """The inotify instances of this process."""
    links = [one.readlink() if one.is_symlink() else one for one in Path("/proc/self/fd").iterdir()]
    return sum("inotify" in str(link) for link in links)


def watches(watcher: Watcher) -> int:
    """The inotify watches of a watcher, as the kernel counts them."""
    descriptor = getattr(getattr(watcher._source, "_inotify", None), "descriptor", -1)
    if descriptor < 0:
        return 0
    return Path(f"/proc/self/fdinfo/{descriptor}").read_text().count("inotify wd:")


UNDER_LIMIT = """
import asyncio, pathlib, sys
from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import scan
from bridge.workspace.watcher import Watcher

async def main(root):
    filter_ = WorkspaceFilter(root)
    watcher = Watcher(filter_)
    assert len(scan(filter_, 10, watcher.watch).files) == 10
    async with asyncio.timeout(5):
        rescan = (await watcher.next()).rescan
    print(watcher.mode, rescan and bool(watcher.degraded))
    await watcher.aclose()

asyncio.run(main(pathlib.Path(sys.argv[1])))
"""


def told_under_limit(limit: str, value: int, root: Path) -> str:
    """What a watcher says in a user namespace with this limit. Skips where there can be none."""
    script = f'echo {value} > /proc/sys/user/{limit} && exec "$0" -c "$1" "$2"'
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", script, sys.executable, UNDER_LIMIT, str(root)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    if shutil.which("unshare") is None or subprocess.run([*command[:3], "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


MOUNTS = r"""
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 21 0:44 / /mnt/share rw - nfs4 server:/x rw
31 30 0:45 / /mnt/share/local rw - xfs /dev/b rw
32 21 0:46 / /mnt/with\040blank rw - fuse.sshfs host: rw
33 21 0:47 / /over rw - nfs a:/ rw
34 33 0:48 / /over rw - tmpfs tmpfs rw
""".strip()


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("/home/x", ""),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/a/b", "nfs4"),
        ("/mnt/shared", ""),
        ("/mnt/share/local/a", ""),
        ("/mnt/with blank/a", "fuse.sshfs"),
        ("/over/a", ""),
    ],
)
def test_file_systems_that_do_not_tell_of_every_change(tmp_path: Path, root: str, kind: str) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS + "\n")
    assert foreign_file_system(Path(root), tmp_path / "mountinfo") == kind


async def test_a_foreign_file_system_is_polled_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "foreign_file_system", lambda _: "nfs4")
    monkeypatch.setattr(watching, "POLL_MIN_S", 0.05)
    async with followed(grow(tmp_path, ["a"])) as one:
        assert one.watcher.mode == "events and polling"
        assert "nfs4" in one.watcher.degraded
        async with asyncio.timeout(WITHIN_S):
            assert (await one.watcher.next()).rescan


@linux
def test_the_budget_leaves_watches_for_others() -> None:
    assert 0 < watch_budget() < int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
