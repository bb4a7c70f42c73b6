"""One workspace as the daemon knows it: what the index holds, and what it should hold.

Paths move through three states. A path in `doubt` has a stat that the index does not
know: its client must describe it with a digest. A path in `wanted` has a digest (or is
to go) that is not committed yet. A path in `files` is committed. What was said last wins.
A path that is `contested` is in doubt until just that is answered that was asked of its client:
what comes before the answer may have been read before the doubt arose.
Documents that are open in editors stand before all of that, in `overlays`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import Protocol

from msgspec import Struct

from grpc_backend.index.coverage import Coverage, coverage
from grpc_backend.index.overlays import Overlays
from grpc_backend.index.tree import Tree, tree_of
from grpc_backend.model import FileState, Freshness
from grpc_backend.storage.layered import Document, Layer

# Reasons for which a file counts as failed; all others are deliberate omissions.
FAILURES = frozenset({"crashed", "timeout"})


class Subject(Struct, frozen=True):
    """What a question is about, as far as its text tells; only clients know what to make of it (see the wire)."""

    name: str
    parts: tuple[str, ...]
    path: str
    everywhere: bool


class Source(Protocol):
    """A client that can be asked for what lies in its workspace."""

    def ask_again(self, paths: Iterable[str]) -> None:
        """Describe these paths anew: who was asked before is gone."""

    def settled(self) -> None:
        """Something was committed: look whether deltas can be acknowledged."""

    def give_up(self) -> list[str]:
        """Expect nothing more that was asked of it; return the paths whose contents are not taken in yet."""

    def lead(self) -> None:
        """It is up to this client now to describe the workspace."""

    def flush(self, subject: Subject | None = None) -> asyncio.Future[int | None]:
        """Have the client tell what has changed on disk by now, or what a subject is about; gives the sequence of that.

        None: that takes the client too long. Cancelled when the client goes.
        """

    def acknowledged(self) -> int:
        """The sequence up to which all that the client told is in the answers."""


class Workspace:
    """The state of one workspace. Lives on the event loop; nothing here blocks."""

    def __init__(self, name: str, generation: int, files: Iterable[FileState], *, shared: bool = False) -> None:
        """`shared`: other daemons hold it too."""
        self.name = name
        self.shared = shared
        self.generation = generation
        self.steps = 0  # so many were given to the store: what the last one changes may be read before it is back
        self.asked_at = float("-inf")  # the last question, by the event loop's clock
        self.files: dict[str, FileState] = {file.path: file for file in files}
        self._wanted: dict[str, FileState | None] = {}
        self._doubt: set[str] = set()
        self.contested: set[str] = set()  # some of those in doubt
        self._landing: dict[str, FileState] = {}  # given to the store: whoever reads there may find it or not
        self._coverage: Coverage | None = None  # until any of this changes, what is contested apart
        self.overlays = Overlays()
        self.pushed: set[str] = set()  # paths whose pusher waits for the commit
        self.unsupported = 0
        self.sources: list[Source] = []
        self._complete_sources: set[int] = set()
        self._failed = sum(file.problem in FAILURES for file in self.files.values())
        self._skipped = sum(bool(file.problem) for file in self.files.values())
        # Only files of a synced workspace have inodes: pushed contents have none.
        self.ever_synced = any(file.inode for file in self.files.values())
        self._touched: set[str] = set()
        self._tree: Tree | None = None
        self._changed = asyncio.Event()

    @property
    def skipped_files(self) -> int:
        """Files left out on purpose or by failure."""
        return self._skipped

    @property
    def wanted(self) -> Mapping[str, FileState | None]:
        """What is to be committed, by path; None: the path is to go."""
        return self._wanted

    @property
    def doubt(self) -> Set[str]:
        """Paths that have to be described with a digest."""
        return self._doubt

    def freshness(self) -> Freshness:
        """What an answer made now covers."""
        known, shown = self._known_coverage(), self.layer().documents
        failed = self._failed + sum(_failed(one) - self._failed_on_disk(path) for path, one in shown.items())
        typed = [path for path in self.overlays.pending() if path not in known.pending]
        new = known.new + sum(path not in self.files and path not in shown for path in typed)
        new -= sum(path in known.pending and path not in self.files for path in shown)
        changed = known.changed + sum(path in shown or self._usable(path) for path in typed)
        changed += sum(path in known.pending and not self._usable(path) for path in shown)
        usable = len(self.files) - self._skipped
        usable += sum((not _failed(one)) - self._usable(path) for path, one in shown.items())
        return Freshness(
            generation=self.generation,
            indexed_files=usable - changed,
            total_files=usable + new + failed,
            pending_files=len(known.pending) + len(typed),
            failed_files=failed,
            complete=self.complete,
            steps=self.steps,
        )

    def layer(self) -> Layer:
        """The open documents whose text is not what the index has of their files, and what is out of date."""
        return self.overlays.layer(self.files, self._known_coverage().stale)

    def _known_coverage(self) -> Coverage:
        if self._coverage is None:
            self._coverage = coverage(self.files, self._wanted, self._doubt, self._landing)
        return self._coverage

    def paths(self) -> list[str]:
        """Of all files, those included that are only in an editor so far."""
        return [*self.files, *(path for path in self.layer().paths if path not in self.files)]

    @property
    def complete(self) -> bool:
        """Whether answers cover all that is known to be there."""
        return self.in_step and not self.doubt and not self.wanted and not self.overlays.pending()

    @property
    def in_step(self) -> bool:
        """Whether someone keeps the workspace in step, or nobody ever did and contents are pushed."""
        return bool(self._complete_sources) or not self.ever_synced

    @property
    def leader(self) -> Source | None:
        """The client that describes the workspace: of several on one root, one watches and tells."""
        return self.sources[0] if self.sources else None

    def led_by(self, source: Source) -> bool:
        """Whether a client is to describe the workspace: of several one; where it is shared each, as none knows all."""
        return self.shared or source is self.leader

    def attach(self, source: Source) -> None:
        """A client is there that can describe the workspace; the first one leads."""
        self.sources.append(source)
        self.ever_synced = True

    def described(self, source: Source) -> None:
        """A client has named everything that it has."""
        self._complete_sources.add(id(source))
        self.notify()

    def detach(self, source: Source) -> None:
        """A client is gone; what it still owed is asked of another one, or given up until one comes."""
        led = source is self.leader
        self.sources.remove(source)
        self._complete_sources.discard(id(source))
        owed = self._given_up(source)
        if self.leader is not None:
            if led:
                self.leader.lead()
            self.leader.ask_again(owed)
        self.notify()

    def pass_lead(self, silent: Source) -> None:
        """The leader does not answer: another client, if there is one, leads from now on."""
        if silent is self.leader and len(self.sources) > 1:
            self.sources.append(self.sources.pop(0))
            self._complete_sources.discard(id(silent))
            owed = self._given_up(silent)
            self.sources[0].lead()
            self.sources[0].ask_again(owed)

    def _given_up(self, source: Source) -> list[str]:
        """What a client still owes, which is not waited for any more."""
        owed = sorted(self._doubt.union(path for path in source.give_up() if path in self.wanted))
        for path in owed:
            self.trust(path)
            self._forgo(path)
        return owed

    def sighted(self, digests: Mapping[str, bytes]) -> None:
        """Reconsider what someone has seen otherwise than was said of it last. No digest: nothing is there.

        What is in doubt is asked for anew: the answer that is on its way may be older than what was seen.
        """
        for path, digest in digests.items():
            word = self.last_word(path)
            if path in self.doubt or digest != (word.digest if word is not None else b""):
                self._ask(path)

    def reconsider(self, path: str) -> None:
        """What its client said of a path is not to be trusted: it describes it anew, as it may be about to."""
        if path in self.contested:
            self._forgo(path)  # else the answer would be no news, and nobody would send the content
        else:
            self._ask(path)

    def _ask(self, path: str) -> None:
        """Have a path described by whoever leads, now or later."""
        self._forgo(path)
        self.trust(path)
        if self.leader is not None:
            self.leader.ask_again([path])

    def contest(self, paths: Collection[str]) -> None:
        """Believe nothing that is said of these paths before it is answered what is asked of them now."""
        self.contested.update(paths)
        self._doubt.update(paths)
        self._coverage = None

    def believe(self, path: str) -> None:
        """Something was said of a path: it is in doubt no more, unless it is contested."""
        if path in self._doubt and path not in self.contested:
            self._doubt.remove(path)
            self._coverage = None

    def trust(self, path: str) -> None:
        """Believe again what is said of a path."""
        self.contested.discard(path)
        self.believe(path)

    def want(self, path: str, state: FileState | None) -> None:
        """This is to be committed of a path; None: it is to go."""
        self._wanted[path] = state
        self._coverage = None

    def suspect(self, path: str) -> None:
        """The index does not know what was said of a path: it has to be described with a digest."""
        self._doubt.add(path)
        self._coverage = None

    def refuse(self, state: FileState) -> None:
        """What came for a path is not what was said of it: if that counts still, it is to be described anew."""
        if self._wanted.get(state.path) is state:
            self._forgo(state.path)
            self.suspect(state.path)

    def land(self, files: Iterable[FileState]) -> None:
        """These are given to the store from now on, and none besides."""
        self._landing = {file.path: file for file in files}
        self._coverage = None

    def _forgo(self, path: str) -> None:
        """Nothing is to be committed of a path, for the time being."""
        if path in self._wanted:
            del self._wanted[path]
            self._coverage = None

    def known(self) -> set[str]:
        """All paths of which anything is held or on its way."""
        return {*self.files, *self.wanted, *self.doubt}

    def last_word(self, path: str) -> FileState | None:
        """What was said of a path last, committed or not; None if it is unknown, or is to go."""
        return self.wanted[path] if path in self.wanted else self.files.get(path)

    def lacks(self, path: str) -> bool:
        """Whether a digest or a content of a path is of use."""
        return path in self.doubt or self.wanted.get(path) is not None

    def wanted_digest(self, path: str) -> bytes:
        """Of which content a path is to be; nothing if it is not wanted."""
        wanted = self.wanted.get(path)
        return wanted.digest if wanted is not None else b""

    def wants(self, state: FileState) -> bool:
        """Whether just this content of a path is to be committed."""
        wanted = self.wanted.get(state.path)
        return wanted is not None and wanted.digest == state.digest

    def unsettled(self, path: str) -> bool:
        """Whether the path's last word is not committed yet."""
        return path in self.wanted or path in self.doubt

    def committed(self, generation: int, files: Iterable[FileState], removed: Iterable[str]) -> None:
        """Take over what the store has committed."""
        self.generation = generation
        self._coverage = None
        self._touched.update(removed)
        for path in removed:
            if self._tree is not None:
                self._tree.drop(path)
            self._count(self.files.pop(path, None), -1)
            if self._wanted.get(path, ...) is None:
                del self._wanted[path]
        for file in files:
            self._touched.add(file.path)
            self._count(self.files.get(file.path), -1)
            self._count(file, +1)
            self.files[file.path] = file
            if self._tree is not None:
                self._tree.drop(file.path)
                if file.digest:
                    self._tree.put(*_leaf(file))
            wanted = self.wanted.get(file.path)
            if wanted is not None and wanted.key == file.key:
                del self._wanted[file.path]
        self.notify()

    def overtaken(self, generation: int, files: Iterable[FileState]) -> None:
        """Another daemon has changed the workspace in the store: take over what is there.

        What was on its way here is older or newer than that, who knows: whoever describes the workspace is asked
        again, and what nobody describes any more is given up. What is pushed is the pusher's last word, and stays.
        """
        before, self.files = self.files, {file.path: file for file in files}
        self.generation = generation
        self._tree = None
        self._failed = sum(file.problem in FAILURES for file in self.files.values())
        self._skipped = sum(bool(file.problem) for file in self.files.values())
        self.ever_synced = self.ever_synced or any(file.inode for file in self.files.values())
        foreign = {path for path in {*before, *self.files} if before.get(path) != self.files.get(path)}
        self._touched.update(foreign)
        again = (foreign | self.doubt | self.wanted.keys()) - self.pushed
        self._wanted = {path: state for path, state in self._wanted.items() if path in self.pushed}
        self.contested.clear()
        self._doubt.clear()
        self._coverage = None
        if self.leader is not None:
            self.leader.ask_again(sorted(again))
        self.notify()

    def tree(self) -> Tree:
        """The files that were read, as digests; made when first asked for, and kept from then on."""
        if self._tree is None:
            self._tree = tree_of(_leaf(file) for file in self.files.values() if file.digest)
        return self._tree

    def forget_tree(self) -> None:
        """It has what is not so: it is made anew when it is asked for."""
        self._tree = None

    def take_touched(self) -> set[str]:
        """The paths that commits have changed since this was last asked."""
        touched, self._touched = self._touched, set()
        return touched

    def notify(self) -> None:
        """Wake everything that waits for a state of this workspace."""
        self._changed.set()
        self._changed = asyncio.Event()
        for source in self.sources:
            source.settled()

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Return when `condition` holds. Bound it with a timeout."""
        while not condition():
            await self._changed.wait()

    def _usable(self, path: str) -> bool:
        return path in self.files and not self.files[path].problem

    def _failed_on_disk(self, path: str) -> bool:
        return path in self.files and self.files[path].problem in FAILURES

    def _count(self, file: FileState | None, step: int) -> None:
        if file is not None and file.problem:
            self._skipped += step
            if file.problem in FAILURES:
                self._failed += step


def _leaf(file: FileState) -> tuple[str, bytes, int]:
    return file.path, file.digest, file.size


def _failed(document: Document) -> bool:
    return document.extraction.problem in FAILURES
