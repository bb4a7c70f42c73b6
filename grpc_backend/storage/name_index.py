"""The names that symbols bear, in segments: a large one in a file, small ones in memory for what changed since.

A newer segment tells the truth of the names that it covers. What a commit changes is laid out when it comes while
questions come, so that none of them has to wait for that; else when somebody asks, or when there is much of it: while a
repository is indexed for the first time nobody asks. A thread of its own joins small segments and saves all of them as
one file when much has changed, or a little and nothing changes any more. Nothing is lost if it never gets to that: the
store's tables say what changed since the last file, and everything if there is none.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from grpc_backend.errors import StorageFailed
from grpc_backend.storage.courtesy import ALONE, Courtesy, Pace
from grpc_backend.storage.segment import NameRow, Segment, load
from grpc_backend.storage.segment_build import build
from grpc_backend.storage.segment_merge import merged

log = logging.getLogger(__name__)

# While nobody asks, more segments do no harm, and what changed need not be laid out.
ASKED_LATELY_S: Final = 60.0
ASKING_S: Final = 10.0
MANY_UNASKED: Final = 64
# So many changed names wait, at most, for somebody to ask (some 300 bytes each).
MANY_UNBUILT: Final = 65_536
# So few are laid out at one go.
FEW_CHANGES: Final = 1_024
# A segment is joined with all newer ones when it has at most so many times their names: of n names there are some
# log n segments, and each name is joined as often.
JOINED: Final = 3
# Saved when so many names changed and a half of the saved ones; when nothing changes any more, also earlier: a
# repository of common size is indexed to its end first, without a builder beside the workers.
SAVED_AT, SAVED_SHARE = 131_072, 0.5
SAVED_QUIET_AT, SAVED_QUIET_SHARE, QUIET_S = 2_048, 1 / 16, 5.0
# So many names are not gone through by the daemon itself when it finds no file, or one of long ago.
BUILT_AT: Final = 65_536
TRIED_AGAIN_S: Final = 60.0
STOPPED_WITHIN_S: Final = 2.0


class Tables(Protocol):
    """What the store's tables say of names."""

    def count(self) -> int:
        """About how many names there are; no less."""

    def saved(self) -> str:
        """The file that was saved last, "" if none."""

    def changes(self, since: int) -> tuple[list[NameRow], int]:
        """What changed since then, and the number of the last change."""

    def borne(self) -> tuple[list[NameRow], int]:
        """All names, and the number of the last change."""

    def build(self, target: Path) -> subprocess.Popen[bytes]:
        """Start to write all names to a file."""

    def put_saved(self, file: str, serial: int) -> None:
        """Note what was saved."""


class _Small(NamedTuple):
    """A segment of changes, and the last of them."""

    segment: Segment
    serial: int


class _Change(NamedTuple):
    """How a name is after a change, and the number of that."""

    row: NameRow
    serial: int


NO_CHANGES: Final[Mapping[int, _Change]] = MappingProxyType({})


class NameIndex:
    """The segments of a store. `changed` is called by the one writer; all else from any thread."""

    def __init__(self, folder: Path, tables: Tables, courtesy: Courtesy) -> None:
        self._folder = folder
        self._tables = tables
        self._courtesy = courtesy
        self._base: Segment = build([])
        self._small: list[_Small] = []  # the newest first
        self._unbuilt: dict[int, _Change] = {}  # by id: what is in no segment yet, newer than all
        self._asked_at = self._changed_at = self._not_before = 0.0
        self._failed: Exception | None = None
        self._lock = threading.Lock()
        self._keeping = threading.Lock()  # for joining and saving; taken before the others
        self._building = threading.Lock()  # taken before the first one
        self._woken = threading.Condition(self._lock)
        self._ready = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="names", daemon=True)
        self._thread.start()

    def segments(self) -> Sequence[Segment]:
        """All segments, the newest first. Waits for the index to be there. Errors: StorageFailed if it cannot be."""
        if not self._ready.is_set():
            self._ready.wait()
        if self._failed is not None:
            raise StorageFailed(f"the index of names cannot be opened: {self._failed}")
        self._asked_at = time.monotonic()
        if self._unbuilt:
            self._build_changes()
        with self._lock:
            return [*(small.segment for small in self._small), self._base]

    def at_hand(self, most: int) -> bool:
        """Whether `segments` need not wait for anything, and has no more than so many names."""
        is_open = self._ready.is_set() and self._failed is None
        return is_open and not self._unbuilt and len(self._base) <= most

    def changed(self, rows: Iterable[NameRow], serial: int) -> None:
        """Take what a commit changed: it is found when this returns."""
        new = {row.id: _Change(row, serial) for row in rows}
        asking = self._ready.is_set() and time.monotonic() - self._asked_at < ASKING_S
        if asking:
            self._build_changes(new, Pace(self._courtesy) if len(new) > FEW_CHANGES else ALONE)
        with self._lock:
            if not asking:
                self._unbuilt.update(new)
            many = len(self._unbuilt) >= MANY_UNBUILT
            self._changed_at = time.monotonic()
            self._woken.notify()
        if many:
            self._build_changes()

    def join(self) -> None:
        """Join segments where there are many of a size; the oldest are the largest."""
        with self._keeping:
            self._join()

    def save(self) -> None:
        """Save everything as one file, which takes the place of the one before."""
        with self._keeping:
            self._save()

    def finish(self) -> None:
        """Save now what a quiet time would have saved, where that takes a second: the next start begins with it."""
        is_open = self._ready.is_set() and self._failed is None
        if is_open and self._tables.count() <= BUILT_AT and self._is_due(quiet=True):
            with contextlib.suppress(StorageFailed, OSError):
                self.save()

    def close(self) -> None:
        """Stop the thread. What it was at is done again the next time."""
        with self._lock:
            self._stopped = True
            self._woken.notify()
        self._thread.join(STOPPED_WITHIN_S)

    def _run(self) -> None:
        try:
            self._open()
            self._ready.set()
            while self._wait():
                self._keep()
        except _Stopped:
            pass
        except Exception as error:
            self._failed = error
            log.exception("the index of names cannot be opened")
        finally:
            self._ready.set()

    def _wait(self) -> bool:
        """Until something is to do; False when it is time to stop."""
        with self._lock:
            if not self._stopped:
                self._woken.wait(QUIET_S if self._small or self._unbuilt else None)
            return not self._stopped

    def _keep(self) -> None:
        """Join and save what is due."""
        now = time.monotonic()
        try:
            if now - self._asked_at < ASKED_LATELY_S or len(self._small) > MANY_UNASKED:
                self.join()
            with self._keeping:  # it may have been saved while we waited for that
                if now >= self._not_before and self._is_due(quiet=now - self._changed_at >= QUIET_S):
                    self._save()
        except (StorageFailed, OSError):
            log.exception("the index of names was not saved; trying again in %s s", TRIED_AGAIN_S)
            self._not_before = now + TRIED_AGAIN_S

    # -- opening

    def _open(self) -> None:
        """Map what was saved and bring in what changed since; or begin anew."""
        file = self._tables.saved()
        found = self._loaded(file)
        if found is None and self._tables.count() > BUILT_AT:
            found = self._built()
        if found:
            self._base = found[0]
        rows, serial = self._tables.changes(found[1]) if found else self._tables.borne()
        if found and len(rows) > BUILT_AT:
            self._base, since = self._built()
            rows, serial = self._tables.changes(since)
        with self._lock:
            # What was committed meanwhile stands before it.
            self._small += [_Small(build(rows), serial)] if rows else []
        for other in self._folder.glob("*.names"):
            if other.name != self._tables.saved():
                other.unlink(missing_ok=True)

    def _loaded(self, file: str) -> tuple[Segment, int] | None:
        if not file:
            return None
        try:
            return load(self._folder / file)
        except (OSError, ValueError) as error:
            log.warning("the saved index of names cannot be read (%s): it is built again", error)
            return None

    # -- keeping

    def _join(self) -> None:
        while count := _to_join([len(small.segment.covered) for small in self._small]):
            joined = self._small[:count]
            made = merged([small.segment for small in joined], Pace(self._courtesy))
            with self._lock:
                # Segments that came meanwhile stand before these.
                place = self._small.index(joined[0])
                self._small[place : place + count] = [_Small(made, joined[0].serial)]

    def _save(self) -> None:
        base, serial = self._built()
        with self._building, self._lock:
            self._base = base
            # One with older changes, too, says the same of them.
            self._small = [small for small in self._small if small.serial > serial]
            self._unbuilt = {one: change for one, change in self._unbuilt.items() if change.serial > serial}

    def _build_changes(self, new: Mapping[int, _Change] = NO_CHANGES, pace: Pace = ALONE) -> None:
        """Make a segment of what is in none yet, and of what is still newer. (A question that waits for it has no use
        for a pace.)
        """
        with self._building:
            with self._lock:
                taken = {**self._unbuilt, **new}
            if not taken:
                return
            made = build([change.row for change in taken.values()], pace)
            with self._lock:
                # Names that changed again meanwhile stay.
                left = {one: change for one, change in self._unbuilt.items() if taken.get(one) is not change}
                self._unbuilt = left
                self._small.insert(0, _Small(made, max(change.serial for change in taken.values())))

    def _is_due(self, *, quiet: bool) -> bool:
        changed = sum(len(small.segment.covered) for small in self._small) + len(self._unbuilt)
        at, share = (SAVED_QUIET_AT, SAVED_QUIET_SHARE) if quiet else (SAVED_AT, SAVED_SHARE)
        return changed >= max(at, share * len(self._base))

    def _built(self) -> tuple[Segment, int]:
        """Have all names written to a file, and note it. Errors: OSError if that failed.

        It may take minutes, in which segments are joined as ever: each is one more to look into for every question.
        """
        old = self._tables.saved()
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{secrets.token_hex(8)}.names"
        process = self._tables.build(path)
        while not self._stopped:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOPPED_WITHIN_S / 4)
                break
            self._join()
        else:
            process.kill()
            process.wait()
            raise _Stopped
        if process.returncode:
            raise OSError(f"building the index of names failed with {process.returncode}")
        base, serial = load(path)
        self._tables.put_saved(path.name, serial)
        if old:
            (self._folder / old).unlink(missing_ok=True)
        return base, serial


class _Stopped(Exception):
    """The index is closed."""


def _to_join(sizes: Sequence[int]) -> int:
    """How many segments, the newest first, are of about one size: none, or two at least."""
    count, total = 0, 0
    for place, size in enumerate(sizes):
        if place and size <= JOINED * max(total, 1):
            count = place + 1
        total += size
    return count
