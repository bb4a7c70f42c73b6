"""What lies in a workspace now: every file with its stat, and what was left out and why."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from bridge.workspace.filter import WorkspaceFilter

# Folders whose files are wanted last, when everything is new.
LATER = re.compile(r"(^|/)(tests?|testdata|fixtures|vendor|third_party|node_modules|dist|build|docs?|examples?)/")


class FileStat(Struct, frozen=True, gc=False):
    """A regular file. `path` is relative to the root, with '/' between parts."""

    path: str
    size: int
    mtime_ns: int
    inode: int


class Skipped(Struct, frozen=True):
    """A file left out. `reason`: too_large, not_regular, symlink, unreadable, bad_name."""

    path: str
    reason: str
    detail: str = ""


class Manifest(Struct, frozen=True):
    """All files of a root, in no order, and all that was left out."""

    files: list[FileStat]
    skipped: list[Skipped]


class Looked(Struct, frozen=True):
    """What is at some paths now. `gone`: paths where nothing is, or what is ignored."""

    files: list[FileStat]
    gone: list[str]
    skipped: list[Skipped]


def scan(filter_: WorkspaceFilter, limit_bytes: int) -> Manifest:
    """Everything in the root, by lstat alone. Blocks."""
    filter_.reload()
    return _sorted_out(_entries_below(filter_, ""), limit_bytes)


def look(filter_: WorkspaceFilter, paths: Iterable[str], limit_bytes: int) -> Looked:
    """What is at these paths; a folder stands for all that is in it. Blocks."""
    found: list[tuple[str, os.stat_result | OSError]] = []
    gone: list[str] = []
    for path in paths:
        try:
            status = os.lstat(filter_.root / path)
        except (FileNotFoundError, NotADirectoryError):
            gone.append(path)
            continue
        except OSError as error:
            found.append((path, error))
            continue
        is_dir = stat.S_ISDIR(status.st_mode)
        if filter_.ignored(path, is_dir=is_dir):
            gone.append(path)
        elif is_dir:
            found += _entries_below(filter_, path + "/")
        else:
            found.append((path, status))
    manifest = _sorted_out(found, limit_bytes)
    return Looked(manifest.files, gone, manifest.skipped)


def by_likely_interest(files: Iterable[FileStat]) -> list[FileStat]:
    """What was touched last comes first; tests, documents and other people's code last."""
    return sorted(files, key=lambda file: (LATER.search(file.path) is not None, -file.mtime_ns))


def compare(old: Mapping[str, FileStat], new: Mapping[str, FileStat]) -> tuple[list[str], list[str]]:
    """Paths that are new or whose stat differs, and paths that are gone."""
    changed = [path for path, file in new.items() if old.get(path) != file]
    return changed, [path for path in old if path not in new]


def _entries_below(filter_: WorkspaceFilter, folder: str) -> Iterator[tuple[str, os.stat_result | OSError]]:
    """Every entry below `folder` that is no directory and not ignored. Symlinks are not followed."""
    root = f"{filter_.root}/"
    folders = [folder]
    while folders:
        here = folders.pop()
        try:
            entries = os.scandir(root + here)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                yield here.rstrip("/") or ".", error
            continue
        with entries:
            for entry in entries:
                is_dir = entry.is_dir(follow_symlinks=False)
                if filter_.ignored_in(here, entry.name, is_dir=is_dir):
                    continue
                path = here + entry.name
                if is_dir:
                    folders.append(path + "/")
                    continue
                try:
                    yield path, entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # removed between listing and looking
                except OSError as error:
                    yield path, error


def _sorted_out(entries: Iterable[tuple[str, os.stat_result | OSError]], limit_bytes: int) -> Manifest:
    files: list[FileStat] = []
    skipped: list[Skipped] = []
    for path, status in entries:
        if not path.isascii() and not _is_utf8(path):
            shown = path.encode("utf-8", "backslashreplace").decode()
            skipped.append(Skipped(shown, "bad_name", "the name is not UTF-8"))
        elif isinstance(status, OSError):
            skipped.append(Skipped(path, "unreadable", status.strerror or ""))
        elif (reason := _reason_to_skip(status, limit_bytes)) is not None:
            skipped.append(Skipped(path, *reason))
        else:
            files.append(FileStat(path, status.st_size, status.st_mtime_ns, status.st_ino))
    return Manifest(files, skipped)


def _reason_to_skip(status: os.stat_result, limit_bytes: int) -> tuple[str, str] | None:
    if stat.S_ISLNK(status.st_mode):
        return "symlink", "its target is indexed where it lies, if that is in the workspace"
    if not stat.S_ISREG(status.st_mode):
        return "not_regular", "a pipe, socket or device"
    if status.st_size > limit_bytes:
        return "too_large", f"{status.st_size} bytes, the limit is {limit_bytes}"
    return None


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
