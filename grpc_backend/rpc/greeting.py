"""The beginning of a stream: which protocol is spoken, and what a client needs to know to describe a workspace."""

from __future__ import annotations

from grpc_backend import __version__
from grpc_backend.config import PROTOCOL_MAX, PROTOCOL_MIN
from grpc_backend.errors import ProtocolMismatch
from grpc_backend.extract import detect
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.service import IndexService
from grpc_backend.index.workspace import Workspace
from grpc_backend.rpc import wire
from protos import code_index_pb2 as pb


def protocol_from(hello: pb.Hello) -> int:
    """The version of the sync protocol to speak. Errors: ProtocolMismatch."""
    if hello.protocol_max < PROTOCOL_MIN or hello.protocol_min > PROTOCOL_MAX:
        raise ProtocolMismatch(
            f"this daemon speaks sync protocol {PROTOCOL_MIN} to {PROTOCOL_MAX}, "
            f"the client {hello.protocol_min} to {hello.protocol_max}: restart the older one"
        )
    return min(hello.protocol_max, PROTOCOL_MAX)


def welcome_to(service: IndexService, workspace: Workspace, protocol: int, *, wants_base: bool) -> pb.Welcome:
    """Who leads, and under which id, is for the session to say."""
    return pb.Welcome(
        protocol=protocol,
        daemon_version=__version__,
        generation=workspace.generation,
        max_file_bytes=service.config.max_file_bytes,
        sources=wire.sources_to(detect.sources()),
        files=len(workspace.files),
        wanted_base=_wanted_base(service.engine.base_form if wants_base else 0),
    )


def _wanted_base(form: int) -> pb.FetchBaseRequest | None:
    """The base that a store of this form takes; None if it takes none."""
    return pb.FetchBaseRequest(form=form, extractor=EXTRACTOR_VERSION) if form else None
