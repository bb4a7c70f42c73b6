"""A base: what many contents say, laid out as the embedded engine's own tables.

A store that has no content takes it over table by table. Where two tables are alike and one is empty, SQLite copies the
other's records as they lie, indexes too, which costs a tenth of entering them one by one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import apsw

from grpc_backend.errors import BadContent, StorageFailed
from grpc_backend.model import ContentKey, Extraction
from grpc_backend.storage import dictionary
from grpc_backend.storage.courtesy import ALONE
from grpc_backend.storage.schema import SCHEMA_VERSION, open_writer, translated
from grpc_backend.storage.segment import NameRow
from grpc_backend.storage.sqlite_rows import put_contents

# What contents say is in these; all else is of workspaces, or derived.
TABLES: Final = ("content", "name", "symbol", "reference", "layout", "owner_part")
STEP_CONTENTS: Final = 512
_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM {}.sqlite_schema ORDER BY type, name"


def write(target: Path, contents: Iterable[tuple[ContentKey, Extraction]], version: int) -> None:
    """Write the base of some contents, each named once, extracted by this version. Errors: StorageFailed."""
    rough = target.with_suffix(".rough")
    connection = open_writer(rough)
    try:
        with translated():
            step: list[tuple[ContentKey, Extraction]] = []
            for one in contents:
                step.append(one)
                if len(step) == STEP_CONTENTS:
                    _put(connection, step, version)
                    step = []
            _put(connection, step, version)
            connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
        rough.unlink(missing_ok=True)


def _put(connection: apsw.Connection, step: list[tuple[ContentKey, Extraction]], version: int) -> None:
    with connection:
        put_contents(connection, step, version, ALONE)


def has_contents(connection: apsw.Connection) -> bool:
    """Whether a store knows any content or name: then it takes no base."""
    found: Any = connection.execute("SELECT EXISTS(SELECT 1 FROM content) OR EXISTS(SELECT 1 FROM name)").get
    return bool(found)


@contextlib.contextmanager
def attached(connection: apsw.Connection, base: Path, version: int) -> Iterator[None]:
    """A base beside a store, for `copy`. Outside of a transaction.

    Errors: BadContent if it is damaged, or is not of this form and this version of the extractor.
    """
    with _beside(connection, base):
        with _judged():
            _check(connection, version)
        yield


@contextlib.contextmanager
def _beside(connection: apsw.Connection, base: Path) -> Iterator[None]:
    with _judged():
        connection.execute("ATTACH ? AS base", (str(base),))
    try:
        yield
    finally:
        with translated():
            connection.execute("DETACH base")


@contextlib.contextmanager
def _judged() -> Iterator[None]:
    """What SQLite cannot read is the base's fault."""
    try:
        with translated():
            yield
    except StorageFailed as error:
        if isinstance(error.__cause__, (apsw.CorruptError, apsw.NotADBError, apsw.SQLError)):
            raise BadContent(f"the base is damaged: {error.__cause__}") from error
        raise


def _check(connection: apsw.Connection, version: int) -> None:
    form = connection.pragma("user_version", schema="base")
    if form != SCHEMA_VERSION or _schema(connection, "base") != _schema(connection, "main"):
        raise BadContent(f"the base is of another form, or of form {form}, not {SCHEMA_VERSION}")
    others: Any = connection.execute("SELECT EXISTS(SELECT 1 FROM base.content WHERE extractor<>?)", (version,)).get
    if others:
        raise BadContent("the base was made by another version of the extractor")
    verdict: Any = connection.execute("PRAGMA base.quick_check(1)").get
    if verdict != "ok":
        raise BadContent(f"the base is damaged: {verdict}")


def _schema(connection: apsw.Connection, database: str) -> list[tuple[Any, ...]]:
    """All tables and indexes. Nothing but ours may be in a base: a trigger or a view would run with our rights."""
    return connection.execute(_SCHEMA.format(database)).fetchall()


def copy(connection: apsw.Connection) -> list[NameRow]:
    """Take over the contents of the base that is attached, into empty tables; return the names that symbols bear."""
    for table in TABLES:
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM base.{table}")
    return list(dictionary.borne(connection))
