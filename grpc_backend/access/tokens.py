"""The file of tokens: what a secret grants, by the secret's hash, never the secret itself.

A token is `cix_ID_SECRET`. ID finds its entry and is shown in lists and logs; SECRET is 256 random bits, for which one
round of SHA-256 is enough: slow hashes are for passwords, which can be guessed. The prefix is for secret scanners.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from grpc_backend.access.grant import Grant
from grpc_backend.errors import InvalidRequest, TokenExpired, Unauthenticated

log = logging.getLogger(__name__)

PREFIX: Final = "cix"
ID_BYTES: Final = 4
SECRET_BYTES: Final = 32


class Token(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry. Times are ISO 8601 with a zone; `expires` None: never."""

    id: str
    name: str
    sha256: str
    scopes: list[str]
    repositories: list[str]
    created: datetime
    expires: datetime | None = None

    def grant(self) -> Grant:
        """What the token's holder may do."""
        return Grant(f"{self.name} ({self.id})", frozenset(self.scopes), tuple(self.repositories))


class _Document(Struct, frozen=True, forbid_unknown_fields=True):
    tokens: list[Token] = []


class TokenFile:
    """Tokens as the file has them now: a change of it holds from the next call on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] | None = None
        self._tokens: dict[str, Token] = {}

    def grant_of(self, shown: str) -> Grant:
        """What a token grants. Errors: Unauthenticated, TokenExpired."""
        self._refresh()
        prefix, _, rest = shown.partition("_")
        identifier, _, secret = rest.partition("_")
        token = self._tokens.get(identifier)
        # Compared in any case, so that time does not tell which ids there are.
        matches = hmac.compare_digest(_hash_of(secret), token.sha256 if token else _hash_of(""))
        if prefix != PREFIX or token is None or not matches:
            raise Unauthenticated("this token is not known here: it was revoked, or it belongs to another server")
        if token.expires is not None and token.expires <= datetime.now(UTC):
            raise TokenExpired(f"the token {token.name!r} ({token.id}) expired on {token.expires:%Y-%m-%d %H:%M %Z}")
        return token.grant()

    def tokens(self) -> list[Token]:
        """All entries, oldest first. Errors: InvalidRequest if the file is no file of tokens."""
        return sorted(self._read(), key=lambda token: token.created)

    def create(self, name: str, scopes: list[str], repositories: list[str], expires: datetime | None) -> str:
        """Add an entry; return the token, which cannot be had again."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        with self._changing() as tokens:
            identifier = secrets.token_hex(ID_BYTES)
            tokens.append(Token(identifier, name, _hash_of(secret), scopes, repositories, datetime.now(UTC), expires))
        return f"{PREFIX}_{identifier}_{secret}"

    def revoke(self, identifier: str) -> Token:
        """Remove an entry. Errors: InvalidRequest if there is none."""
        with self._changing() as tokens:
            found = next((token for token in tokens if token.id == identifier), None)
            if found is None:
                raise InvalidRequest(f"no token has the id {identifier!r}: `codeindex token list` shows them")
            tokens.remove(found)
        return found

    def _refresh(self) -> None:
        """Read the file again if it is not the one that was read: a look takes 2 µs, a call 500.

        What cannot be understood changes nothing: someone may be writing it.
        """
        try:
            status = self.path.stat()
        except OSError:
            self._seen, self._tokens = None, {}  # a file that is taken away takes its tokens with it
            return
        seen = (status.st_ino, status.st_size, status.st_mtime_ns)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._tokens = {token.id: token for token in self._read()}
        except InvalidRequest as error:
            log.error("the tokens stay as they were: %s", error)
        else:
            log.info("%d tokens in %s", len(self._tokens), self.path)

    def _read(self) -> list[Token]:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_Document).tokens
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            raise InvalidRequest(f"cannot read the token file {self.path}: {error}") from None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        """The entries, to be changed in place; written whole at the end, one writer at a time."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            tokens = self._read()
            yield tokens
            self._write(tokens)
        finally:
            os.close(lock)

    def _write(self, tokens: list[Token]) -> None:
        scratch = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(_Document(tokens)), indent=2))
        scratch.replace(self.path)


def _hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
