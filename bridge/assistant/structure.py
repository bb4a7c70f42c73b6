"""Messages to structured content: the one translation at this border."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bridge.assistant.clean import line
from protos import code_index_pb2 as pb

Json = dict[str, Any]

FRESHNESS_FIELDS = (
    "generation",
    "indexed_files",
    "total_files",
    "pending_files",
    "failed_files",
    "complete",
)
# Schemas are sent to the model with every listing: true, and as short as they can be.
MAX_DOC = 120
LIST_SCHEMA: Json = {"type": "array"}
TEXT_SCHEMA: Json = {"type": "string"}
FLAG_SCHEMA: Json = {"type": "boolean"}
FRESHNESS_SCHEMA: Json = {"type": "object"}


def output_schema(**properties: Json) -> Json:
    """The schema of an answer: the properties given, all required, and freshness."""
    everything = {**properties, "freshness": FRESHNESS_SCHEMA}
    return {"type": "object", "properties": everything, "required": list(everything)}


def freshness(values: Iterable[pb.Freshness]) -> Json:
    """What an answer over one or several workspaces covers."""
    known = list(values)
    sums = {name: sum(getattr(one, name) for one in known) for name in FRESHNESS_FIELDS[1:-1]}
    away = next((line(one.upstream_away) for one in known if one.upstream_away), "")
    return {
        "generation": max((one.generation for one in known), default=0),
        **sums,
        "complete": bool(known) and all(one.complete for one in known),
        **({"upstream_away": away} if away else {}),
    }


def languages(symbols: Mapping[str, int]) -> Json:
    """The number of symbols in each language that has any."""
    return {name: count for name, count in sorted(symbols.items()) if count}


def symbol(value: pb.Symbol, prefix: str) -> Json:
    """A symbol; `prefix` tells its root apart from others where there are several. One of a team's repository has that
    before its path.
    """
    prefix = f"{line(value.workspace)}:" if value.workspace else prefix
    found: Json = {
        "symbol": prefix + line(value.id),
        "name": line(value.name),
        "qualified_name": line(value.qualified_name),
        "kind": value.kind,
        "language": value.language,
        "path": prefix + line(value.path),
        "line": value.line,
        "end_line": value.end_line,
        "signature": line(value.signature),
    }
    if value.doc:
        found["doc"] = line(value.doc, MAX_DOC)
    if value.unsaved:
        found["unsaved"] = True
    return found


def hit(value: pb.Hit, prefix: str) -> Json:
    """A search result: a symbol with its score and how it matched."""
    return {**symbol(value.symbol, prefix), "score": round(value.score, 3), "match": value.match}


def is_only_close(found: Json) -> bool:
    """Whether a search result has another name than the one that was asked for."""
    return found["match"] not in ("exact", "listed", "meaning")
