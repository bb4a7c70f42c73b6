"""Contents as rows of the embedded engine's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Final

import apsw
import msgspec

from grpc_backend.model import KIND_NUMBER, ContentKey, Extraction
from grpc_backend.storage import dictionary
from grpc_backend.storage.courtesy import Pace
from grpc_backend.storage.narrowing import owner_parts, put_owners
from grpc_backend.storage.order import stored_order
from grpc_backend.storage.segment import NameRow
from grpc_backend.storage.sqlite_queries import content_id
from grpc_backend.storage.traits import traits_of

pack: Final = msgspec.msgpack.Encoder().encode


def put_contents(
    connection: apsw.Connection, extractions: Sequence[tuple[ContentKey, Extraction]], version: int, pace: Pace
) -> list[NameRow]:
    """Store extractions that are not there yet, with their symbols and references; return the names that changed."""
    wanted = pace.through(dict(extractions).items())
    new = [(key, one) for key, one in wanted if content_id(connection, key, version) is None]
    uses = Counter(name for _, one in new for name in one.occurrences)
    pace.give_way()
    definitions = Counter(name for _, one in new for name in {symbol.name for symbol in one.symbols})
    ids, changed = dictionary.enter(connection, uses, definitions, traits_of(one for _, one in new), pace)
    numbered = [(_insert_content(connection, key, one, version), key, one) for key, one in new]
    for content in numbered:
        pace.give_way()
        connection.executemany("INSERT INTO symbol VALUES(?,?,?,?,?,?,?)", symbol_rows(*content, ids))
    put_references(connection, numbered, ids, pace)
    layouts = ((number, one.layout) for number, _, one in numbered)
    connection.executemany("INSERT INTO layout VALUES(?,?)", layouts)
    owners = ((part, number) for number, _, one in numbered for part in owner_parts(one.symbols))
    put_owners(connection, owners)
    return changed


def _insert_content(connection: apsw.Connection, key: ContentKey, extraction: Extraction, version: int) -> int:
    connection.execute(
        "INSERT INTO content(digest,dialect,extractor,language,problem,warnings,imports,symbols)"
        " VALUES(?,?,?,?,?,?,?,?)",
        (
            key.digest,
            key.dialect,
            version,
            extraction.language,
            extraction.problem,
            pack(extraction.warnings),
            pack(extraction.imports),
            len(extraction.symbols),
        ),
    )
    return connection.last_insert_rowid()


def symbol_rows(
    content_id: int, key: ContentKey, extraction: Extraction, ids: Mapping[str, int]
) -> list[tuple[int, int, int, int, bool, int, bytes]]:
    """A content's symbols as the table has them; `ids` are those of names."""
    return [
        (
            content_id,
            ord_,
            ids[one.name],
            KIND_NUMBER[one.kind],
            one.parent < 0,
            stored_order(one, key.digest),
            pack(one),
        )
        for ord_, one in enumerate(extraction.symbols)
    ]


def put_references(
    connection: apsw.Connection,
    contents: Iterable[tuple[int, ContentKey, Extraction]],
    ids: Mapping[str, int],
    pace: Pace,
) -> None:
    """Store uses by name."""
    rows = [
        (ids[name], content_id, packed)
        for content_id, _, one in pace.through(contents)
        for name, packed in one.occurrences.items()
    ]
    rows.sort(key=itemgetter(0, 1))  # the table's order: each page is touched once
    connection.executemany("INSERT INTO reference VALUES(?,?,?)", pace.through(rows))
