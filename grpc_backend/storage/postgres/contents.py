"""Contents brought into a repository and dropped from it, with their symbols, uses and names.

Whoever changes a repository's contents holds its lock (`locked`): names are counted exactly, and two daemons that
bring the same content do not both count it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import msgspec

from grpc_backend.model import KIND_NUMBER, ContentKey, Extraction
from grpc_backend.storage.names import extent, fold, spaced
from grpc_backend.storage.narrowing import owner_parts
from grpc_backend.storage.order import stored_order
from grpc_backend.storage.postgres import spellings
from grpc_backend.storage.postgres.database import LOCK, Connection, array
from grpc_backend.storage.postgres.names import id_of, stored
from grpc_backend.storage.postgres.spellings import Counted

_CONTENT: Final = "content(repo_id, id, digest, dialect, extractor, language, symbols, owners, layout)"
_CONTENT_TYPES: Final = "int4 int8 bytea text int4 text int4 text[] bytea"
_NAME: Final = "name(repo_id, id, name, folded, spaced, extent, uses, definitions)"
_NAME_TYPES: Final = "int4 int8 text text text int4 int4 int4"
_SYMBOL: Final = "symbol(repo_id, name_id, place, content_id, ord, kind, top, body)"
_SYMBOL_TYPES: Final = "int4 int8 int8 int8 int4 int2 bool bytea"
_REFERENCE: Final = "reference(repo_id, name_id, content_id, occurrences)"
_REFERENCE_TYPES: Final = "int4 int8 int8 bytea"
encode: Final = msgspec.msgpack.Encoder().encode
decode: Final = msgspec.msgpack.Decoder(Extraction).decode

# What is known of a content that is in a repository: its key and its row.
Numbered = dict[ContentKey, int]


def locked(connection: Connection, repo_id: int) -> None:
    """Be the only one that changes a repository's contents until the transaction ends."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK, repo_id))


def numbers_of(connection: Connection, repo_id: int, keys: Collection[ContentKey], version: int) -> Numbered:
    """The rows of those contents that a repository has."""
    if not keys:
        return {}
    sql = (
        "SELECT c.digest, c.dialect, c.id FROM unnest(%s::bytea[], %s::text[]) AS k(digest, dialect)"
        " JOIN content c ON c.repo_id=%s AND c.digest=k.digest AND c.dialect=k.dialect AND c.extractor=%s"
    )
    rows = connection.execute(sql, (*_columns(keys), repo_id, version))
    return {ContentKey(digest, dialect): number for digest, dialect, number in rows}


def bodies(connection: Connection, keys: Collection[ContentKey], version: int) -> list[tuple[ContentKey, bytes]]:
    """What contents say, as it is kept: see `decode`."""
    if not keys:
        return []
    sql = (
        "SELECT e.digest, e.dialect, e.body FROM unnest(%s::bytea[], %s::text[]) AS k(digest, dialect)"
        " JOIN extract e ON e.digest=k.digest AND e.dialect=k.dialect AND e.extractor=%s"
    )
    rows = connection.execute(sql, (*_columns(keys), version))
    return [(ContentKey(digest, dialect), body) for digest, dialect, body in rows]


def put(connection: Connection, repo_id: int, new: Sequence[tuple[ContentKey, Extraction]], version: int) -> Numbered:
    """Bring contents in that the repository does not have; the lock is held. Returns their rows."""
    if not new:
        return {}
    _put_extracts(connection, new, version)
    rows = connection.execute("SELECT nextval('content_id') FROM generate_series(1, %s)", (len(new),))
    numbered = [(number, key, one) for (number,), (key, one) in zip(rows.fetchall(), new, strict=True)]
    ids = {name: id_of(name) for _, one in new for name in (*one.occurrences, *(each.name for each in one.symbols))}
    _count(connection, repo_id, new, ids)
    for target, types, found in (
        (_CONTENT, _CONTENT_TYPES, (_content_row(repo_id, *one, version) for one in numbered)),
        (_SYMBOL, _SYMBOL_TYPES, sorted(row for one in numbered for row in _symbol_rows(repo_id, *one, ids))),
        (_REFERENCE, _REFERENCE_TYPES, sorted(row for one in numbered for row in _uses_rows(repo_id, *one, ids))),
    ):
        _copy(connection, target, types, found)
    return {key: number for number, key, _ in numbered}


def drop(connection: Connection, repo_id: int, numbers: Sequence[int]) -> list[int]:
    """Take contents out of a repository, and what they say where no other has it; the lock is held.

    Returns the names that the repository does not define any more, for `spellings.sweep`.
    """
    held = "WHERE repo_id=%s AND content_id=ANY(%s)"
    taken = (repo_id, list(numbers))
    uses = connection.execute(f"SELECT name_id, count(*) FROM reference {held} GROUP BY 1", taken)
    less: dict[int, int] = dict(uses.fetchall())
    borne = connection.execute(f"SELECT name_id, count(DISTINCT content_id) FROM symbol {held} GROUP BY 1", taken)
    defined: dict[int, int] = dict(borne.fetchall())
    ids = sorted(less.keys() | defined.keys())
    counted = _counted(connection, repo_id, [(one, -less.get(one, 0), -defined.get(one, 0)) for one in ids])
    spellings.account(connection, repo_id, counted)
    connection.execute("DELETE FROM name WHERE repo_id=%s AND id=ANY(%s) AND uses+definitions=0", (repo_id, ids))
    for table in ("reference", "symbol"):
        connection.execute(f"DELETE FROM {table} {held}", taken)
    gone = connection.execute(
        "DELETE FROM content WHERE repo_id=%s AND id=ANY(%s) RETURNING digest, dialect, extractor", taken
    ).fetchall()
    digests = [row[0] for row in gone]
    connection.execute(
        "DELETE FROM extract e USING unnest(%s::bytea[], %s::text[], %s::int[]) AS k(digest, dialect, extractor)"
        " WHERE e.digest=k.digest AND e.dialect=k.dialect AND e.extractor=k.extractor"
        " AND (e.digest, e.dialect, e.extractor) NOT IN"
        " (SELECT c.digest, c.dialect, c.extractor FROM content c WHERE c.digest=ANY(%s))",
        (digests, [row[1] for row in gone], [row[2] for row in gone], digests),
    )
    return [one.id for one in counted if one.defined and not one.definitions]


def _put_extracts(connection: Connection, new: Sequence[tuple[ContentKey, Extraction]], version: int) -> None:
    """Keep what contents say, for all repositories. In the order of their keys: two that do so never wait crosswise."""
    rows = [
        (key.digest, key.dialect, one.language, one.problem, encode(one.warnings), len(one.symbols), encode(one))
        for key, one in sorted(new, key=lambda row: (row[0].digest, row[0].dialect))
    ]
    digests, dialects, languages, problems, warnings, symbols, bodies = map(list, zip(*rows, strict=True))
    connection.execute(
        "INSERT INTO extract(digest, dialect, language, problem, warnings, symbols, body, extractor)"
        " SELECT *, %s::int FROM unnest(%b::bytea[], %s::text[], %s::text[], %s::text[], %b::bytea[], %s::int[],"
        " %b::bytea[]) ON CONFLICT DO NOTHING",
        (version, digests, dialects, languages, problems, warnings, symbols, bodies),
    )


def _count(
    connection: Connection, repo_id: int, new: Sequence[tuple[ContentKey, Extraction]], ids: dict[str, int]
) -> None:
    """Enter names in the dictionary, and how many contents use and define them; the lock is held.

    Most names are there already: they are only counted, which moves no index entry, and take a few bytes on the way.
    """
    uses = Counter(name for _, one in new for name in one.occurrences)
    definitions = Counter(name for _, one in new for name in {symbol.name for symbol in one.symbols})
    counted = _counted(connection, repo_id, [(one, uses[name], definitions[name]) for name, one in ids.items()])
    there = {one.id for one in counted}
    entered = [one for one in ids.items() if one[1] not in there]
    _copy(connection, _NAME, _NAME_TYPES, (_name_row(repo_id, *one, uses, definitions) for one in entered))
    for name, one in entered:
        counted.append(Counted(one, 0, 0, uses[name] + definitions[name], definitions[name]))
    spellings.account(connection, repo_id, counted)


def _counted(connection: Connection, repo_id: int, changes: Sequence[tuple[int, int, int]]) -> list[Counted]:
    """Change the counts of those names of a repository that it has: each with how many more use and define it."""
    if not changes:
        return []
    rows = connection.execute(
        "UPDATE name n SET uses=n.uses+k.uses, definitions=n.definitions+k.definitions"
        " FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS k(id, uses, definitions)"
        " WHERE n.repo_id=%s AND n.id=k.id RETURNING n.id, n.uses+n.definitions, n.definitions, k.uses, k.definitions",
        (*map(array, zip(*changes, strict=True)), repo_id),
    )
    return [
        Counted(name_id, mentions - uses - more, definitions - more, mentions, definitions)
        for name_id, mentions, definitions, uses, more in rows
    ]


def _name_row(
    repo_id: int, name: str, number: int, uses: Counter[str], definitions: Counter[str]
) -> tuple[int, int, str, str, str, int, int, int]:
    forms = stored(name), stored(fold(name)), stored(spaced(name))
    return (repo_id, number, *forms, extent(name), uses[name], definitions[name])


def _copy(connection: Connection, target: str, types: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Copy rows into a table, in the binary format."""
    with connection.cursor().copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types.split())
        for row in rows:
            copy.write_row(row)


def _symbol_rows(
    repo_id: int, number: int, key: ContentKey, extraction: Extraction, ids: dict[str, int]
) -> list[tuple[int, int, int, int, int, int, bool, bytes]]:
    return [
        (
            repo_id,
            ids[one.name],
            stored_order(one, key.digest),
            number,
            ord_,
            KIND_NUMBER[one.kind],
            one.parent < 0,
            encode(one),
        )
        for ord_, one in enumerate(extraction.symbols)
    ]


def _uses_rows(
    repo_id: int, number: int, _key: ContentKey, extraction: Extraction, ids: dict[str, int]
) -> list[tuple[int, int, int, bytes]]:
    return [(repo_id, ids[name], number, packed) for name, packed in extraction.occurrences.items()]


def _content_row(
    repo_id: int, number: int, key: ContentKey, extraction: Extraction, version: int
) -> tuple[int, int, bytes, str, int, str, int, list[str], bytes]:
    owners = sorted(map(stored, owner_parts(extraction.symbols)))
    language, symbols = extraction.language, len(extraction.symbols)
    return (repo_id, number, key.digest, key.dialect, version, language, symbols, owners, extraction.layout)


def _columns(keys: Collection[ContentKey]) -> tuple[list[bytes], list[str]]:
    return [key.digest for key in keys], [key.dialect for key in keys]
