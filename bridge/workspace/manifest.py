"""What lies in a workspace now: every file with its stat, and what was left out and why. Nothing is opened."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.sources import IsSource, every_file

# Folders whose files are wanted last, when everything is new.
LATER = re.compile(
    r"(^|/)(tests?|__tests__|spec|testdata|fixtures|vendor|third_party|node_modules|dist|build|docs?|examples?)/",
    re.IGNORECASE,
)
# A write within the file system's clock tick may keep the time of the one before it (git's racy-clean rule).
FINE_TICK_NS: Final = 50_000_000
COARSE_TICK_NS: Final = 2_000_000_000

OnFolder = Callable[[str], None]


class FileStat(Struct, frozen=True, gc=False):
    """A regular file. `path` is relative to the root, with '/' between parts."""

    path: str
    size: int
    mtime_ns: int
    inode: int


class Skipped(Struct, frozen=True, gc=False):
    """A file or folder left out. `reason`: too_large, not_regular, symlink, unreadable, bad_name."""

    path: str
    reason: str
    detail: str = ""


class Manifest(Struct, frozen=True):
    """All sources of a root, in no order, and all that was left out. `looked_at_ns`: when the look began.

    `unsupported`: the number of other files; `ignored`: the number of files and folders left out by the rules.
    """

    files: list[FileStat]
    skipped: list[Skipped]
    looked_at_ns: int = 0
    unsupported: int = 0
    ignored: int = 0


class Looked(Struct, frozen=True):
    """What is at some paths now.

    `gone`: paths where no file of the workspace is any more; all that was known at or below them is to
    be forgotten before `files` and `skipped` are taken in, which may name the same path again.
    `folders`: paths of folders of which `files` and `skipped` name all that is below; what else was
    known at or below them is to be forgotten.
    """

    files: list[FileStat]
    gone: list[str]
    skipped: list[Skipped]
    folders: list[str]


def scan(
    filter_: WorkspaceFilter, limit_bytes: int, on_folder: OnFolder | None = None, is_source: IsSource = every_file
) -> Manifest:
    """Everything in the root, by lstat alone, with all rules read anew. Blocks.

    `on_folder` is told each folder (relative, "" for the root) before it is listed, so that what
    happens in it from then on can be watched. Raises OSError if the root itself cannot be listed:
    a mount that vanished is not an empty workspace.
    """
    looked_at_ns = time.time_ns()
    filter_.reload()
    os.scandir(filter_.root).close()
    walk = _Walk(filter_, limit_bytes, on_folder, is_source)
    walk.below("")
    return Manifest(walk.files, walk.skipped, looked_at_ns, walk.unsupported, walk.ignored)


def look(
    filter_: WorkspaceFilter,
    paths: Iterable[str],
    limit_bytes: int,
    on_folder: OnFolder | None = None,
    is_source: IsSource = every_file,
) -> Looked:
    """What is at these paths; a folder stands for all that is in it. Blocks. `on_folder` and errors as for `scan`."""
    walk = _Walk(filter_, limit_bytes, on_folder, is_source)
    gone: list[str] = []
    folders: list[str] = []
    for path in sorted(set(paths), key=lambda path: f"{path}/" if path else ""):
        if folders and f"{path}/".startswith(_below(folders[-1])):
            continue  # a folder's contents come right after it
        mode = walk.at(path)
        if stat.S_ISDIR(mode):
            folders.append(path)
            walk.below(_below(path))
        elif not stat.S_ISREG(mode) or filter_.has_met(path):
            gone.append(path)
            filter_.forget(path)
    if gone:
        os.scandir(filter_.root).close()  # the root itself, perhaps
    return Looked(walk.files, gone, walk.skipped, folders)


def by_likely_interest(files: Iterable[FileStat]) -> list[FileStat]:
    """What was touched last comes first; tests, documents and other people's code last."""
    return sorted(files, key=lambda file: (LATER.search(file.path) is not None, -file.mtime_ns))


def compare(
    old: Mapping[str, FileStat], new: Mapping[str, FileStat], looked_at_ns: int | None = None
) -> tuple[list[str], list[str]]:
    """Paths that are new or whose stat differs, and paths that are gone.

    With `looked_at_ns`, when the look at `old` began, files whose time proves nothing count as
    changed too: their content may have changed since without a trace in the stat.
    """
    if looked_at_ns is None:
        changed = [path for path, file in new.items() if old.get(path) != file]
    else:
        changed = [path for path, file in new.items() if old.get(path) != file or is_racy(file.mtime_ns, looked_at_ns)]
    return changed, [path for path in old if path not in new]


def is_racy(mtime_ns: int, looked_at_ns: int) -> bool:
    """Whether a file with this time may have been written again after the look, and kept the time.

    Source: git's Documentation/technical/racy-git. The tick is taken as coarse where the time has no
    fraction of a second. A time in the future proves nothing either.
    """
    tick_ns = FINE_TICK_NS if mtime_ns % 1_000_000_000 else COARSE_TICK_NS
    return mtime_ns + tick_ns >= looked_at_ns


class _Walk:
    """Gathers what is found; one use."""

    def __init__(
        self, filter_: WorkspaceFilter, limit_bytes: int, on_folder: OnFolder | None, is_source: IsSource
    ) -> None:
        self.files: list[FileStat] = []
        self.unsupported = self.ignored = 0
        self._is_source = is_source
        self.skipped: list[Skipped] = []
        self._filter = filter_
        self._root = f"{filter_.root}/"
        self._limit_bytes = limit_bytes
        self._on_folder = on_folder
        self._real: set[str] = set()

    def at(self, path: str) -> int:
        """Take in what is at a path unless it is a folder; return its mode, 0 if nothing of the workspace is there."""
        try:
            if not self._is_real(path.rpartition("/")[0]):
                return 0
            status = os.lstat(self._root + path)
        except (FileNotFoundError, NotADirectoryError):
            return 0
        except OSError as error:
            if not self._filter.ignored(path):
                self._skip(path, "unreadable", error.strerror)
            return 0
        is_dir = stat.S_ISDIR(status.st_mode)
        if self._filter.ignored(path, is_dir=is_dir):
            return 0
        if not is_dir:
            self._take(path, status)
        return status.st_mode

    def below(self, folder: str) -> None:
        """Take in all below a folder ('/' at its end, or empty). Symlinks are not followed."""
        folders = [folder]
        while folders:
            here = folders.pop()
            if not here.isascii() and not _is_utf8(here):
                self._skip(here[:-1], "bad_name", "the name is not UTF-8")
                continue
            try:
                folders += self._list(here)
            except (FileNotFoundError, NotADirectoryError):
                continue  # removed, or replaced by something else, since it was seen
            except OSError as error:
                self._skip(here[:-1] or ".", "unreadable", error.strerror)

    def _list(self, here: str) -> list[str]:
        """Take in the files of a folder; return its subfolders."""
        if self._on_folder is not None:
            self._on_folder(here[:-1])
        with os.scandir(self._root + here) as entries:
            there = list(entries)
        folders, others = self._filter.sift(here, there)
        self.ignored += len(there) - len(folders) - len(others)
        take = self._take
        for entry in others:
            try:
                take(here + entry.name, entry.stat(follow_symlinks=False))
            except FileNotFoundError:
                continue  # removed since it was listed
            except OSError as error:
                self._skip(here + entry.name, "unreadable", error.strerror)
        return [f"{here}{entry.name}/" for entry in folders]

    def _take(self, path: str, status: os.stat_result) -> None:
        size = status.st_size
        if not path.isascii() and not _is_utf8(path):
            self._skip(path, "bad_name", "the name is not UTF-8")
        elif not stat.S_ISREG(status.st_mode):
            self._skip_special(path, status.st_mode)
        elif not self._is_source(path):
            self.unsupported += 1
        elif size > self._limit_bytes:
            self._skip(path, "too_large", f"{size} bytes, the limit is {self._limit_bytes}")
        else:
            self.files.append(FileStat(path, size, status.st_mtime_ns, status.st_ino))

    def _skip_special(self, path: str, mode: int) -> None:
        if stat.S_ISLNK(mode):
            self._skip(path, "symlink", "its target is indexed where it lies, if that is in the workspace")
        else:
            self._skip(path, "not_regular", "a pipe, socket or device")

    def _skip(self, path: str, reason: str, detail: str | None) -> None:
        shown = path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")
        self.skipped.append(Skipped(shown, reason, detail or ""))

    def _is_real(self, folder: str) -> bool:
        """Whether a folder lies in the root without a link on the way. Raises OSError."""
        if not folder or folder in self._real:
            return True
        for end in range(len(folder) + 1):
            if folder[end : end + 1] in ("", "/") and folder[:end] not in self._real:
                if not stat.S_ISDIR(os.lstat(self._root + folder[:end]).st_mode):
                    return False
                self._real.add(folder[:end])
        return True


def _below(folder: str) -> str:
    return f"{folder}/" if folder else ""


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
