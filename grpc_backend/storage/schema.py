"""The embedded engine's database: its tables, how a connection is set up, what an unusable file becomes."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import apsw

from grpc_backend.errors import StorageFailed

log = logging.getLogger(__name__)

# Any change of the tables takes a new number: an index is rebuilt rather than migrated,
# for everything in it can be had again from the workspaces.
SCHEMA_VERSION = 7
BUSY_TIMEOUT_MS = 10_000
WRITER_CACHE_KIB = 16_000
READER_CACHE_KIB = 4_000

# `name` is a dictionary of all identifiers: `uses` counts the contents that refer to one, `definitions` those that
# define it, and `traits` say as what (see traits.py); `traits_before` are those before the last content that came: the
# statement that changes them can tell no other way. `name_index` says in which file the index of the defined ones was
# saved, and `name_change` what changed since (see name_index.py). `symbol.place` is a symbol's place among those of its
# name (see order.py). `owner_part` and `path_part` have the folded names that enclose symbols, of other symbols and in
# paths (see narrowing.py). `reference` and `layout` together say where a name is used (see packing.py).
TABLES = """
CREATE TABLE content(
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL, dialect TEXT NOT NULL, extractor INT NOT NULL,
    language TEXT NOT NULL, problem TEXT NOT NULL, warnings BLOB NOT NULL, imports BLOB NOT NULL,
    symbols INT NOT NULL, UNIQUE(digest, dialect, extractor));
CREATE TABLE name(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    uses INT NOT NULL DEFAULT 0, definitions INT NOT NULL DEFAULT 0,
    traits INT NOT NULL DEFAULT 0, traits_before INT NOT NULL DEFAULT 0);
CREATE INDEX name_uses ON name(uses) WHERE definitions;
CREATE TABLE name_index(file TEXT NOT NULL, saved INT NOT NULL, serial INT NOT NULL);
INSERT INTO name_index VALUES('', 0, 0);
CREATE TABLE name_change(name_id INTEGER PRIMARY KEY, serial INT NOT NULL);
CREATE TABLE symbol(
    content_id INT NOT NULL, ord INT NOT NULL, name_id INT NOT NULL, kind INT NOT NULL,
    top INT NOT NULL, place INT NOT NULL, symbol BLOB NOT NULL, PRIMARY KEY(content_id, ord)) WITHOUT ROWID;
CREATE INDEX symbol_by_name ON symbol(name_id, place);
CREATE TABLE reference(
    name_id INT NOT NULL, content_id INT NOT NULL, occurrences BLOB NOT NULL,
    PRIMARY KEY(name_id, content_id)) WITHOUT ROWID;
CREATE INDEX reference_content ON reference(content_id);
CREATE TABLE layout(content_id INTEGER PRIMARY KEY, layout BLOB NOT NULL);
CREATE TABLE workspace(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation INT NOT NULL, opened INT NOT NULL DEFAULT 0);
CREATE TABLE file(
    workspace_id INT NOT NULL, path TEXT NOT NULL, content_id INT, size INT NOT NULL,
    mtime_ns INT NOT NULL, inode INT NOT NULL, dialect TEXT NOT NULL, problem TEXT NOT NULL,
    detail TEXT NOT NULL, PRIMARY KEY(workspace_id, path)) WITHOUT ROWID;
CREATE INDEX file_content ON file(content_id, workspace_id);
CREATE TABLE owner_part(
    part TEXT NOT NULL, content_id INT NOT NULL, PRIMARY KEY(part, content_id)) WITHOUT ROWID;
CREATE INDEX owner_part_content ON owner_part(content_id);
CREATE TABLE path_part(
    workspace_id INT NOT NULL, part TEXT NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY(workspace_id, part, path)) WITHOUT ROWID;
"""


def open_writer(path: Path) -> apsw.Connection:
    """The connection that writes, to a database of this schema. Errors: StorageFailed.

    A file of another schema, or one that is no database, is put aside and begun anew;
    a file that merely cannot be reached now (locked, full, unreadable) never is.
    """
    with translated():
        try:
            return _prepared(path)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            log.warning("%s is damaged (%s): it is put aside and built again", path, error)
        except _OtherSchema as error:
            log.warning("%s has schema %s, not %s: it is put aside and built again", path, error, SCHEMA_VERSION)
        _put_aside(path)
        return _prepared(path)


def open_reader(path: Path) -> apsw.Connection:
    """A connection that only reads. Errors: StorageFailed."""
    with translated():
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute(f"PRAGMA cache_size=-{READER_CACHE_KIB}; PRAGMA temp_store=MEMORY")
        return connection


def open_connection(path: Path) -> apsw.Connection:
    """A connection that may write, and folds no log unasked (see log_folding.py). Errors: apsw.Error."""
    connection = apsw.Connection(str(path))
    try:
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
        connection.wal_autocheckpoint(0)
    except BaseException:
        connection.close()
        raise
    return connection


def listed(values: Iterable[int] | Iterable[str]) -> str:
    """Values as one, for `json_each`, however many: the statement stays the same, and is prepared once."""
    return json.dumps(list(values))


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except apsw.Error as error:
        raise StorageFailed(f"the index store failed: {error}") from error


class _OtherSchema(Exception):
    """The file was written by another version of this program."""


def _prepared(path: Path) -> apsw.Connection:
    connection = open_connection(path)
    try:
        connection.execute(f"PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{WRITER_CACHE_KIB}")
        version = connection.pragma("user_version")
        if version == 0:
            with connection:
                connection.execute(TABLES)
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise _OtherSchema(version)
    except BaseException:
        connection.close()
        raise
    return connection


def _put_aside(path: Path) -> None:
    path.replace(path.with_suffix(".damaged"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
