"""What can go wrong on the bridge's side. Each text says what to do; each class has one code."""

from __future__ import annotations

from typing import ClassVar


class BridgeError(Exception):
    """Something the user or the assistant can be told about."""

    code: ClassVar[str] = "internal"


class InvalidRequest(BridgeError):
    """The request cannot be understood as it stands."""

    code = "invalid_request"


class NotFound(BridgeError):
    """What was named is not there."""

    code = "not_found"


class TooOld(BridgeError):
    """The answer could not be made as new as was required in time."""

    code = "too_old"


class DaemonUnreachable(BridgeError):
    """There is no daemon, and none could be started."""

    code = "daemon_unreachable"


class AccessDenied(BridgeError):
    """The server does not do for us what was asked, or we do not trust it."""


class Unauthenticated(AccessDenied):
    """We showed no token, or one that the server does not know."""

    code = "unauthenticated"


class TokenExpired(AccessDenied):
    """Our token was good until a while ago."""

    code = "token_expired"


class ScopeDenied(AccessDenied):
    """Our token is not for calls of this kind."""

    code = "scope_denied"


class RepositoryDenied(AccessDenied):
    """Our token is not for this repository."""

    code = "repository_denied"


class CertificateRequired(AccessDenied):
    """The server wants a certificate of us, and we have none."""

    code = "certificate_required"


class CertificateExpired(AccessDenied):
    """Our certificate is not valid any more, or not yet."""

    code = "certificate_expired"


class CertificateUntrusted(AccessDenied):
    """Our certificate comes from an authority that the server does not trust."""

    code = "certificate_untrusted"


class ServerUntrusted(AccessDenied):
    """The server's certificate is not one that we trust."""

    code = "server_untrusted"


class DaemonFailed(BridgeError):
    """The daemon answered with an error that is not the caller's."""

    code = "daemon_failed"


class CannotChange(BridgeError):
    """A file of another program's cannot be read or written as it has to be; it was left alone."""

    code = "cannot_change"


_BY_CODE: dict[str, type[BridgeError]] = {
    one.code: one
    for one in (
        InvalidRequest,
        NotFound,
        TooOld,
        DaemonUnreachable,
        Unauthenticated,
        TokenExpired,
        ScopeDenied,
        RepositoryDenied,
    )
}


def error_for(code: str, text: str) -> BridgeError:
    """The error that a code from the daemon stands for; an unknown one is the daemon's failure."""
    known = _BY_CODE.get(code)
    return known(text) if known else DaemonFailed(f"{text} ({code})")
