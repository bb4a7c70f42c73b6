"""What a daemon is told, resolved once at the door into a frozen value."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from grpc_backend.access.listening import Listening, Said, resolve_listening
from grpc_backend.errors import InvalidRequest

MIB = 1024 * 1024
# Protocol versions of SyncIndex that this daemon speaks, both ends included.
PROTOCOL_MIN = 1
PROTOCOL_MAX = 1
TRACE_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
STORE_SCHEMES = ("postgresql://", "postgres://")


class DaemonConfig(Struct, frozen=True):
    """A daemon's settings. Times are seconds, sizes are bytes.

    There is always a Unix socket under `home`; `listening` says where else, for whom. `metrics` and `health` are
    HOST:PORT of listeners for those who watch, in plain text and without a token; empty: none.
    `store` is empty for the embedded engine, or a PostgreSQL address, whose index any number of daemons share.
    `traces`: OpenTelemetry's environment says where to.
    `idle_s` 0 means: stay for ever.
    `expected`: workspaces that are about to be asked for.
    `model` is a folder with word vectors in place of those that are shipped.
    """

    home: Path
    listening: Listening | None = None
    store: str = ""
    metrics: str = ""
    health: str = ""
    traces: bool = False
    idle_s: float = 900.0
    workers: int = 2
    max_file_bytes: int = 5 * MIB
    file_timeout_s: float = 10.0
    log_level: str = "INFO"
    log_json: bool = False
    model: Path | None = None
    expected: tuple[str, ...] = ()


def resolve(args: Namespace, environ: Mapping[str, str]) -> DaemonConfig:
    """Merge arguments over environment over defaults. Errors: InvalidRequest."""
    home = Path(args.home).absolute()
    said = Said(args, environ)
    listening = resolve_listening(said, home, environ)
    store = said.text("store")
    if store and not store.startswith(STORE_SCHEMES):
        raise InvalidRequest(f"--store wants postgresql://USER@HOST/DATABASE, not {store.partition('://')[0]!r}")
    return DaemonConfig(
        home=home,
        listening=listening,
        store=store,
        metrics=said.address("metrics"),
        health=said.address("health"),
        traces=any(environ.get(name) for name in TRACE_ENDPOINTS),
        # A daemon that a team shares is there before its clients, and stays.
        idle_s=_number(environ, "CODEINDEX_IDLE_SECONDS", 0.0 if listening or store else 900.0),
        workers=int(_number(environ, "CODEINDEX_WORKERS", float(min(os.cpu_count() or 1, 8)))),
        max_file_bytes=int(_number(environ, "CODEINDEX_MAX_FILE_BYTES", 5.0 * MIB)),
        file_timeout_s=_number(environ, "CODEINDEX_FILE_TIMEOUT_SECONDS", 10.0),
        log_level=environ.get("CODEINDEX_LOG_LEVEL", "INFO"),
        log_json=said.text("log_format") == "json",
        model=Path(environ["CODEINDEX_MODEL"]) if environ.get("CODEINDEX_MODEL") else None,
        expected=tuple(getattr(args, "expect", ())),
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
