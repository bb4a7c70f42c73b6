"""One change as the interface began: its content comes unasked, and is indexed at once."""

from __future__ import annotations

from grpc_backend.errors import CodeIndexError, InvalidRequest
from grpc_backend.index.ingest import Ingest
from grpc_backend.index.workspace import Workspace
from grpc_backend.rpc import wire
from protos import code_index_pb2 as pb


async def taken(ingest: Ingest, workspace: Workspace, change: pb.FileChange) -> pb.SyncResponse:
    """The answer to a change, by path, once it is in the answers."""
    try:
        path = wire.path_from(change.file_path)
        if change.type == pb.FileChange.DELETED:
            ingest.remove(workspace, [path])
            await workspace.wait_until(lambda: not workspace.unsettled(path))
        elif await ingest.push(workspace, path, change.content) is None:
            raise InvalidRequest("the language of this path is not supported")
    except CodeIndexError as error:
        complaint = pb.SyncError(file_path=change.file_path, error=str(error), code=error.code)
        return pb.SyncResponse(error=complaint)
    return pb.SyncResponse(ack=pb.SyncAck(file_path=path, success=True))
