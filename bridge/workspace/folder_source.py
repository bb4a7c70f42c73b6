"""Events of each folder of the workspace, by inotify."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.inotify import (
    IN_CLOSE_WRITE,
    IN_DELETE_SELF,
    IN_IGNORED,
    IN_ISDIR,
    IN_MODIFY,
    IN_MOVE_SELF,
    IN_MOVED_FROM,
    IN_Q_OVERFLOW,
    IN_UNMOUNT,
    NAMES_MASK,
    Event,
    Inotify,
)
from bridge.workspace.mounts import Mounts
from bridge.workspace.repository import rule_files

if TYPE_CHECKING:
    from bridge.workspace.watcher import Listener

# The folder is not there (any more), or its owner lets nobody in: the scan says so where it matters.
_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.ENAMETOOLONG})
_MEND: Final = "to mend it, raise fs.inotify.max_user_watches (sysctl), or list what is not source in .codeindexignore"


class FolderSource:
    """Watches the folders that it is told of, and the places of rule files outside the root."""

    def __init__(self, filter_: WorkspaceFilter, listener: Listener, budget: int) -> None:
        """Raises OSError."""
        self._filter = filter_
        self._listener = listener
        self._budget = budget
        self._root = f"{filter_.root}/"
        self._lock = threading.Lock()  # a watch and its folder are noted together, before its events are read
        self._folders: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._outer: dict[int, set[str]] = {}
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._inotify = Inotify()
        self._loop.add_reader(self._inotify.descriptor, self._take_events)
        self._mounts = Mounts(filter_.root)
        self._loop.add_reader(self._mounts.descriptor, self._take_mounts)
        self._watch_files(filter_.outer_rule_files())

    def watch(self, folder: str) -> None:
        """Watch a folder. From any thread; does nothing once closed or failed."""
        with self._lock:
            if self._closed:
                return
            try:
                if folder not in self._watches and len(self._watches) >= self._budget:
                    raise OSError(errno.ENOSPC, f"more than {self._budget} folders")
                self._note(folder, self._inotify.add(self._root + folder))
                if not folder:
                    self._watch_files(self._filter.outer_rule_files())
                elif os.path.lexists(f"{self._root}{folder}/.git"):
                    self._watch_files(rule_files(self._filter.root / folder))
            except OSError as error:
                if error.errno not in _NOT_THERE:
                    self._closed = True
                    self._loop.call_soon_threadsafe(self._give_up, error.strerror or "")

    async def aclose(self) -> None:
        """Stop, and release everything."""
        with self._lock:
            self._closed = True
        self._release()

    def drain(self) -> None:
        """Take the events that are in the kernel's queue."""
        if self._inotify.descriptor >= 0 and self._mounts.changed():
            self._listener.lost()
        while self._inotify.descriptor >= 0 and (events := self._inotify.read()):
            for event in events:
                self._take(event)

    def _note(self, folder: str, watch: int) -> None:
        """A folder that was renamed keeps its watch: forget its old name."""
        before = self._folders.get(watch)
        if before is not None and before != folder:
            self._watches.pop(before, None)
        self._folders[watch] = folder
        self._watches[folder] = watch

    def _watch_files(self, files: Iterable[Path]) -> None:
        for file in files:
            try:
                watch = self._inotify.add(str(file.parent), NAMES_MASK)
            except OSError:
                continue  # most of these places do not exist; a scan reads the rules anew in any case
            self._outer.setdefault(watch, set()).add(file.name)

    def _take_mounts(self) -> None:
        """What is mounted on a folder, or away from one, is told by no event of the folder."""
        if self._mounts.changed(told=True):
            self._listener.lost()

    def _take_events(self) -> None:
        for event in self._inotify.read():
            self._take(event)

    def _take(self, event: Event) -> None:
        if event.mask & IN_Q_OVERFLOW:
            self._listener.lost()
            return
        if event.mask & IN_IGNORED:
            self._outer.pop(event.watch, None)
        elif event.name in self._outer.get(event.watch, ()):
            self._listener.lost()
        with self._lock:
            folder = self._folders.get(event.watch)
        if folder is None:
            return
        if event.mask & IN_IGNORED:
            self._end(event.watch, folder)
        elif not event.name:
            self._take_own(folder, event.mask)
        else:
            self._take_entry(folder, f"{folder}/{event.name}" if folder else event.name, event.mask)

    def _take_own(self, folder: str, mask: int) -> None:
        """Something happened to a watched folder itself; its parent tells of that too, unless it is the root."""
        if mask & IN_UNMOUNT or (not folder and mask & (IN_DELETE_SELF | IN_MOVE_SELF)):
            self._listener.lost()

    def _take_entry(self, folder: str, path: str, mask: int) -> None:
        is_dir = bool(mask & IN_ISDIR)
        if path.rpartition("/")[2] == ".git" and not self._filter.ignored(folder, is_dir=True):
            self._watch_files(rule_files(self._filter.root / folder))  # before they are read anew
            self._listener.lost()
        if is_dir and mask & (IN_MODIFY | IN_CLOSE_WRITE):
            return
        if is_dir and mask & IN_MOVED_FROM:
            # Its watches would go on under the old names.
            self._drop_below(path)
        if not self._filter.ignored(path, is_dir=is_dir) or self._filter.is_rule_file(path):
            self._listener.changed(path)
        elif self._filter.ignored(folder, is_dir=True):
            self._drop_below(folder)  # ignored since it was listed

    def _end(self, watch: int, folder: str) -> None:
        """A watch has ended by itself; a folder of the same name may be watched by another one already."""
        with self._lock:
            self._folders.pop(watch, None)
            if self._watches.get(folder) == watch:
                del self._watches[folder]

    def _drop_below(self, folder: str) -> None:
        self._drop(lambda one: one == folder or one.startswith(f"{folder}/"))

    def _drop(self, is_meant: Callable[[str], bool]) -> None:
        """Stop watching some folders."""
        with self._lock:
            for folder in [folder for folder in self._watches if is_meant(folder)]:
                watch = self._watches.pop(folder)
                del self._folders[watch]
                if watch not in self._outer:
                    self._inotify.remove(watch)

    def _give_up(self, why: str) -> None:
        """Give all watches back: others need them too."""
        if self._release():
            root = self._filter.root
            self._listener.failed(
                f"not all folders of {root} can be watched ({why}): it is looked at in intervals; {_MEND}"
            )

    def _release(self) -> bool:
        """Close; tell whether it was open."""
        if self._inotify.descriptor < 0:
            return False
        self._loop.remove_reader(self._inotify.descriptor)
        self._inotify.close()
        self._loop.remove_reader(self._mounts.descriptor)
        self._mounts.close()
        return True
