"""Change a file that another program also uses: all or nothing, with a copy of what was there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from bridge.errors import CannotChange


def read(file: Path) -> str | None:
    """The text of a file, byte for byte; None where there is none. Errors: CannotChange."""
    try:
        return file.read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CannotChange(f"{file} cannot be read, so it was left alone: {error}") from None


def replace(file: Path, before: str | None, after: str) -> Path | None:
    """Put `after` where `before` was read; return the copy of what was there, if anything was.

    The file is replaced by a rename, with its rights; where its name is a link, what that leads to.
    Errors: CannotChange, also where another program changed the file meanwhile.
    """
    target = file.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if before is not None else 0o600
        written = _written_beside(target, after, mode)
        try:
            if read(target) != before:
                raise CannotChange(f"{file} was changed by another program just now: run this again")
            backup = _backup(target, before, mode) if before is not None else None
            written.replace(target)
        finally:
            written.unlink(missing_ok=True)
    except OSError as error:
        raise CannotChange(f"{file} cannot be written: {error}") from None
    return backup


def _written_beside(target: Path, text: str, mode: int) -> Path:
    """The text in a new file of the same folder, so that a rename puts it in place."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with contextlib.closing(os.fdopen(handle, "wb")) as stream:
        os.fchmod(handle, mode)
        stream.write(text.encode())
        stream.flush()
        os.fsync(handle)
    return Path(name)


def _backup(target: Path, text: str, mode: int) -> Path:
    """A copy beside the file, named by the time; none is ever written over."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    number = 0
    while True:
        copy = target.with_name(f"{target.name}.{stamp}{f'-{number}' if number else ''}.bak")
        try:
            handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        return copy
