"""What we show a server that is not our own daemon: a token, and certificates.

They are in the environment (CODEINDEX_TOKEN, …_TOKEN_FILE, …_TLS_AUTHORITIES, …_TLS_CERTIFICATE, …_TLS_KEY), or, since
most clients hand no variables on, in HOME/servers.toml, one table a server:

    ["index.example:50051"]
    token_file = "index.token"          # beside servers.toml, or absolute
    tls_authorities = "authorities.pem" # absent: those that the system trusts
    tls_certificate = "me.pem"
    tls_key = "me.key"
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import grpc

from bridge.errors import InvalidRequest

FILES: Final = ("token_file", "tls_authorities", "tls_certificate", "tls_key")


class Credentials(NamedTuple):
    """A token and PEM files. The files are read whenever a channel is made: renewed ones hold from then on."""

    token: str = ""
    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def uses_tls(self, target: str) -> bool:
        """Whether calls to a target go through TLS: always, but for this machine where nothing asks for it."""
        return bool(self.authorities or self.certificate) or not is_local(target)

    def looks(self) -> list[tuple[int, ...]]:
        """What tells the files that are there now from others of the same names."""
        return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in map(_stat, filter(None, self[1:])) if one]


def credentials_for(target: str, home: Path, environ: Mapping[str, str]) -> Credentials:
    """What to show a server: the environment's, else the file's. Errors: InvalidRequest."""
    said = {**_table(home / "servers.toml", target), **_from(environ)}
    paths = {name: home / said[name] for name in FILES if name in said}
    if ("tls_certificate" in paths) != ("tls_key" in paths):
        raise InvalidRequest(f"{target}: tls_certificate and tls_key go together, one of them is missing")
    token = said.get("token") or ("token_file" in paths and _read(paths["token_file"]).decode().strip()) or ""
    return Credentials(token, *(paths.get(name) for name in FILES[1:]))


def open_channel(target: str, shown: Credentials, options: Sequence[tuple[str, Any]]) -> grpc.aio.Channel:
    """A channel that shows them. Errors: InvalidRequest if a file cannot be read.

    Without TLS gRPC itself sees to it that the token does not leave this machine.
    """
    if shown.uses_tls(target):
        base = grpc.ssl_channel_credentials(_maybe(shown.authorities), _maybe(shown.key), _maybe(shown.certificate))
    else:
        base = grpc.local_channel_credentials(grpc.LocalConnectionType.LOCAL_TCP)
    if shown.token:
        base = grpc.composite_channel_credentials(base, grpc.access_token_call_credentials(shown.token))
    return grpc.aio.secure_channel(target, base, options=options)


def addresses_of(target: str) -> list[tuple[str, int]]:
    """Host and port of each server that a target names. Errors: InvalidRequest."""
    found = []
    for one in target.rpartition("/")[2].removeprefix("ipv4:").removeprefix("ipv6:").split(","):
        host, _, port = one.rpartition(":")
        if not (host and port.isdigit()):
            raise InvalidRequest(f"a server is HOST:PORT, not {one!r}")
        found.append((host.strip("[]"), int(port)))
    return found


def is_local(target: str) -> bool:
    """Whether all of a target is on this machine."""
    return all(map(_is_loopback, (host for host, _ in addresses_of(target))))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def upstream_of(home: Path, environ: Mapping[str, str]) -> str:
    """The team's server that extractions are had from: CODEINDEX_UPSTREAM, else `upstream` in servers.toml; or ""."""
    try:
        said = tomllib.loads((home / "servers.toml").read_text(encoding="utf-8")).get("upstream", "")
    except (OSError, ValueError):
        said = ""
    return environ.get("CODEINDEX_UPSTREAM", "") or str(said)


def _table(file: Path, target: str) -> dict[str, str]:
    """What the file says of a target."""
    try:
        table: Any = tomllib.loads(file.read_text(encoding="utf-8")).get(target, {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"cannot read {file}: {error}") from None
    known = {"token", *FILES}
    if not isinstance(table, dict) or table.keys() - known or not all(isinstance(one, str) for one in table.values()):
        raise InvalidRequest(f"{file}: [{target!r}] may say {', '.join(sorted(known))}, all of them text")
    if "token" in table and file.stat().st_mode & 0o077:
        raise InvalidRequest(f"{file} holds a token and others can read it: chmod 600 {file}")
    return table


def _from(environ: Mapping[str, str]) -> dict[str, str]:
    said = {name: environ.get(f"CODEINDEX_{name.upper()}", "") for name in ("token", *FILES)}
    return {name: value for name, value in said.items() if value}


def _stat(path: Path) -> os.stat_result | None:
    with contextlib.suppress(OSError):
        return path.stat()
    return None


def _maybe(path: Path | None) -> bytes | None:
    return _read(path) if path is not None else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"cannot read {path}: {error.strerror}") from None
