"""A PostgreSQL server of the tests' own: the one that PyPI has, or another one's programs."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg

START_TIMEOUT_S = 60
USER = "nobody"
# Nothing is to survive the machine: only what a killed process loses counts.
SETTINGS = {"fsync": "off", "listen_addresses": "''", "max_connections": "200", "log_min_messages": "fatal"}


class Server:
    """`programs`: the folder of initdb and pg_ctl. Runs as nobody where we are root, whom PostgreSQL refuses."""

    def __init__(self, folder: Path, programs: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        # Not subprocess's `user`, which forks: this process may have gRPC's threads.
        self._as_user = ("setpriv", f"--reuid={USER}", "--clear-groups") if os.getuid() == 0 else ()
        self._numbers = count()
        if self._as_user:
            os.chown(folder, pwd.getpwnam(USER).pw_uid, -1)
        self._programs = self._reachable(programs)
        self._settings = {**SETTINGS, "unix_socket_directories": str(folder), **settings}
        self._run("initdb", "-U", "codeindex", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")

    def admit(self, network: str) -> None:
        """Let clients of a network in, without a password. Before it starts."""
        with (self.folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} trust\n")

    def start(self) -> None:
        """Start; it answers when this returns."""
        options = " ".join(f"-c {key}={value}" for key, value in self._settings.items())
        self._run("pg_ctl", "start", "-w", "-t", START_TIMEOUT_S, "-l", self.folder / "log", "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` ends sessions in order, `immediate` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-t", START_TIMEOUT_S, "-m", mode)

    def process_id(self) -> int:
        """The process that starts all others of the server."""
        return int((self.folder / "data" / "postmaster.pid").read_text().partition("\n")[0])

    def dsn(self, schema: str = "public") -> str:
        """Where to connect."""
        port = self._settings.get("port", "5432")
        return f"postgresql://codeindex@/postgres?host={self.folder}&port={port}&options=-csearch_path%3D{schema}"

    def database(self) -> str:
        """The address of an empty place for tables: a schema is as good as a database, and made at once."""
        name = f"t{next(self._numbers)}"
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return self.dsn(name)

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [*self._as_user, self._programs / program, "-D", self.folder / "data", *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )

    def _reachable(self, programs: Path) -> Path:
        """Where nobody can run them: a virtual environment often lies in a home that only its owner enters."""
        if not self._as_user or programs.is_relative_to("/usr"):
            return programs
        site = programs.parents[2]
        for part in (programs.parent, *site.glob("pgserver*.libs")):
            shutil.copytree(part, self.folder / "programs" / part.relative_to(site))
        return self.folder / "programs" / programs.relative_to(site)


def packaged() -> Path:
    """The programs of the server that PyPI has."""
    found = importlib.util.find_spec("pgserver")  # importing it would have it look for a place of its own
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


@contextlib.contextmanager
def running(programs: Path, **settings: str) -> Iterator[Server]:
    """A server in a folder of its own, gone afterwards."""
    # pytest's own folders cannot be entered by nobody; and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="codeindex-pg-"))
    folder.chmod(0o755)
    server = Server(folder, programs, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop("immediate")  # nothing of it is needed any more
        shutil.rmtree(folder, ignore_errors=True)
