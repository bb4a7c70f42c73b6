"""PostgreSQL itself keeps from a caller what lies in others' repositories, whatever the daemon forgets to check."""

from __future__ import annotations

import contextvars
from fnmatch import fnmatchcase

import psycopg
import pytest

from grpc_backend.access.grant import READ, Grant, serve_as
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.postgres.database import admitted
from grpc_backend.storage.postgres.engine import PostgresEngine
from tests.storage.samples import extraction, file, key, symbol, uses

MINE, THEIRS = "team/mine@main", "other/theirs@main"
EXACTLY = NamePattern("secret", Tier.EXACT)


def grant(*repositories: str) -> Grant:
    return Grant("reader", frozenset({READ}), repositories)


@pytest.fixture
def engine(postgresql):
    """As a role of no privileges, as a daemon's should be: superusers are bound by no policy."""
    dsn = postgresql.database()
    schema = dsn.rpartition("%3D")[2]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute(f"ALTER SCHEMA {schema} OWNER TO reader")
    made = PostgresEngine(dsn.replace("//codeindex@", "//reader@"), 1)
    for workspace in (MINE, THEIRS):
        one = key(workspace)
        said = extraction(symbol("secret"), secret=uses((2, 0)))
        made.commit(Commit(workspace, [(one, said)], [file("a.py", one)]))
    yield made
    made.close()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")
        connection.execute("DROP ROLE reader")


def seen(engine, workspace: str) -> tuple[int, int, int, int]:
    """How much a question gets out of a workspace that nobody has checked."""
    return (
        engine.generation(workspace),
        len(engine.files(workspace)),
        len(engine.find(workspace, EXACTLY, Filters(), 10)),
        engine.references(workspace, "secret", Filters(), 10)[1],
    )


def read_as(one: Grant, work, *args):
    """Do some work for a caller."""

    def served():
        serve_as(one)
        return work(*args)

    return contextvars.copy_context().run(served)


def test_what_a_caller_may_not_read_is_not_there(engine):
    reader = grant("team/*")
    assert read_as(reader, engine.workspaces) == [MINE]
    assert read_as(reader, seen, engine, MINE) == (1, 1, 1, 1)
    assert read_as(reader, seen, engine, THEIRS) == (0, 0, 0, 0)
    across = engine.across([MINE, THEIRS])
    assert [one.workspace for one in read_as(reader, across.find, "", EXACTLY, Filters(), 10)] == [MINE]
    assert read_as(reader, engine.counts, ["secret"])["secret"].definitions == 1
    assert read_as(reader, engine.held_by, [key(THEIRS)], [THEIRS]) == set()


def test_the_next_to_use_a_connection_is_not_confined(engine):
    read_as(grant("team/mine"), engine.workspaces)
    assert engine.workspaces() == [THEIRS, MINE]
    assert seen(engine, THEIRS) == (1, 1, 1, 1)


def test_a_daemon_warns_of_a_role_that_no_policy_binds(postgresql, engine, caplog):
    assert "row-level security" not in caplog.text
    PostgresEngine(postgresql.database(), 1).close()
    assert "no superuser" in caplog.text


@pytest.mark.parametrize(
    "pattern",
    ["team/mine", "team/*", "*/mine", "team/m?ne", "team/[lm]ine", "team/[!m]ine", "t.am/mine", "team", "a|b"],
)
def test_patterns_fit_as_they_do_in_the_daemon(postgresql, pattern):
    names = ["", "team/mine", "team/line", "team/mine/more", "team", "txam/mine", "a", "b", "a|b"]
    with psycopg.connect(postgresql.dsn()) as connection:
        rows = connection.execute(
            "SELECT one FROM unnest(%s::text[]) one WHERE one ~ %s", (names, admitted(grant(pattern)))
        )
        assert [name for (name,) in rows] == [name for name in names if fnmatchcase(name, pattern)]


def test_a_grant_for_no_repository_is_for_none(postgresql):
    with psycopg.connect(postgresql.dsn()) as connection:
        row = connection.execute("SELECT '' ~ %(all)s, 'x' ~ %(all)s", {"all": admitted(grant())}).fetchone()
    assert row == (False, False)
