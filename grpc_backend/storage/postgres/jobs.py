"""The queue in a team's database: each job is a row, and whoever takes one skips those that others are taking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from grpc_backend.storage.jobs import FAILED, LOST, MOST_TRIES, TAKEN, WAITING, Job
from grpc_backend.storage.postgres.database import Connection, Database

_COLUMNS: Final = "id, source, commit_name, state, tries, worker, error"
_HELD: Final = f"id=%(id)s AND tries=%(tries)s AND state='{TAKEN}'"
_LOST_FOR_GOOD: Final = (
    f"UPDATE job SET state='{FAILED}', worker='', error=%s"
    f" WHERE state='{TAKEN}' AND not_before<=clock_timestamp() AND tries>=%s"
)


class PostgresQueue:
    """See `jobs.Queue`. The database's clock is everyone's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, jobs: Sequence[tuple[str, str]]) -> int:
        """Have sources indexed; of jobs that wait the index of the table keeps one."""

        def work(connection: Connection) -> int:
            wanted = list(dict.fromkeys(jobs))
            values = ([source for source, _ in wanted], [commit for _, commit in wanted])
            added = connection.execute(
                "INSERT INTO job(source, commit_name) SELECT * FROM unnest(%s::text[], %s::text[])"
                " ON CONFLICT DO NOTHING RETURNING source, commit_name",
                values,
            ).fetchall()
            connection.execute(
                f"DELETE FROM job WHERE state='{FAILED}'"
                " AND (source, commit_name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
                ([source for source, _ in added], [commit for _, commit in added]),
            )
            return len(added)

        return self._database.write(work)

    def take(self, worker: str, lease_s: float) -> Job | None:
        """The job that has waited longest."""
        sql = (
            f"UPDATE job SET state='{TAKEN}', worker=%(worker)s, tries=tries+1,"
            f" error=CASE state WHEN '{TAKEN}' THEN %(lost)s ELSE error END,"
            " not_before=clock_timestamp()+make_interval(secs => %(lease)s)"
            f" WHERE id=(SELECT id FROM job WHERE state<>'{FAILED}' AND not_before<=clock_timestamp()"
            f" ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING {_COLUMNS}"
        )
        values = {"worker": worker, "lost": LOST, "lease": lease_s}

        def work(connection: Connection) -> Job | None:
            connection.execute(_LOST_FOR_GOOD, (LOST, MOST_TRIES))
            row = connection.execute(sql, values).fetchone()
            return Job(*row) if row else None

        return self._database.write(work)

    def renew(self, held: Job, lease_s: float) -> bool:
        """Go on holding a job."""
        sql = f"UPDATE job SET not_before=clock_timestamp()+make_interval(secs => %(lease)s) WHERE {_HELD}"
        return self._changed(sql, held, lease=lease_s)

    def done(self, held: Job) -> bool:
        """It is done."""
        return self._changed(f"DELETE FROM job WHERE {_HELD}", held)

    def failed(self, held: Job, error: str, again_in_s: float) -> bool:
        """It went wrong. Of two that wait for the same the later one does for both."""
        alike = (
            f"DELETE FROM job WHERE {_HELD} AND EXISTS (SELECT 1 FROM job o WHERE o.state='{WAITING}'"
            " AND (o.source, o.commit_name)=(job.source, job.commit_name))"
        )
        again = (
            "UPDATE job SET state=%(state)s, worker='', error=%(error)s,"
            f" not_before=clock_timestamp()+make_interval(secs => %(again)s) WHERE {_HELD}"
        )
        state = FAILED if held.tries >= MOST_TRIES else WAITING
        return self._changed(alike, held) or self._changed(again, held, state=state, error=error, again=again_in_s)

    def jobs(self, limit: int) -> list[Job]:
        """In the order in which they were added."""

        def work(connection: Connection) -> list[Job]:
            connection.execute(_LOST_FOR_GOOD, (LOST, MOST_TRIES))
            sql = f"SELECT {_COLUMNS} FROM job ORDER BY id LIMIT %s"
            return [Job(*row) for row in connection.execute(sql, (limit,))]

        return self._database.write(work)

    def _changed(self, sql: str, held: Job, **values: Any) -> bool:
        """Whether a change of a job that is held found it so."""
        all_values = {"id": held.id, "tries": held.tries, **values}
        return self._database.write(lambda connection: connection.execute(sql, all_values).rowcount) == 1
