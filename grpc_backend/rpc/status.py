"""Errors to gRPC status: the one table."""

from __future__ import annotations

import grpc

from grpc_backend.errors import CodeIndexError

STATUS = {
    "invalid_request": grpc.StatusCode.INVALID_ARGUMENT,
    "not_found": grpc.StatusCode.NOT_FOUND,
    "unauthenticated": grpc.StatusCode.UNAUTHENTICATED,
    "token_expired": grpc.StatusCode.UNAUTHENTICATED,
    "scope_denied": grpc.StatusCode.PERMISSION_DENIED,
    "repository_denied": grpc.StatusCode.PERMISSION_DENIED,
    "protocol_mismatch": grpc.StatusCode.FAILED_PRECONDITION,
    "too_old": grpc.StatusCode.ABORTED,
    "too_large": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "bad_content": grpc.StatusCode.DATA_LOSS,
    "storage_failed": grpc.StatusCode.UNAVAILABLE,
    "overtaken": grpc.StatusCode.ABORTED,
    "already_running": grpc.StatusCode.ALREADY_EXISTS,
    "internal": grpc.StatusCode.INTERNAL,
}
# The error's own code travels beside the status, for clients that tell errors apart.
CODE_TRAILER = "codeindex-error"


def status_of(error: CodeIndexError) -> grpc.StatusCode:
    """The status that an error becomes."""
    return STATUS[error.code]
