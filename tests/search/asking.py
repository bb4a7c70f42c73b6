"""Put symbols into a memory engine and ask for them as a client does: through the request's own translation."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from grpc_backend.model import Symbol
from grpc_backend.rpc.wire import query_from
from grpc_backend.search.searcher import SearchAnswer, search
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.memory import MemoryEngine
from protos import code_index_pb2 as pb
from tests.storage.samples import extraction, file, key, symbol, uses

WORKSPACE = "w"
USE = uses((1, -1))


def engine_of(files: dict[str, Iterable[Symbol | str]], used: Iterable[str] = ()) -> MemoryEngine:
    """An engine with these symbols (a string is a function of that name), by path; `used`: names, once for each use."""
    engine = MemoryEngine()
    for path, symbols in files.items():
        language = "go" if path.endswith(".go") else "python"
        of = key(path, language)
        held = extraction(*(_at(line, one) for line, one in enumerate(symbols, 1)), language=language)
        engine.commit(Commit(WORKSPACE, [(of, held)], [file(path, of)]))
    for number, name in enumerate(used):
        of = key(f"use {number}")
        engine.commit(Commit(WORKSPACE, [(of, extraction(**{name: USE}))], [file(f"use/{number}.py", of)]))
    return engine


def ask(
    engine: MemoryEngine, text: str, *, limit: int = 0, languages: Iterable[str] = (), **filters: str
) -> SearchAnswer:
    """The answer to a request."""
    request = pb.SearchRequest(query=text, limit=limit, languages=languages, filters=filters)
    return search(engine, WORKSPACE, query_from(request))


def _at(line: int, one: Symbol | str) -> Symbol:
    """The symbol on a line of its own."""
    named = symbol(one) if isinstance(one, str) else one
    return msgspec.structs.replace(named, line=line, start_line=line, end_line=line)


def found(engine: MemoryEngine, text: str, **more) -> list[str]:
    """The qualified names of the hits, in order."""
    return [hit.located.symbol.qualified_name for hit in ask(engine, text, **more).hits]


def places(engine: MemoryEngine, text: str, **more) -> list[str]:
    """The paths of the hits, in order."""
    return [hit.located.path for hit in ask(engine, text, **more).hits]
