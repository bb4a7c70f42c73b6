"""Certificates for a test: an authority, what it issues, and files to put that in."""

from __future__ import annotations

import datetime
from pathlib import Path

import trustme

from bridge.daemon.credentials import Credentials

PAST = {
    "not_before": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    "not_after": datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC),
}


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def issue(self, name: str, *identities: str, **validity) -> tuple[Path, Path]:
        """A certificate and its key as files; issued again under the same name, they are replaced."""
        leaf = self._authority.issue_cert(*(identities or (name,)), **validity)
        files = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        for file, pem in zip(files, (leaf.cert_chain_pems[0], leaf.private_key_pem), strict=True):
            scratch = file.with_suffix(".new")
            scratch.write_bytes(pem.bytes())
            scratch.replace(file)
        return files

    def serving(self) -> tuple[str, ...]:
        """The flags of a daemon that has TLS of this authority, and wants it of callers."""
        certificate, key = self.issue("server", "localhost", "127.0.0.1")
        files = ("--tls-certificate", certificate), ("--tls-key", key), ("--tls-client-authorities", self.file)
        return tuple(str(one) for pair in files for one in pair)

    def shown(self, token: str, certificate: Path | None = None, key: Path | None = None) -> Credentials:
        """What a client shows that trusts this authority."""
        return Credentials(token, self.file, certificate, key)
