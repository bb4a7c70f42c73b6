"""One error tree; each class has one stable code. `rpc/status.py` maps them to the wire."""

from __future__ import annotations

from typing import ClassVar


class CodeIndexError(Exception):
    """Something a caller can be told about. The text says what to do."""

    code: ClassVar[str] = "internal"


class InvalidRequest(CodeIndexError):
    """The request cannot be understood as it stands."""

    code = "invalid_request"


class NotFound(CodeIndexError):
    """What was named is not in the index."""

    code = "not_found"


class Unauthenticated(CodeIndexError):
    """The caller did not show a token that is known here."""

    code = "unauthenticated"


class TokenExpired(CodeIndexError):
    """The caller's token was good until a while ago."""

    code = "token_expired"


class ScopeDenied(CodeIndexError):
    """The caller's token is not for calls of this kind."""

    code = "scope_denied"


class RepositoryDenied(CodeIndexError):
    """The caller's token is not for this repository."""

    code = "repository_denied"


class ProtocolMismatch(CodeIndexError):
    """Client and daemon share no protocol version."""

    code = "protocol_mismatch"


class TooOld(CodeIndexError):
    """The answer could not be made as new as was required within the deadline."""

    code = "too_old"


class TooLarge(CodeIndexError):
    """A content, page or request is above its limit."""

    code = "too_large"


class BadContent(CodeIndexError):
    """A content does not match the digest or the size that came with it."""

    code = "bad_content"


class StorageFailed(CodeIndexError):
    """The storage engine could not do its work (disk full, read-only, damaged)."""

    code = "storage_failed"


class Overtaken(CodeIndexError):
    """Another daemon has changed the workspace meanwhile: look at it anew."""

    code = "overtaken"


class AlreadyRunning(CodeIndexError):
    """Another daemon holds this home."""

    code = "already_running"
