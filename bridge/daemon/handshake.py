"""Why a server does not talk to us: gRPC says no more than that a socket was closed.

A server that refuses a certificate hangs up after the handshake, without a word (gRPC sends no TLS alert). So the
handshake is done once more by hand: whether it is the server's certificate that we refuse, and whether the server
hangs up on ours, is seen there; what is wrong with ours is asked of OpenSSL, by showing it to ourselves.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from pathlib import Path
from typing import Final

from bridge.daemon.credentials import Credentials, addresses_of
from bridge.errors import (
    BridgeError,
    CertificateExpired,
    CertificateRequired,
    CertificateUntrusted,
    DaemonUnreachable,
    InvalidRequest,
    ServerUntrusted,
)

TIMEOUT_S: Final = 3.0
# What a client of HTTP/2 says first: its preface and empty settings. A server that takes us answers with its settings.
OPENING: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))


def why_refused(target: str, shown: Credentials) -> BridgeError | None:
    """What is wrong between us and the first server of a target that is not well; None if all are. Blocks."""
    return next(filter(None, (_why(target, host, port, shown) for host, port in addresses_of(target))), None)


def _why(target: str, host: str, port: int, shown: Credentials) -> BridgeError | None:
    where = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), TIMEOUT_S) as plain:
            return _greet(plain, host, shown) if shown.uses_tls(target) else None
    except ssl.SSLCertVerificationError as error:
        return ServerUntrusted(
            f"the certificate of {where} is not to be trusted: {error.verify_message}. "
            "Name the authority that issued it (tls_authorities), or have the server renew it"
        )
    except ssl.SSLError as error:
        return DaemonUnreachable(f"{where} does not speak TLS with us: {error.reason}")
    except OSError as error:
        return DaemonUnreachable(f"{where} cannot be reached: {error.strerror or error}")


def _greet(plain: socket.socket, host: str, shown: Credentials) -> BridgeError | None:
    """Shake hands and say the first words. Errors: ssl.SSLError, OSError."""
    context = ssl.create_default_context(cafile=shown.authorities)
    context.set_alpn_protocols(["h2"])
    if shown.certificate is not None:
        _load(context, shown)
    with context.wrap_socket(plain, server_hostname=host) as shaken:
        return None if _answers(shaken) else _judged(shown)


def _answers(shaken: ssl.SSLSocket) -> bool:
    """Whether the server speaks, or hangs up."""
    with contextlib.suppress(ssl.SSLEOFError, ConnectionError):
        shaken.sendall(OPENING)
        return bool(shaken.recv(1))
    return False


def _judged(shown: Credentials) -> BridgeError:
    """Why the server hung up on what we have shown."""
    if shown.certificate is None:
        return CertificateRequired(
            "the server wants a certificate of its callers, and none is configured: tls_certificate and tls_key"
        )
    with contextlib.suppress(ssl.SSLError):
        problem = _invalidity(shown)
        if problem:
            return CertificateExpired(f"the server refuses our certificate {shown.certificate}: {problem}. Renew it")
    return CertificateUntrusted(
        f"the server refuses our certificate {shown.certificate}: "
        "it was not issued by an authority that the server trusts"
    )


def _invalidity(shown: Credentials) -> str:
    """What OpenSSL finds wrong with our own certificate, whoever issued it: that it expired, or is not valid yet."""
    checking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    checking.verify_mode = ssl.CERT_REQUIRED
    checking.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    checking.load_verify_locations(cafile=shown.certificate)
    showing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    showing.check_hostname, showing.verify_mode = False, ssl.CERT_NONE  # the other end is ourselves
    for context in (checking, showing):
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # here the handshake is not over before both have checked
        _load(context, shown)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    server, client = checking.wrap_bio(there, back, server_side=True), showing.wrap_bio(back, there)
    for _ in range(3):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


def _load(context: ssl.SSLContext, shown: Credentials) -> None:
    """Errors: InvalidRequest if certificate and key are none, or do not belong together."""
    certificate, key = shown.certificate, shown.key
    assert isinstance(certificate, Path)
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise InvalidRequest(f"{certificate} and {key} are no certificate and its key: {error}") from None
