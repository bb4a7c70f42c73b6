"""Contents as rows of the embedded engine's tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final

import apsw
import msgspec

from grpc_backend.model import KINDS, ContentKey, Extraction
from grpc_backend.storage.courtesy import Pace
from grpc_backend.storage.order import stored_order

pack: Final = msgspec.msgpack.Encoder().encode
KIND_NUMBER: Final = {kind: number for number, kind in enumerate(KINDS)}


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
