"""A document's text as an editor has it, or its close."""

from __future__ import annotations

from grpc_backend.errors import InvalidRequest, TooLarge
from grpc_backend.index.ingest import Ingest
from grpc_backend.index.overlays import Edit
from grpc_backend.index.workspace import Workspace
from grpc_backend.rpc import wire
from protos import code_index_pb2 as pb


def taken(
    ingest: Ingest, workspace: Workspace, stream: str, overlay: pb.Overlay, limit_bytes: int
) -> Edit | InvalidRequest | TooLarge | None:
    """The edit to extract; None for a close. One that cannot be taken closes the document: then why."""
    why: InvalidRequest | TooLarge | None = None
    try:
        path = wire.relative_path_from(overlay.path)
        if len(overlay.content) > limit_bytes:
            raise TooLarge(f"the open text of {path} has {len(overlay.content)} bytes, the limit is {limit_bytes}")
        if overlay.HasField("content"):
            return ingest.edit(workspace, stream, path, overlay.content)
    except (InvalidRequest, TooLarge) as error:
        why = error
    workspace.overlays.close(stream, overlay.path)
    return why
