"""The team engine's tables, and how a database comes to have them.

Steps are numbered, forward-only, and each runs once, in a transaction of its own, behind an advisory lock: of several
daemons that start at a time one does it. A step must leave the tables usable for daemons of the version before
(columns and tables are added, nothing is taken away), so that they go on while it runs and afterwards.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg

from grpc_backend.errors import StorageFailed

# Any number that no other program on the database uses for an advisory lock.
LOCK: Final = 0x636F6465696478

# Everything below `repo` has `repo_id` first in its keys: that is what a cluster is sharded by, and a question about
# one repository reads one shard. `extract` is what a content says, once for all repositories; it is keyed by content.
# A name's id is a hash of it (see names.py), so that rows can be copied in without asking for ids first.
# `name.band` is order.band; names are compared by their bytes (COLLATE "C"), as Python compares them.
# `symbol` and `reference` have the order in which they are read in their primary keys.
_FIRST: Final = """
CREATE TABLE repo(
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE extract(
    digest bytea NOT NULL, dialect text NOT NULL, extractor int NOT NULL, language text NOT NULL, problem text NOT NULL,
    warnings bytea NOT NULL, symbols int NOT NULL, body bytea NOT NULL, PRIMARY KEY(digest, dialect, extractor));
CREATE TABLE content(
    repo_id int NOT NULL, id bigint NOT NULL, digest bytea NOT NULL, dialect text NOT NULL, extractor int NOT NULL,
    language text NOT NULL, symbols int NOT NULL, owners text[] NOT NULL, layout bytea NOT NULL,
    PRIMARY KEY(repo_id, id), UNIQUE(repo_id, digest, dialect, extractor));
CREATE INDEX content_digest ON content(digest);
CREATE SEQUENCE content_id;
CREATE TABLE name(
    repo_id int NOT NULL, id bigint NOT NULL, name text COLLATE "C" NOT NULL, folded text COLLATE "C" NOT NULL,
    spaced text COLLATE "C" NOT NULL, extent int NOT NULL, uses int NOT NULL, definitions int NOT NULL,
    band smallint GENERATED ALWAYS AS (width_bucket(uses + definitions,
        ARRAY[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384])) STORED,
    PRIMARY KEY(repo_id, id));
CREATE INDEX name_folded ON name(repo_id, (left(folded, 128)));
CREATE INDEX name_reversed ON name(repo_id, (left(reverse(folded), 128)));
CREATE INDEX name_squeezed ON name(repo_id, (left(replace(spaced, ' ', ''), 128)));
CREATE INDEX name_uses ON name(repo_id, uses) WHERE definitions > 0;
CREATE TABLE symbol(
    repo_id int NOT NULL, name_id bigint NOT NULL, place bigint NOT NULL, content_id bigint NOT NULL, ord int NOT NULL,
    kind smallint NOT NULL, top boolean NOT NULL, body bytea NOT NULL,
    PRIMARY KEY(repo_id, name_id, place, content_id, ord));
CREATE INDEX symbol_content ON symbol(repo_id, content_id);
CREATE TABLE reference(
    repo_id int NOT NULL, name_id bigint NOT NULL, content_id bigint NOT NULL, occurrences bytea NOT NULL,
    PRIMARY KEY(repo_id, name_id, content_id));
CREATE INDEX reference_content ON reference(repo_id, content_id);
CREATE TABLE workspace(
    repo_id int NOT NULL, id int GENERATED ALWAYS AS IDENTITY, name text COLLATE "C" NOT NULL,
    generation bigint NOT NULL, step bytea NOT NULL, opened bigint NOT NULL DEFAULT 0,
    PRIMARY KEY(repo_id, id), UNIQUE(repo_id, name));
CREATE TABLE file(
    repo_id int NOT NULL, workspace_id int NOT NULL, path text COLLATE "C" NOT NULL, content_id bigint,
    parts text[] NOT NULL, size bigint NOT NULL, mtime_ns bigint NOT NULL, inode bigint NOT NULL,
    dialect text NOT NULL, problem text NOT NULL, detail text NOT NULL, PRIMARY KEY(repo_id, workspace_id, path));
CREATE INDEX file_content ON file(repo_id, content_id, workspace_id);
"""
# A count that changes moves no index entry now (a heap-only update, for which pages keep some room): entering names was
# half of what the server did for a commit. What is used most is looked for by reading a repository's names, which
# only `popular` does.
_COUNTS: Final = """
DROP INDEX name_uses;
ALTER TABLE name SET (fillfactor = 80);
"""
# Whoever reads for a caller says which repositories those are (a regular expression, for one transaction: see
# database.py), and no others' rows are there then: not of `repo` and `workspace`, through which all else is reached.
# Who says nothing sees all: upkeep, and daemons of the version before. A superuser is bound by no policy.
_ADMITTED: Final = """
CREATE FUNCTION codeindex_admits(workspace text) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT coalesce(current_setting('codeindex.repositories', true), '') = ''
        OR split_part(workspace, '@', 1) ~ current_setting('codeindex.repositories', true) $$;
ALTER TABLE repo ENABLE ROW LEVEL SECURITY;
ALTER TABLE repo FORCE ROW LEVEL SECURITY;
CREATE POLICY admitted ON repo USING (codeindex_admits(name));
ALTER TABLE workspace ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspace FORCE ROW LEVEL SECURITY;
CREATE POLICY admitted ON workspace USING (codeindex_admits(name));
"""
# Repositories to index (see storage/jobs.py). `not_before`: of a job that waits, when it may be taken; of one that is
# taken, when its lease runs out. Of jobs that wait for the same there is one.
_JOBS: Final = """
CREATE TABLE job(
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source text NOT NULL, commit_name text NOT NULL,
    state text NOT NULL DEFAULT 'waiting', tries int NOT NULL DEFAULT 0, worker text NOT NULL DEFAULT '',
    error text NOT NULL DEFAULT '', not_before timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE UNIQUE INDEX job_waiting ON job(md5(source), commit_name) WHERE state = 'waiting';
CREATE INDEX job_due ON job(id) WHERE state <> 'failed';
"""
# How much names are mentioned anywhere (`counts`): in a thousand keys that begin with the repository it takes a
# thousand descents.
_ACROSS: Final = """
CREATE INDEX name_anywhere ON name(id);
"""
# The names of the whole store, each once (see spellings.py). `head` and `tail` are beginnings of the folded name and of
# its reverse; their indexes have all that is read of them. `definer.rarity` is a band from above, three bands one, so
# that a key is read upwards and seldom changes. What a daemon of the version before commits from now on is not
# followed: none was released. (Two minutes at 10 million symbols.)
SPELLINGS: Final = """
CREATE TABLE definer(
    name_id bigint NOT NULL, rarity smallint NOT NULL, repo_id int NOT NULL, PRIMARY KEY(name_id, rarity, repo_id));
CREATE TABLE spelling(
    id bigint PRIMARY KEY, name text COLLATE "C" NOT NULL, length smallint NOT NULL, head text COLLATE "C" NOT NULL,
    tail text COLLATE "C" NOT NULL, squeezed text COLLATE "C" NOT NULL);
INSERT INTO definer SELECT id, 3 - least(band / 3, 3), repo_id FROM name WHERE definitions > 0 ORDER BY id;
INSERT INTO spelling SELECT DISTINCT ON (id) id, name, least(char_length(folded), 128), left(folded, 128),
    left(reverse(folded), 128), left(replace(spaced, ' ', ''), 128) FROM name WHERE definitions > 0 ORDER BY id;
CREATE INDEX spelling_head ON spelling(length, head, id);
CREATE INDEX spelling_tail ON spelling(length, tail, id);
CREATE INDEX spelling_squeezed ON spelling USING hash(squeezed);
"""
STEPS: Final = (_FIRST, _COUNTS, _ADMITTED, _JOBS, _ACROSS, SPELLINGS)


def migrate(connection: psycopg.Connection[Any]) -> None:
    """Bring a database up to date. Errors: StorageFailed for one of a later version."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        connection.execute("CREATE TABLE IF NOT EXISTS migration(number int PRIMARY KEY, done timestamptz NOT NULL)")
        done: Any = connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchone()
        if done[0] > len(STEPS):
            raise StorageFailed(
                f"the database's tables are at step {done[0]}, this daemon knows {len(STEPS)}: install a later one"
            )
    for number, step in enumerate(STEPS[done[0] :], done[0] + 1):
        _run(connection, number, step)


def _run(connection: psycopg.Connection[Any], number: int, step: str) -> None:
    """Run one step unless another daemon has meanwhile."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        if connection.execute("SELECT 1 FROM migration WHERE number=%s", (number,)).fetchone() is None:
            connection.execute(step)
            connection.execute("INSERT INTO migration VALUES(%s, now())", (number,))
