"""TLS for the listener: certificates are read again when their files change, without a restart.

gRPC asks before every handshake; connections that are open keep what they began with.
"""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Any

import grpc

from grpc_backend.access.listening import TlsFiles
from grpc_backend.errors import InvalidRequest

log = logging.getLogger(__name__)


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Credentials that follow the files. Errors: InvalidRequest if they are of no use now."""
    certificates = _Certificates(files)
    renewed: Any = certificates.renewed  # gRPC takes None for "no change", which its stubs do not know
    return grpc.dynamic_ssl_server_credentials(
        certificates.read(),
        renewed,
        require_client_authentication=files.client_authorities is not None,
    )


class _Certificates:
    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen: list[tuple[int, ...]] = []

    def read(self) -> grpc.ServerCertificateConfiguration:
        """What the files hold now. Errors: InvalidRequest."""
        seen = self._look()
        key, chain, authorities = (_read(path) for path in self._paths())
        _check(self._files, authorities)
        self._seen = seen
        return grpc.ssl_server_certificate_configuration([(key, chain)], authorities or None)

    def renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """What the files hold, if that is new and of use; called by gRPC from a thread of its own."""
        try:
            if self._look() == self._seen:
                return None
            fresh = self.read()
        except InvalidRequest as error:
            # A key and its certificate are two files: for a moment they may not fit. The next handshake looks again.
            log.warning("the certificates stay as they were: %s", error)
            return None
        log.info("new certificates from %s", self._files.certificate)
        return fresh

    def _paths(self) -> tuple[Path, Path, Path | None]:
        return self._files.key, self._files.certificate, self._files.client_authorities

    def _look(self) -> list[tuple[int, ...]]:
        try:
            looks = [path.stat() for path in self._paths() if path is not None]
        except OSError as error:
            raise InvalidRequest(f"cannot read {error.filename}: {error.strerror}") from None
        return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in looks]


def _read(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path is not None else b""
    except OSError as error:
        raise InvalidRequest(f"cannot read {error.filename}: {error.strerror}") from None


def _check(files: TlsFiles, authorities: bytes) -> None:
    """gRPC would say nothing of files that are of no use, and fail every handshake. Errors: InvalidRequest."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_password)
    except (ssl.SSLError, OSError) as error:
        raise InvalidRequest(f"{files.certificate} and {files.key} are no certificate and its key: {error}") from None
    if files.client_authorities is not None:
        try:
            context.load_verify_locations(cadata=authorities.decode("ascii"))
        except (ssl.SSLError, ValueError) as error:
            raise InvalidRequest(f"{files.client_authorities} holds no certificates: {error}") from None


def _no_password() -> str:
    raise InvalidRequest("the key of --tls-key is encrypted: give one that is not, readable by the daemon alone")
