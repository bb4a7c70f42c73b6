"""The embedded engine: one SQLite file in WAL mode, one writer, many readers."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from grpc_backend.errors import Overtaken
from grpc_backend.model import ContentKey, Extraction, FileState, Located, Reference
from grpc_backend.storage import base, dictionary, name_builder
from grpc_backend.storage import sqlite_queries as queries
from grpc_backend.storage.across import InTurn
from grpc_backend.storage.courtesy import ALONE, Courtesy, Pace
from grpc_backend.storage.dead_names import DeadNames
from grpc_backend.storage.engine import NOTHING, Commit, ContentInfo, Filters, NameCounts, Summary
from grpc_backend.storage.log_folding import LogFolding
from grpc_backend.storage.name_index import NameIndex
from grpc_backend.storage.name_queries import Match, matching_names
from grpc_backend.storage.narrowing import Narrowing, drop_parts, narrows, put_parts
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.schema import SCHEMA_VERSION, open_writer, translated
from grpc_backend.storage.segment import NameRow
from grpc_backend.storage.sqlite_readers import Readers
from grpc_backend.storage.sqlite_rows import pack, put_contents
from grpc_backend.storage.traits import having

# Among so many names any question is answered within milliseconds.
PROMPT_NAMES = 400_000
# What an edit commits does not rest for questions: one may be waiting for it.
FEW_CONTENTS = 16
UNHELD = "id NOT IN (SELECT content_id FROM file WHERE content_id IS NOT NULL)"


class SqliteEngine:
    """See `engine.Engine`. Extractions of another extractor version are as if they were not there."""

    name = "sqlite"
    shared = False
    queue = None

    def __init__(self, path: Path, extractor_version: int) -> None:
        self._path = path
        self._version = extractor_version
        self._writer = open_writer(path)
        self._folding = LogFolding(path, self._writer)
        self._writing = threading.Lock()
        self._readers = Readers(path)
        self._narrowing = Narrowing()
        self.dead = DeadNames()
        self._changed: list[NameRow] = []  # names that the transaction under way changes
        self._closed = False
        self.courtesy = Courtesy()
        self.names = NameIndex(path.with_suffix(".names"), self, self.courtesy)

    # -- reading

    @property
    def is_prompt(self) -> bool:
        """Whether names are looked for in memory, and are not many."""
        return self.names.at_hand(PROMPT_NAMES)

    @contextlib.contextmanager
    def one_state(self) -> Iterator[None]:
        """What this thread asks inside sees one state of the store."""
        with self.courtesy.question(), self._readers.one_state():
            yield

    def known(self, keys: Collection[ContentKey]) -> dict[ContentKey, ContentInfo]:
        """Those of `keys` that have an extraction by this extractor version."""
        with self._readers.snapshot() as connection:
            found = ((key, queries.content_info(connection, key, self._version)) for key in keys)
            return {key: info for key, info in found if info is not None}

    def extractions(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, Extraction]]:
        """What those of `keys` say that are known."""
        with self._readers.snapshot() as connection:
            found = ((key, queries.extraction(connection, key, self._version)) for key in keys)
            return [(key, one) for key, one in found if one is not None]

    def packed(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, bytes]]:
        """All that those of `keys` say that are known."""
        with self._readers.snapshot() as connection:
            found = ((key, queries.whole_extraction(connection, key, self._version)) for key in keys)
            return [(key, pack(one)) for key, one in found if one is not None]

    def held_by(self, keys: Collection[ContentKey], workspaces: Collection[str]) -> set[ContentKey]:
        """Those of `keys` that these workspaces hold."""
        with self._readers.snapshot() as connection:
            return {key for key in keys if queries.is_held(connection, key, workspaces)}

    def workspaces(self) -> list[str]:
        """Names of all workspaces."""
        with self._readers.snapshot() as connection:
            return [name for (name,) in connection.execute("SELECT name FROM workspace ORDER BY name")]

    def generation(self, workspace: str) -> int:
        """The number of commits so far."""
        with self._readers.snapshot() as connection:
            row = connection.execute("SELECT generation FROM workspace WHERE name=?", (workspace,)).fetchone()
            return int(row[0]) if row else 0

    def files(self, workspace: str) -> list[FileState]:
        """All files, by path."""
        with self._readers.snapshot() as connection:
            return queries.files(connection, workspace)

    def summary(self, workspace: str, prefix: str = "", without: frozenset[str] = NOTHING) -> Summary:
        """Counts at or below `prefix`."""
        with self._readers.snapshot() as connection:
            return queries.summary(connection, workspace, prefix, without)

    def find(self, workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches, cut at `limit` by the interface's order."""
        matches = self._matches(pattern, filters)
        if pattern.tier is not Tier.EXACT and not narrows(pattern, filters):
            first = next(matches, None)
            if first is None:  # as in most steps of a search: the tables need not be opened
                return []
            matches = itertools.chain([first], matches)
        with self._readers.snapshot() as connection:
            aids = queries.Aids(self._narrowing, matches, self.dead)
            within = self._readers.id_of(connection, workspace)
            return queries.find(connection, aids, within, pattern, filters, limit)

    def outline(self, workspace: str, path: str) -> list[Located]:
        """One file's symbols by position."""
        with self._readers.snapshot() as connection:
            return queries.outline(connection, workspace, path)

    def standing_at(self, workspace: str, path: str, ords: Collection[int]) -> dict[int, Located]:
        """Symbols of one file by index."""
        with self._readers.snapshot() as connection:
            return queries.standing_at(connection, workspace, path, ords)

    def below(self, workspace: str, folder: str, limit: int, without: frozenset[str] = NOTHING) -> list[Located]:
        """Top-level symbols below a folder."""
        with self._readers.snapshot() as connection:
            return queries.below(connection, workspace, folder, limit, without)

    def references(self, workspace: str, name: str, filters: Filters, limit: int) -> tuple[list[Reference], int]:
        """Uses of a name by path and position."""
        with self._readers.snapshot() as connection:
            return queries.references(connection, workspace, name, filters, limit)

    def roles(self, workspace: str, name: str, filters: Filters) -> dict[int, int]:
        """How many uses of a name have each role."""
        with self._readers.snapshot() as connection:
            return queries.roles(connection, workspace, name, filters)

    def uses_in(self, workspace: str, path: str) -> list[Reference]:
        """All uses in one file, by position and name."""
        with self._readers.snapshot() as connection:
            return queries.uses_in(connection, workspace, path)

    def popular(
        self,
        workspace: str,
        prefix: str,
        limit: int,
        without: frozenset[str] = NOTHING,
        names: frozenset[str] = NOTHING,
    ) -> list[Located]:
        """Definitions whose name most contents of the workspace refer to."""
        with self._readers.snapshot() as connection:
            return queries.popular(connection, workspace, prefix, limit, without, names)

    def counts(self, names: Collection[str]) -> dict[str, NameCounts]:
        """Those of `names` that are mentioned anywhere."""
        with self._readers.snapshot() as connection:
            return queries.counts(connection, names)

    def uses(self, workspace: str, name: str, without: frozenset[str] = NOTHING) -> int:
        """Contents of one workspace that refer to a name."""
        with self._readers.snapshot() as connection:
            return queries.uses(connection, workspace, name, without)

    def across(self, workspaces: Sequence[str]) -> InTurn:
        """Several workspaces as one to search."""
        return InTurn(self, workspaces)

    def size_bytes(self) -> int:
        """The database with its log, and the index of names."""
        files = [self._path.with_name(self._path.name + suffix) for suffix in ("", "-wal", "-shm")]
        files += self._path.with_suffix(".names").glob("*")
        return sum(file.stat().st_size for file in files if file.exists())

    # -- writing

    def commit(self, step: Commit) -> int:
        """Apply a step as one transaction."""
        with self._transaction() as connection:
            workspace_id = _workspace_id(connection, step.workspace)
            _check_expected(connection, workspace_id, step)
            pace = Pace(self.courtesy) if len(step.extractions) > FEW_CONTENTS else ALONE
            self._changed += put_contents(connection, step.extractions, self._version, pace)
            connection.executemany(
                "DELETE FROM file WHERE workspace_id=? AND path=?",
                [(workspace_id, path) for path in step.removed],
            )
            drop_parts(connection, workspace_id, step.removed)
            put_parts(connection, workspace_id, [file.path for file in step.files])
            rows = [self._file_row(connection, workspace_id, file) for file in step.files]
            connection.executemany("INSERT OR REPLACE INTO file VALUES(?,?,?,?,?,?,?,?,?)", rows)
            dead = self.dead.after(connection, [row[2] for row in rows])
            bumped = "UPDATE workspace SET generation=generation+1 WHERE id=? RETURNING generation"
            generation: Any = connection.execute(bumped, (workspace_id,)).get
        self.dead.ids = dead
        return int(generation)

    @property
    def base_form(self) -> int:
        """The number of the tables' form, while they have no content."""
        with self._readers.snapshot() as connection:
            return 0 if base.has_contents(connection) else SCHEMA_VERSION

    def adopt(self, prepared: Path) -> int:
        """Take over all contents of a base, table by table."""
        with self._writing, base.attached(self._writer, prepared, self._version), self._transacted() as connection:
            if base.has_contents(connection):
                return 0
            self._changed += base.copy(connection)
            count: Any = connection.execute("SELECT count(*) FROM content").get
        return int(count)

    def forget(self, workspace: str) -> None:
        """Drop a workspace; its contents stay until collected."""
        with self._transaction() as connection:
            for table in ("file", "path_part"):
                connection.execute(
                    f"DELETE FROM {table} WHERE workspace_id=(SELECT id FROM workspace WHERE name=?)", (workspace,)
                )
            connection.execute("DELETE FROM workspace WHERE name=?", (workspace,))

    def opened(self, workspaces: Collection[str], at_s: int) -> None:
        """Note when workspaces were in use."""
        with self._transaction() as connection:
            connection.execute("UPDATE workspace SET opened=? WHERE opened=0", (at_s,))
            noted = "UPDATE workspace SET opened=? WHERE name=?"
            connection.executemany(noted, [(at_s, name) for name in workspaces])

    def last_opened(self) -> dict[str, int]:
        """When each workspace was in use."""
        with self._readers.snapshot() as connection:
            return {str(name): int(at_s) for name, at_s in connection.execute("SELECT name, opened FROM workspace")}

    def collect(self, budget: int, keep: int = 0) -> int:
        """Drop contents that no workspace holds, in the order of their arrival."""
        with self._transaction() as connection:
            surplus: Any = connection.execute(f"SELECT count(*) - ? FROM content WHERE {UNHELD}", (keep,)).get
            unheld = connection.execute(
                f"SELECT id FROM content WHERE {UNHELD} ORDER BY id LIMIT ?", (max(min(budget, surplus), 0),)
            ).fetchall()
            for (content_id,) in unheld:
                uses = Counter(_column(connection, "SELECT name_id FROM reference WHERE content_id=?", content_id))
                borne = set(_column(connection, "SELECT name_id FROM symbol WHERE content_id=?", content_id))
                for table in ("reference", "symbol", "owner_part", "layout"):
                    connection.execute(f"DELETE FROM {table} WHERE content_id=?", (content_id,))
                connection.execute("DELETE FROM content WHERE id=?", (content_id,))
                self._changed += dictionary.take_off(connection, uses, Counter(borne))
            return len(unheld)

    def close(self) -> None:
        """Close all connections; the log is folded into the database."""
        if not self._closed:
            self.names.finish()
        with self._writing:
            if self._closed:
                return
            self._closed = True
            self.names.close()
            self._readers.close()
            self._folding.close()
            self._writer.close()

    # -- what the index of names asks (see name_index.Tables)

    def count(self) -> int:
        """About how many names there are."""
        with self._readers.snapshot() as connection:
            return dictionary.count_borne(connection)

    def saved(self) -> str:
        """The file that was saved last."""
        with self._readers.snapshot() as connection:
            return dictionary.saved(connection)

    def changes(self, since: int) -> tuple[list[NameRow], int]:
        """The names that changed since, and the number of the last change."""
        with self._readers.snapshot() as connection:
            return list(dictionary.changes(connection, since)), dictionary.last_serial(connection)

    def borne(self) -> tuple[list[NameRow], int]:
        """All names that symbols bear, and the number of the last change."""
        with self._readers.snapshot() as connection:
            return list(dictionary.borne(connection)), dictionary.last_serial(connection)

    def build(self, target: Path) -> subprocess.Popen[bytes]:
        """Start to write all names to a file."""
        return name_builder.begin(self._path, target)

    def put_saved(self, file: str, serial: int) -> None:
        """Note what was saved; what it has need not be remembered."""
        with self._transaction() as connection:
            dictionary.put_saved(connection, file, serial)
        more = True
        while more and not self._closed:
            with self._transaction() as connection:
                more = dictionary.forget_changes(connection)

    # -- the two kinds of access

    def _matches(self, pattern: NamePattern, filters: Filters) -> Iterator[Match]:
        """The names that match, without most of those of which nothing passes the filters; waits for the index of names
        when the first is asked for.
        """
        yield from matching_names(self.names.segments(), pattern, self.dead.ids, having(filters))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[apsw.Connection]:
        """The writer's connection within one write transaction."""
        with self._writing, self._transacted() as connection:
            yield connection

    @contextlib.contextmanager
    def _transacted(self) -> Iterator[apsw.Connection]:
        """The same for who holds the writer."""
        with translated():
            self._changed = []
            with self._writer:
                yield self._writer
                serial = dictionary.note(self._writer, self._changed) if self._changed else 0
            if self._changed:
                self.names.changed(self._changed, serial)

    # -- rows

    def _content_id(self, connection: apsw.Connection, key: ContentKey) -> int | None:
        return queries.content_id(connection, key, self._version)

    def _file_row(
        self, connection: apsw.Connection, workspace_id: int, file: FileState
    ) -> tuple[int, str, int | None, int, int, int, str, str, str]:
        content_id = self._content_id(connection, file.key) if file.digest else None
        if file.digest and content_id is None:
            raise KeyError(file.key)
        inode = file.inode - (1 << 64) if file.inode >= 1 << 63 else file.inode
        return (
            workspace_id,
            file.path,
            content_id,
            file.size,
            file.mtime_ns,
            inode,
            file.dialect,
            file.problem,
            file.detail,
        )


def _check_expected(connection: apsw.Connection, workspace_id: int, step: Commit) -> None:
    """Errors: Overtaken if the workspace is not at the generation that a step goes on from."""
    generation: Any = connection.execute("SELECT generation FROM workspace WHERE id=?", (workspace_id,)).get
    if step.expected not in (None, generation):
        raise Overtaken(f"{step.workspace} is at generation {generation}, not {step.expected}")


def _workspace_id(connection: apsw.Connection, workspace: str) -> int:
    connection.execute("INSERT OR IGNORE INTO workspace(name, generation) VALUES(?, 0)", (workspace,))
    row: Any = connection.execute("SELECT id FROM workspace WHERE name=?", (workspace,)).get
    return int(row)


def _column(connection: apsw.Connection, sql: str, value: Any) -> list[int]:
    return [int(number) for (number,) in connection.execute(sql, (value,))]
