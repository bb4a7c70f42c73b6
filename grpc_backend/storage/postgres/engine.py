"""The team engine: one PostgreSQL database, any number of daemons, each with any number of readers.

A workspace's name says its repository: `REPOSITORY@VIEW`. What is counted (uses of names) and shared (contents, their
symbols) is so within a repository, which is also what the tables are sharded by. Names that are paths, and names
without '@', are of one repository together: that is what a store without repositories is.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg

from grpc_backend.errors import Overtaken, StorageFailed
from grpc_backend.model import ContentKey, Extraction, FileState, Located, Reference
from grpc_backend.storage.courtesy import Courtesy
from grpc_backend.storage.engine import (
    NOTHING,
    Commit,
    ContentInfo,
    Filters,
    NameCounts,
    Summary,
)
from grpc_backend.storage.names import fold
from grpc_backend.storage.pattern import NamePattern, parts_of
from grpc_backend.storage.postgres import contents, questions, spellings
from grpc_backend.storage.postgres.across import Across
from grpc_backend.storage.postgres.database import Connection, Database
from grpc_backend.storage.postgres.jobs import PostgresQueue
from grpc_backend.storage.postgres.migrations import migrate
from grpc_backend.storage.postgres.names import id_of
from grpc_backend.storage.postgres.questions import Place

log = logging.getLogger(__name__)

_words: Final = msgspec.msgpack.Decoder(tuple[str, ...])
# A path that no index holds (a page's third) is left out rather than have its whole step fail.
MAX_PATH_BYTES: Final = 2_500
_NOWHERE: Final = Place(-1, -1)


def repository_of(workspace: str) -> str:
    """The repository that a workspace is of; "" for one that says none."""
    repository, at, _ = workspace.partition("@")
    return repository if at and not workspace.startswith("/") else ""


class PostgresEngine:
    """See `engine.Engine`. Extractions of another extractor version are as if they were not there."""

    name = "postgresql"
    shared = True
    is_prompt = False
    base_form = 0

    def __init__(self, dsn: str, extractor_version: int) -> None:
        """Connect and bring the tables up to date. Errors: StorageFailed."""
        self._version = extractor_version
        self.courtesy = Courtesy()
        try:
            with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
                migrate(connection)
                _warn_of_privileges(connection)
        except psycopg.Error as error:
            raise StorageFailed(f"the database cannot be used: {' '.join(str(error).split())}") from error
        self._database = Database(dsn)
        self._repositories: dict[str, int] = {}  # their rows by name, which neither change nor go
        self.queue = PostgresQueue(self._database)

    # -- reading

    def one_state(self) -> AbstractContextManager[None]:
        """Each question sees a state of its own."""
        return nullcontext()

    def known(self, keys: Collection[ContentKey]) -> dict[ContentKey, ContentInfo]:
        """Those of `keys` that have an extraction by this extractor version, in whatever repository."""
        sql = (
            "SELECT e.digest, e.dialect, e.language, e.problem, e.warnings, e.symbols"
            " FROM unnest(%s::bytea[], %s::text[]) AS k(digest, dialect)"
            " JOIN extract e ON e.digest=k.digest AND e.dialect=k.dialect AND e.extractor=%s"
        )
        values = ([key.digest for key in keys], [key.dialect for key in keys], self._version)
        rows = self._database.read(lambda connection: connection.execute(sql, values).fetchall()) if keys else []
        return {
            ContentKey(digest, dialect): ContentInfo(language, problem, _words.decode(warnings), symbols)
            for digest, dialect, language, problem, warnings, symbols in rows
        }

    def extractions(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, Extraction]]:
        """What those of `keys` say that are known."""
        found = self._database.read(lambda connection: contents.bodies(connection, keys, self._version))
        replace = msgspec.structs.replace
        return [(key, replace(contents.decode(body), imports=(), warnings=())) for key, body in found]

    def packed(self, keys: Collection[ContentKey]) -> list[tuple[ContentKey, bytes]]:
        """All that those of `keys` say that are known."""
        return self._database.read(lambda connection: contents.bodies(connection, keys, self._version))

    def held_by(self, keys: Collection[ContentKey], workspaces: Collection[str]) -> set[ContentKey]:
        """Those of `keys` that these workspaces hold."""
        sql = (
            "SELECT DISTINCT c.digest, c.dialect FROM unnest(%s::bytea[], %s::text[]) AS k(digest, dialect)"
            " JOIN content c ON c.digest=k.digest AND c.dialect=k.dialect"
            " JOIN file f ON f.repo_id=c.repo_id AND f.content_id=c.id"
            " JOIN workspace w ON w.repo_id=f.repo_id AND w.id=f.workspace_id WHERE w.name=ANY(%s)"
        )
        values = ([key.digest for key in keys], [key.dialect for key in keys], list(workspaces))
        rows = self._database.read(lambda connection: connection.execute(sql, values).fetchall())
        return {ContentKey(digest, dialect) for digest, dialect in rows}

    def workspaces(self) -> list[str]:
        """Names of all workspaces."""
        sql = "SELECT name FROM workspace ORDER BY name"
        return [name for (name,) in self._database.read(lambda connection: connection.execute(sql).fetchall())]

    def generation(self, workspace: str) -> int:
        """The number of commits so far."""
        row = self._database.read(lambda connection: self._row(connection, workspace))
        return int(row[2]) if row else 0

    def files(self, workspace: str) -> list[FileState]:
        """All files, by path."""
        return self._database.read(lambda it: questions.files(it, self._place(it, workspace)))

    def summary(self, workspace: str, prefix: str = "", without: frozenset[str] = NOTHING) -> Summary:
        """Counts at or below `prefix`."""
        return self._database.read(lambda it: questions.summary(it, self._place(it, workspace), prefix, without))

    def find(self, workspace: str, pattern: NamePattern, filters: Filters, limit: int) -> list[Located]:
        """Symbols whose name matches, cut at `limit` by the interface's order."""
        return self._database.read(lambda it: questions.find(it, self._place(it, workspace), pattern, filters, limit))

    def across(self, workspaces: Sequence[str]) -> Across:
        """Workspaces of several repositories as one to search."""
        return Across(self._database, workspaces)

    def outline(self, workspace: str, path: str) -> list[Located]:
        """One file's symbols by position."""
        return self._database.read(lambda it: questions.outline(it, self._place(it, workspace), path))

    def standing_at(self, workspace: str, path: str, ords: Collection[int]) -> dict[int, Located]:
        """Symbols of one file by index."""
        return self._database.read(lambda it: questions.standing_at(it, self._place(it, workspace), path, ords))

    def below(self, workspace: str, folder: str, limit: int, without: frozenset[str] = NOTHING) -> list[Located]:
        """Top-level symbols below a folder."""
        return self._database.read(lambda it: questions.below(it, self._place(it, workspace), folder, limit, without))

    def references(self, workspace: str, name: str, filters: Filters, limit: int) -> tuple[list[Reference], int]:
        """Uses of a name by path and position."""
        return self._database.read(
            lambda it: questions.references(it, self._place(it, workspace), name, filters, limit)
        )

    def roles(self, workspace: str, name: str, filters: Filters) -> dict[int, int]:
        """How many uses of a name have each role."""
        return self._database.read(lambda it: questions.roles(it, self._place(it, workspace), name, filters))

    def uses_in(self, workspace: str, path: str) -> list[Reference]:
        """All uses in one file, by position and name."""
        return self._database.read(lambda it: questions.uses_in(it, self._place(it, workspace), path))

    def popular(
        self,
        workspace: str,
        prefix: str,
        limit: int,
        without: frozenset[str] = NOTHING,
        names: frozenset[str] = NOTHING,
    ) -> list[Located]:
        """Definitions whose name most contents of the workspace refer to."""
        return self._database.read(
            lambda it: questions.popular(it, self._place(it, workspace), prefix, limit, without, names)
        )

    def counts(self, names: Collection[str]) -> dict[str, NameCounts]:
        """Those of `names` that are mentioned in any repository that may be read."""
        ids = {id_of(name): name for name in names}
        sql = (
            "SELECT id, sum(uses)::int, sum(definitions)::int FROM name WHERE id=ANY(%s)"
            " AND repo_id IN (SELECT id FROM repo) GROUP BY id"
            " HAVING sum(uses+definitions)>0"
        )
        rows = self._database.read(lambda connection: connection.execute(sql, (list(ids),)).fetchall())
        return {ids[name_id]: NameCounts(uses, definitions) for name_id, uses, definitions in rows}

    def uses(self, workspace: str, name: str, without: frozenset[str] = NOTHING) -> int:
        """Contents of one workspace that refer to a name."""
        one = id_of(name)
        found = self._database.read(lambda it: questions.uses(it, self._place(it, workspace), [one], without))
        return found.get(one, 0)

    def last_opened(self) -> dict[str, int]:
        """When each workspace was in use."""
        sql = "SELECT name, opened FROM workspace"
        return dict(self._database.read(lambda connection: connection.execute(sql).fetchall()))

    def size_bytes(self) -> int:
        """The whole database."""
        sql = "SELECT pg_database_size(current_database())"
        row: Any = self._database.read(lambda connection: connection.execute(sql).fetchone())
        return int(row[0])

    # -- writing

    def commit(self, step: Commit) -> int:
        """Apply a step as one transaction; one that was applied although its answer was lost is not applied again."""
        token = secrets.token_bytes(12)
        return self._database.write(lambda connection: self._apply(connection, step, token))

    def adopt(self, _prepared: Path) -> int:
        """A team's contents are a repository's, and are extracted by servers."""
        return 0

    def forget(self, workspace: str) -> None:
        """Drop a workspace; its contents stay until collected."""

        def work(connection: Connection) -> None:
            place = self._place(connection, workspace)
            connection.execute("DELETE FROM file WHERE repo_id=%s AND workspace_id=%s", place)
            connection.execute("DELETE FROM workspace WHERE repo_id=%s AND id=%s", place)

        self._database.write(work)

    def opened(self, workspaces: Collection[str], at_s: int) -> None:
        """Note when workspaces were in use."""
        sql = "UPDATE workspace SET opened=%s WHERE opened=0 OR name=ANY(%s)"
        self._database.write(lambda connection: connection.execute(sql, (at_s, list(workspaces))))

    def collect(self, budget: int, keep: int = 0) -> int:
        """Drop contents that no workspace holds, in the order of their arrival, repository by repository."""
        return self._database.write(lambda connection: _collect(connection, budget, keep))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def _place(self, connection: Connection, workspace: str) -> Place:
        """A workspace's rows, or a place where nothing is."""
        row = self._row(connection, workspace)
        return Place(*row[:2]) if row else _NOWHERE

    def _row(self, connection: Connection, workspace: str) -> tuple[int, int, int] | None:
        """A workspace's repository, its own row and its generation."""
        name = repository_of(workspace)
        if name not in self._repositories:
            known = connection.execute("SELECT id FROM repo WHERE name=%s", (name,)).fetchone()
            if known is None:
                return None
            self._repositories[name] = known[0]
        # One shard's question on a cluster, which a join with `repo` is not.
        sql = "SELECT repo_id, id, generation FROM workspace WHERE repo_id=%s AND name=%s"
        return connection.execute(sql, (self._repositories[name], workspace)).fetchone()

    def _apply(self, connection: Connection, step: Commit, token: bytes) -> int:
        repo_id = _repository(connection, repository_of(step.workspace))
        contents.locked(connection, repo_id)
        place, generation, last = _workspace(connection, repo_id, step.workspace)
        if last == token:
            return generation
        if step.expected is not None and step.expected != generation:
            raise Overtaken(f"{step.workspace} is at generation {generation}, not {step.expected}")
        numbers = self._put(connection, repo_id, step)
        _put_files(connection, place, step, numbers)
        connection.execute(
            "UPDATE workspace SET generation=%s, step=%s WHERE repo_id=%s AND id=%s", (generation + 1, token, *place)
        )
        return generation + 1

    def _put(self, connection: Connection, repo_id: int, step: Commit) -> dict[ContentKey, int]:
        """Bring in what the repository lacks: what the step has, and what others of the store have said already."""
        new = dict(step.extractions)
        wanted = {*new, *(file.key for file in step.files if file.digest)}
        numbers = contents.numbers_of(connection, repo_id, wanted, self._version)
        elsewhere = [key for key in wanted if key not in numbers and key not in new]
        found = {key: contents.decode(body) for key, body in contents.bodies(connection, elsewhere, self._version)}
        for key in elsewhere:
            if key not in found:
                raise KeyError(key)
        lacking = [(key, one) for key, one in (*new.items(), *found.items()) if key not in numbers]
        return numbers | contents.put(connection, repo_id, lacking, self._version)


def _warn_of_privileges(connection: Connection) -> None:
    sql = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname=current_user"
    if connection.execute(sql).fetchone() == (True,):
        log.warning("the database's role is bound by no row-level security: use one that is no superuser")


def _repository(connection: Connection, name: str) -> int:
    """A repository's row, made if there is none."""
    row = connection.execute("SELECT id FROM repo WHERE name=%s", (name,)).fetchone()
    if row is None:
        connection.execute("INSERT INTO repo(name) VALUES(%s) ON CONFLICT DO NOTHING", (name,))
        row = connection.execute("SELECT id FROM repo WHERE name=%s", (name,)).fetchone()
    assert row is not None
    return int(row[0])


def _workspace(connection: Connection, repo_id: int, name: str) -> tuple[Place, int, bytes]:
    """A workspace's rows, made if there are none; its generation, and the token of its last step."""
    # On Citus the last commit may be over before its row is, if a worker went: it is waited for.
    sql = "SELECT id, generation, step FROM workspace WHERE repo_id=%s AND name=%s FOR UPDATE"
    row = connection.execute(sql, (repo_id, name)).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO workspace(repo_id, name, generation, step) VALUES(%s, %s, 0, '')"
            " RETURNING id, generation, step",
            (repo_id, name),
        ).fetchone()
    assert row is not None
    return Place(repo_id, row[0]), row[1], row[2]


def _put_files(connection: Connection, place: Place, step: Commit, numbers: dict[ContentKey, int]) -> None:
    """A step's files in place of those of their paths, and without those that are removed."""
    files = {file.path: file for file in step.files if len(file.path.encode()) <= MAX_PATH_BYTES}
    gone = [*step.removed, *files]
    connection.execute("DELETE FROM file WHERE repo_id=%s AND workspace_id=%s AND path=ANY(%s)", (*place, gone))
    with connection.cursor().copy("COPY file FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types("int4 int4 text int8 text[] int8 int8 int8 text text text".split())
        for file in files.values():
            copy.write_row((*place, *_file_row(file, numbers)))


def _file_row(file: FileState, numbers: dict[ContentKey, int]) -> tuple[Any, ...]:
    inode = file.inode - (1 << 64) if file.inode >= 1 << 63 else file.inode
    return (
        file.path,
        numbers[file.key] if file.digest else None,
        sorted(set(map(fold, parts_of(file.path)))),
        file.size,
        file.mtime_ns,
        inode,
        file.dialect,
        file.problem,
        file.detail.replace("\0", ""),
    )


def _collect(connection: Connection, budget: int, keep: int) -> int:
    """Contents that came first, of all that no workspace holds but for the last `keep`."""
    unheld = "NOT EXISTS (SELECT 1 FROM file f WHERE f.repo_id=c.repo_id AND f.content_id=c.id)"
    row: Any = connection.execute(f"SELECT count(*) FROM content c WHERE {unheld}").fetchone()
    most = max(min(budget, row[0] - keep), 0)
    rows = connection.execute(
        f"SELECT c.repo_id, c.id FROM content c WHERE {unheld} ORDER BY c.id LIMIT %s", (most,)
    ).fetchall()
    undefined: list[int] = []
    for repo_id in sorted({repo for repo, _ in rows}):
        contents.locked(connection, repo_id)
        mine = [number for repo, number in rows if repo == repo_id]
        left = connection.execute(
            f"SELECT c.id FROM content c WHERE c.repo_id=%s AND c.id=ANY(%s) AND {unheld}", (repo_id, mine)
        )
        undefined += contents.drop(connection, repo_id, [number for (number,) in left.fetchall()])
    spellings.sweep(connection, undefined)
    return len(rows)
