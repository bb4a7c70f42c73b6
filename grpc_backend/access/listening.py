"""Where a daemon listens besides its socket, and what it asks of those who call there."""

from __future__ import annotations

import argparse
import ipaddress
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from grpc_backend.errors import InvalidRequest


class TlsFiles(Struct, frozen=True):
    """PEM files. With `client_authorities`, callers must show a certificate that one of these has issued (mTLS)."""

    certificate: Path
    key: Path
    client_authorities: Path | None = None


class Listening(Struct, frozen=True):
    """A listener on TCP. Addresses are HOST:PORT.

    `token` gives its holder everything; `tokens` is the file of all other tokens.
    """

    address: str
    token: str
    tokens: Path
    tls: TlsFiles | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of a listener. Each may stand in the environment instead: --tls-key as CODEINDEX_TLS_KEY."""
    add = parser.add_argument
    add("--listen", metavar="HOST:PORT", help="serve TCP, too, which requires a token")
    add("--token-file", type=Path, metavar="FILE", help="the token that may do everything (default: HOME/token)")
    add("--tokens", type=Path, metavar="FILE", help="the tokens that `codeindex token` makes (HOME/tokens.json)")
    add("--tls-certificate", type=Path, metavar="FILE", help="PEM, the whole chain; read again when it changes")
    add("--tls-key", type=Path, metavar="FILE", help="PEM")
    add(
        "--tls-client-authorities",
        type=Path,
        metavar="FILE",
        help="PEM: callers must show a certificate that one of these has issued",
    )
    add("--plaintext", action="store_true", help="listen beyond this machine without TLS: something in front has it")


def resolve_listening(said: Said, home: Path, environ: Mapping[str, str]) -> Listening | None:
    """The listener that is asked for, or None. Errors: InvalidRequest."""
    address = said.address("listen")
    if not address:
        return None
    tls = _tls(said)
    if tls is None and not _is_loopback(address) and not said.flag("plaintext"):
        raise InvalidRequest(
            f"--listen {address} without TLS would send sources in the clear: give --tls-certificate and --tls-key, "
            "or --plaintext if a proxy in front of it has TLS"
        )
    return Listening(
        address=address,
        token=_token(home, said.path("token_file"), environ),
        tokens=said.path("tokens") or token_file_of(home),
        tls=tls,
    )


def token_file_of(home: Path) -> Path:
    """Where a home's tokens are if nobody says otherwise."""
    return home / "tokens.json"


class Said:
    """Arguments over environment: `--tls-key`, else CODEINDEX_TLS_KEY."""

    def __init__(self, args: argparse.Namespace, environ: Mapping[str, str]) -> None:
        self._args = args
        self._environ = environ

    def text(self, name: str) -> str:
        """What was said, or nothing."""
        return str(getattr(self._args, name, None) or self._environ.get(f"CODEINDEX_{name.upper()}", ""))

    def flag(self, name: str) -> bool:
        """Whether it was said, and not with a no."""
        return self.text(name).lower() not in ("", "0", "false", "no")

    def path(self, name: str) -> Path | None:
        """A path that was said."""
        text = self.text(name)
        return Path(text) if text else None

    def address(self, name: str) -> str:
        """HOST:PORT, or nothing. Errors: InvalidRequest."""
        text = self.text(name)
        host, _, port = text.rpartition(":")
        if text and not (host and port.isdigit()):
            raise InvalidRequest(f"--{name} wants HOST:PORT, not {text!r}")
        return text


def _tls(said: Said) -> TlsFiles | None:
    certificate, key = said.path("tls_certificate"), said.path("tls_key")
    authorities = said.path("tls_client_authorities")
    if certificate is None and key is None and authorities is None:
        return None
    if certificate is None or key is None:
        raise InvalidRequest("TLS needs both --tls-certificate and --tls-key")
    return TlsFiles(certificate, key, authorities)


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token(home: Path, token_file: Path | None, environ: Mapping[str, str]) -> str:
    """The token that may do everything: named file, environment, or HOME/token (made if absent)."""
    if token_file is not None:
        return _read_token(token_file)
    if environ.get("CODEINDEX_TOKEN"):
        return environ["CODEINDEX_TOKEN"]
    own = home / "token"
    if not own.exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(32))
    return _read_token(own)


def _read_token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InvalidRequest(f"cannot read the token file {path}: {error.strerror}") from None
    if not token:
        raise InvalidRequest(f"the token file {path} is empty")
    return token
