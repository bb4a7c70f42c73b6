"""Checkouts of repositories that a worker is told to index: a folder as it is, or a clone brought up to date."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path
from typing import Final

from bridge.errors import DaemonFailed, InvalidRequest

# scheme://…, or git's own user@host:path.
_URL: Final = re.compile(r"[a-z][a-z+]*://.+|\w[\w.-]*@[\w.-]+:.+")
# Nothing is asked, and no transport is used that runs a program which a URL names.
_GIT: Final = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file", "GIT_LFS_SKIP_SMUDGE": "1"}


def is_url(source: str) -> bool:
    """Whether a source is something to clone."""
    return _URL.fullmatch(source) is not None


async def checkout_of(source: str, folder: Path) -> Path:
    """A source's files, as its default branch is now; clones are kept in `folder`.

    Errors: InvalidRequest for a folder that is not there, DaemonFailed if git fails.
    """
    if not is_url(source):
        root = Path(source)
        if not root.is_absolute() or not root.is_dir():
            raise InvalidRequest(f"{source} is not a folder on this machine")
        return root
    clone = folder / hashlib.blake2b(source.encode(), digest_size=16).hexdigest()
    if not (clone / ".git" / "HEAD").exists():
        folder.mkdir(parents=True, exist_ok=True)
        await _git("init", "--quiet", str(clone))
        await _git("-C", str(clone), "remote", "add", "origin", source)
    await _git("-C", str(clone), "fetch", "--quiet", "--depth", "1", "--force", "origin", "HEAD")
    await _git("-C", str(clone), "reset", "--quiet", "--hard", "FETCH_HEAD")
    await _git("-C", str(clone), "clean", "--quiet", "-ffdx")
    return clone


async def _git(*arguments: str) -> None:
    """Run git; it ends with whoever waits for it. Errors: DaemonFailed with what it said."""
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            env={**os.environ, **_GIT},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise DaemonFailed(f"git cannot be run: {error.strerror}") from error
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise DaemonFailed(f"git {arguments[-1]}: {said.decode(errors='replace').strip() or process.returncode}")
