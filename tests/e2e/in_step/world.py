"""A repository, two bridges on it, and everything that editors, agents, git and bad luck do to them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import mmap
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bridge.daemon.endpoint import find
from bridge.errors import BridgeError
from bridge.session import Session, WorkspaceSession
from bridge.workspace.filter import WorkspaceFilter
from protos import code_index_pb2 as pb
from tests.conftest import is_running, wait_for
from tests.e2e.in_step.hold_ups import store_locked, workers_stopped
from tests.e2e.in_step.lacking import report_of
from tests.e2e.in_step.lingering import next_read_lingers, wait_until_reading
from tests.e2e.in_step.pace import Pace
from tests.e2e.in_step.repository import git
from tests.e2e.in_step.truth import Place, symbols_of, text_of, top_level, truth

T = TypeVar("T")

WAIT_MS = 90_000  # on a busy machine the large text alone takes half a minute
ANSWERED_WITHIN_S = 180.0
TICK_NS = 45_000_000  # a write so soon after another has its time, as on file systems with a coarse clock
ASKED_WITHIN_S = 0.3
HELD_UP_S = 1.0  # no longer: what the daemon does beside questions waits too, and they for it in the end
HOLD_UPS = {"workers": workers_stopped, "store": store_locked}


class Background:
    """An event loop in a thread of its own: the bridges go on while the test acts."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start something; `result` of what is returned waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end."""
        return self.begin(work).result(ANSWERED_WITHIN_S)

    def close(self) -> None:
        """End the loop."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


class World:
    """One history. `log` tells what was done, for whoever has to find out what went wrong."""

    def __init__(self, background: Background, pace: Pace, root: Path) -> None:
        """`root` lies in a folder of the history's own, which has its number."""
        self.root = root
        self.log = [f"history {root.parent.name}, {'small' if pace.small else 'as in life'}"]
        self._background = background
        self._home = home = pace.home
        self._small, self._large_lines = pace.small, pace.large_lines
        history = int(root.parent.name)
        # Of half of the histories, no text is one that the store knows from an earlier one.
        self._new = b"# history %06d\n" % history if history % 4 >= 2 else b""
        self._pace = pace.set()
        self._generations = [0, 0]  # of each bridge's last answer
        self._outside = root.parent / "outside.py"
        self._outside.write_bytes(text_of(998))
        self._sessions = [Session(home, [root]), Session(home, [root])]
        self.overlays: list[dict[str, bytes]] = [{}, {}]
        self._cut: set[int] = set()  # whose overlays may be gone until they have asked
        self._background.do(_together(*map(_start, self._sessions)))

    def close(self) -> None:
        """End the bridges."""
        self._background.do(_together(*(session.close() for session in self._sessions)))
        self._pace.undo()

    # -- what happens to the disk

    def write(self, path: str, number: int, *, atomic: bool = False) -> None:
        """Save a file, in place or by renaming, also over a link or a folder; times are no finer than a tick."""
        file = self.root / path
        if not self._make_room(file):
            return
        target = file.with_name(file.name + ".tmp") if atomic else file
        if target.is_symlink():
            target.unlink()
        before = target.stat() if target.exists() else None
        target.write_bytes(self._text(number))
        if before is not None and time.time_ns() - before.st_mtime_ns < TICK_NS:
            os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))
        if atomic:
            target.replace(file)
        self.log.append(f"write {path} {number} {atomic=}")

    def copy(self, old: str, new: str) -> None:
        """Have a file say what another one says."""
        if self._make_room(self.root / new):
            shutil.copyfile(self.root / old, self.root / new, follow_symlinks=False)
            self.log.append(f"copy {old} {new}")

    def map(self, path: str, number: int) -> None:
        """Save a file through a mapping, of which the system tells nobody."""
        file, text = self.root / path, self._text(number)
        if file.is_file() and not file.is_symlink() and file.stat().st_size == len(text):
            with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 0) as mapped:
                mapped[:] = text
            self.log.append(f"map {path} {number}")

    def rename(self, old: str, new: str) -> None:
        """Rename a file or a folder, over what is there if that can be."""
        source, target = self.root / old, self.root / new
        if not os.path.lexists(source) or not self._make_room(target):
            return
        with contextlib.suppress(OSError):
            source.replace(target)
            self.log.append(f"rename {old} {new}")

    def delete(self, path: str) -> None:
        """Remove a file, a link or a whole folder."""
        file = self.root / path
        self.log.append(f"delete {path}")
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        elif os.path.lexists(file):
            file.unlink()

    def link(self, path: str) -> None:
        """Put a link to a file outside in a file's place."""
        file = self.root / path
        if self._make_room(file):
            self.delete(path)
            file.symlink_to(self._outside)
            self.log.append(f"link {path}")

    def ignore(self, rules: str, folder: str = "") -> None:
        """Write a .gitignore."""
        place = self.root / folder
        if place.is_dir() and not place.is_symlink():
            (place / ".gitignore").write_text(rules)
            self.log.append(f"ignore {folder} {rules!r}")

    def switch(self, branch: str) -> None:
        """Go to another branch, whatever lies about; what git does not manage is a state of the disk too."""
        complaint = git(self.root, "switch", "-q", "--discard-changes", branch)
        self.log.append(f"switch {branch} {complaint}")

    def commit(self) -> None:
        """Make what is there part of the branch."""
        git(self.root, "add", "-A")
        git(self.root, "commit", "-q", "--allow-empty", "-m", "more")
        self.log.append("commit")

    # -- what happens to editors and processes

    def overlay(self, who: int, path: str, number: int | None) -> None:
        """Open or edit a document without saving, or close it. Which of two editors wins is tested elsewhere."""
        if path in self.overlays[1 - who]:
            return
        taken = path in self.overlays[who] or not WorkspaceFilter(self.root).ignored(path)
        text = None if number is None else self._text(number)
        self._background.do(self._overlay(who, path, text))
        self.overlays[who].pop(path, None)
        if text is not None and taken:
            self.overlays[who][path] = text
        self.log.append(f"overlay {who} {path} {number}")

    def cut(self, who: int) -> None:
        """Close a bridge's channel under it."""
        self._background.do(_cut(self._sessions[who]))
        self._cut.add(who)
        self.log.append(f"cut {who}")

    def kill(self) -> None:
        """End the daemon by SIGKILL."""
        endpoint = find(self._home)
        if endpoint is not None:
            os.kill(endpoint.pid, signal.SIGKILL)
            wait_for(lambda: not is_running(endpoint.pid))
        self._cut = {0, 1}
        self.log.append("kill")

    def replace_bridge(self, who: int) -> None:
        """End a bridge that has nothing open, and begin another in its place: if it led, the other inherits."""
        if self.overlays[who]:
            return
        self._background.do(self._sessions[who].close())
        self._sessions[who] = Session(self._home, [self.root])
        self._background.do(_start(self._sessions[who]))
        self._cut.add(who)  # until its stream stands, what is opened on it is not known to others
        self.log.append(f"replace bridge {who}")

    # -- questions

    def ask_at_once(self, who: int) -> None:
        """As a model asks: an answer that says it is complete is right."""
        expected = self._expected(who)
        self.log.append(f"ask {who}")
        self._check(who, self._background.do(self._everything(who, 0)), expected)

    def ask_for(self, who: int, number: int) -> None:
        """Where a name is defined: that may be complete although much is not indexed."""
        name = f"below_{number:03}"
        expected = [{place for place in places if place[1] == name} for places in self._expected(who)]
        self.log.append(f"ask {who} for {name}")
        self._check(who, self._background.do(self._definitions(who, name)), expected)

    def ask_while(self, who: int, act: Callable[[], None], *, reading: bool = False) -> None:
        """Something happens at one stroke while a question is under way: it is in a complete answer, or it is not.

        `reading`: it happens when the daemon reads already, and its first commit does, too.
        """
        before = self._expected(who)
        lingering = reading and self._small
        with next_read_lingers(self._home) if lingering else contextlib.nullcontext():
            asking = self._background.begin(self._everything(who, 0))
            if lingering:
                wait_until_reading(self._home, asking)
            act()
            self.log.append(f"asked {who} meanwhile")
            self._check(who, asking.result(ANSWERED_WITHIN_S), [*before, *self._expected(who)])

    def overtake(self, who: int, path: str, number: int, known: str) -> None:
        """A text that is known already (another file's) overtakes one at which workers are, before either is in.

        It comes on another stream: on one, what was overtaken is let go.
        """
        other = self.root / known
        if not self._small or path == known or not other.is_file() or other.is_symlink():
            return
        with store_locked(self._home):
            self.write("before.py", number)  # this is what the store is at, for as long as it is locked
            asked = [self._ask_without_waiting(who)]
            with workers_stopped(self._home):
                self.write(path, number)
                asked.append(self._ask_without_waiting(who))
                self.cut(who)
                self.cut(1 - who)
                self.copy(known, path)
                asked.append(self._ask_without_waiting(who))
            asked.append(self._ask_without_waiting(who))
        self.log.append("overtaken")
        concurrent.futures.wait(asked, ANSWERED_WITHIN_S)

    def _ask_without_waiting(self, who: int) -> concurrent.futures.Future[pb.SymbolsReply]:
        """Have what is on disk told, as before each question; what the store lets nobody say is not waited for."""
        asking = self._background.begin(self._everything(who, 0))
        concurrent.futures.wait([asking], ASKED_WITHIN_S)
        return asking

    def ask_while_held_up(self, who: int, what: str, changes: list[tuple[str, str, int]]) -> None:
        """Changes that cannot be in when the question is asked, unless questions wait as long as in life."""
        self.log.append(f"{what} held up")
        with HOLD_UPS[what](self._home) if self._small else contextlib.nullcontext():
            for do, path, number in changes:
                if do == "delete":
                    self.delete(path)
                elif do == "type":
                    self.overlay(who, path, number)
                else:
                    self.write(path, number)
            expected = self._expected(who)
            asking = self._background.begin(self._everything(who, 0))
            concurrent.futures.wait([asking], HELD_UP_S)
        self.log.append(f"{what} go on, {who} has asked")
        self._check(who, asking.result(ANSWERED_WITHIN_S), expected)

    def settle(self) -> None:
        """Wait until all is in: then the index is what it would be if made from scratch."""
        self.log.append("settle")
        for who in self._cut.copy():
            page = self._background.do(self._everything(who, WAIT_MS))
            self._check(who, page, self._expected(who), complete=True)
        whole = truth(self.root, self._open())
        pages = self._background.do(_together(*(self._everything(who, WAIT_MS) for who in (0, 1))))
        for who, page in enumerate(pages):
            self._check(who, page, [top_level(whole)], complete=True)
        who = len(self.log) % 2
        self._compare(self._background.do(self._each(who, list(whole))), [set().union(*whole.values())])

    def _check(self, who: int, page: pb.SymbolsReply, expected: list[set[Place]], *, complete: bool = False) -> None:
        if complete:
            assert page.freshness.complete, f"not complete: {page.freshness}\n{report_of(self._home)}\n{self._told()}"
        assert page.freshness.generation >= self._generations[who], f"went back to {page.freshness}\n{self._told()}"
        self._generations[who] = page.freshness.generation
        found = {(one.path, one.qualified_name, one.line) for one in page.symbols}
        if page.freshness.complete:
            assert not page.freshness.failed_files, f"{page.freshness}\n{self._told()}"
            self._compare(found, expected)
        else:
            self._check_current(found, expected)

    def _check_current(self, found: set[Place], expected: list[set[Place]]) -> None:
        """An incomplete answer lacks something, but has nothing that is out of date.

        Of what is being typed, what was typed before may be shown, and of what is ignored since, what it says.
        """
        unexpected = found.difference(*expected)
        now = symbols_of(self.root, {place[0] for place in unexpected})
        outdated = {place for place in unexpected - now if place[0] not in self._open()}
        assert not outdated, f"out of date: {sorted(outdated)}\n{self._told()}"

    def _compare(self, found: set[Place], expected: list[set[Place]]) -> None:
        nearest = min(expected, key=lambda one: len(one ^ found))
        lacking, wrong = sorted(nearest - found), sorted(found - nearest)
        assert found in expected, f"lacking: {lacking}\nwrong: {wrong}\n{self._told()}"

    def _text(self, number: int) -> bytes:
        return text_of(number, self._large_lines) + self._new

    def _told(self) -> str:
        return "\n".join(self.log)

    def _expected(self, who: int) -> list[set[Place]]:
        """What an answer to a bridge may be. The other one's documents may be gone for as long as its stream is."""
        self._cut.discard(who)
        with_all = top_level(truth(self.root, self._open()))
        if 1 - who not in self._cut:
            return [with_all]
        return [with_all, top_level(truth(self.root, self.overlays[who]))]

    def _open(self) -> dict[str, bytes]:
        return {**self.overlays[0], **self.overlays[1]}

    def _make_room(self, file: Path) -> bool:
        """Whether a file can be put there: its folder is made, unless something else is in the way."""
        with contextlib.suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
        real = file.parent.is_dir() and file.parent.resolve() == file.parent
        return real and (file.is_symlink() or not file.is_dir())

    async def _workspace(self, who: int) -> WorkspaceSession:
        (workspace,) = await self._sessions[who].workspaces()
        return workspace

    async def _overlay(self, who: int, path: str, text: bytes | None) -> None:
        await (await self._workspace(who)).syncer.overlay(path, text)

    async def _everything(self, who: int, wait_ms: int) -> pb.SymbolsReply:
        """All top-level symbols."""
        workspace = await self._workspace(who)
        request = pb.OutlineRequest(limit=1000, require=await workspace.requirement(wait_ms))
        try:
            return await workspace.client.outline(request)
        except BridgeError as error:
            raise AssertionError(f"{error}\n{request}\n{self._told()}") from error

    async def _definitions(self, who: int, name: str) -> pb.SymbolsReply:
        workspace = await self._workspace(who)
        request = pb.FindDefinitionRequest(symbol=name, limit=100, require=await workspace.requirement())
        try:
            return await workspace.client.find_definition(request)
        except BridgeError as error:
            raise AssertionError(f"{error}\n{request}\n{self._told()}") from error

    async def _each(self, who: int, paths: list[str]) -> set[Place]:
        """All symbols of some files."""
        workspace = await self._workspace(who)
        require = await workspace.requirement(WAIT_MS)
        asked = (workspace.client.outline(pb.OutlineRequest(path=path, limit=1000, require=require)) for path in paths)
        replies = await asyncio.gather(*asked)
        return {(one.path, one.qualified_name, one.line) for reply in replies for one in reply.symbols}


async def _together(*work: Coroutine[Any, Any, T]) -> list[T]:
    return await asyncio.gather(*work)


async def _start(session: Session) -> None:
    session.start()
    await session.workspaces()


async def _cut(session: Session) -> None:
    await session._link.lost(await session._link.channel())
