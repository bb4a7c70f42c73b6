"""What a daemon is told, resolved once at the door into a frozen value."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from grpc_backend.errors import InvalidRequest

MIB = 1024 * 1024
# Protocol versions of SyncIndex that this daemon speaks, both ends included.
PROTOCOL_MIN = 1
PROTOCOL_MAX = 1
STORE_SCHEMES = ("postgresql://", "postgres://")


class DaemonConfig(Struct, frozen=True):
    """A daemon's settings. Times are seconds, sizes are bytes.

    `listen` is HOST:PORT for TCP, empty for a Unix socket under `home`.
    `token` is required of callers on TCP only: on the socket, the directory's mode decides.
    `store` is empty for the embedded engine, or a PostgreSQL address, whose index any number of daemons share.
    `idle_s` 0 means: stay for ever. `model` is a folder with word vectors in place of those that are shipped.
    """

    home: Path
    listen: str = ""
    token: str = ""
    store: str = ""
    idle_s: float = 900.0
    workers: int = 2
    max_file_bytes: int = 5 * MIB
    file_timeout_s: float = 10.0
    log_level: str = "INFO"
    model: Path | None = None


def resolve(
    home: Path, listen: str, token_file: Path | None, environ: Mapping[str, str], store: str = ""
) -> DaemonConfig:
    """Merge arguments over environment over defaults. Errors: InvalidRequest."""
    if listen and ":" not in listen:
        raise InvalidRequest(f"--listen wants HOST:PORT, not {listen!r}")
    store = store or environ.get("CODEINDEX_STORE", "")
    if store and not store.startswith(STORE_SCHEMES):
        raise InvalidRequest(f"--store wants postgresql://USER@HOST/DATABASE, not {store.partition('://')[0]!r}")
    return DaemonConfig(
        home=home,
        listen=listen,
        token=_token(home, token_file, environ) if listen else "",
        store=store,
        # A daemon that a team shares is there before its clients, and stays.
        idle_s=_number(environ, "CODEINDEX_IDLE_SECONDS", 0.0 if store else 900.0),
        workers=int(_number(environ, "CODEINDEX_WORKERS", float(min(os.cpu_count() or 1, 8)))),
        max_file_bytes=int(_number(environ, "CODEINDEX_MAX_FILE_BYTES", 5.0 * MIB)),
        file_timeout_s=_number(environ, "CODEINDEX_FILE_TIMEOUT_SECONDS", 10.0),
        log_level=environ.get("CODEINDEX_LOG_LEVEL", "INFO"),
        model=Path(environ["CODEINDEX_MODEL"]) if environ.get("CODEINDEX_MODEL") else None,
    )


def _number(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        raise InvalidRequest(f"{name} wants a number, not {text!r}") from None
    if value < 0:
        raise InvalidRequest(f"{name} must not be negative")
    return value


def _token(home: Path, token_file: Path | None, environ: Mapping[str, str]) -> str:
    """The token of a TCP listener: named file, environment, or HOME/token (made if absent)."""
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
