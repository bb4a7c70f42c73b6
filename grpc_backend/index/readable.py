"""Which contents a caller may know of."""

from __future__ import annotations

from collections.abc import Collection

from grpc_backend.access.grant import Grant
from grpc_backend.model import ContentKey
from grpc_backend.storage.engine import ContentInfo, Engine


def readable(
    engine: Engine, keys: Collection[ContentKey], grant: Grant, also: Collection[str] = ()
) -> dict[ContentKey, ContentInfo]:
    """What is known of those contents that lie in the caller's repositories, or in the workspaces `also`. Blocks.

    One that lies only in others' is as unknown to him as one that nobody has: he must send it. Otherwise a digest
    would tell whether somebody has a file, and putting it into a repository of one's own would give what is in it.
    """
    known = engine.known(keys)
    if grant.sees_everything or not known:
        return known
    covered = [name for name in engine.workspaces() if grant.covers(name)]
    return {key: known[key] for key in engine.held_by(known, [*covered, *also])}
