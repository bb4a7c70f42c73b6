"""The names of an index, to make questions of."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grpc_backend.model import Symbol
from grpc_backend.storage.schema import open_reader
from tests.bench.search.typed import Target


def targets_of(home: Path) -> tuple[list[Target], int]:
    """One symbol of each name, the first by qualified name and path, read from the store's file; and how many there are
    in all.
    """
    sql = (
        "SELECT n.name, n.uses, n.definitions, s.symbol, f.path FROM file f JOIN symbol s ON s.content_id=f.content_id"
        " JOIN name n ON n.id=s.name_id"
    )
    decoder = msgspec.msgpack.Decoder(Symbol)
    found: dict[str, Target] = {}
    symbols = 0
    for name, uses, definitions, packed, path in open_reader(home / "index.sqlite3").execute(sql):
        symbols += 1
        one = Target(name, decoder.decode(packed).qualified_name, path, uses, definitions)
        known = found.get(name)
        if known is None or one < known:
            found[name] = one
    return list(found.values()), symbols
