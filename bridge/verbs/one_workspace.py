"""What the verbs about one workspace share: find it, open it, close it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bridge.config import default_roots
from bridge.errors import InvalidRequest
from bridge.session import Session, WorkspaceSession
from protos import code_index_pb2 as pb


def root_of(workspace: Path | None) -> Path:
    """The workspace named, else the current repository, else the current folder: the same for every verb."""
    return workspace or next(iter(default_roots(os.environ)), Path.cwd())


@contextlib.asynccontextmanager
async def opened(home: Path, workspace: Path | None, server: str) -> AsyncIterator[WorkspaceSession]:
    """The workspace of a verb, syncing. Errors: BridgeError."""
    session = Session(home, [root_of(workspace)], server=server)
    session.start()
    try:
        yield (await session.workspaces())[0]
    finally:
        await session.close()


def freshness_json(value: pb.Freshness) -> dict[str, Any]:
    """What an answer covers, as `--json` prints it."""
    fields = {field.name: getattr(value, field.name) for field in value.DESCRIPTOR.fields}
    away = fields.pop("upstream_away")
    return {**fields, "upstream_away": away} if away else fields


def counted(number: int, noun: str) -> str:
    """A number of things, for a person."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def print_json(document: dict[str, Any]) -> None:
    """The one document of `--json`."""
    json.dump(document, sys.stdout, ensure_ascii=False)
    sys.stdout.write("\n")


def check_limit(limit: int) -> int:
    """A limit that the daemon takes. Errors: InvalidRequest."""
    if not 1 <= limit <= 1000:
        raise InvalidRequest("--limit must be from 1 to 1000")
    return limit
