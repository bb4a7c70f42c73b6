"""Structured content to text made for a model: one line a symbol, and what the answer covers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from bridge.assistant.structure import Json


def symbol_line(one: Json) -> str:
    """`path:line kind signature  [in owner] (unsaved) — doc`."""
    return f"{one['path']}:{one['line']} {_described(one)}"


def symbols_by_file(symbols: Iterable[Json]) -> str:
    """Files with their symbols below them, as `line-end kind signature`; indentation tells the owner."""
    blocks = []
    for path, inside in groupby(symbols, key=lambda one: one["path"]):
        lines = [f"  {_lines(one)} {'  ' * one.get('depth', 0)}{_described(one)}" for one in inside]
        blocks.append("\n".join([str(path), *lines]))
    return "\n".join(blocks)


def coverage(fresh: Json) -> str:
    """What an answer covers, in a sentence."""
    counted = f"{fresh['indexed_files']} of {fresh['total_files']} files indexed{_failed(fresh)}"
    if fresh["complete"]:
        return f"({counted}, generation {fresh['generation']}, complete)"
    return f"({counted}, generation {fresh['generation']}, NOT complete: {_pending(fresh)}; ask again or pass wait_ms)"


def absence(what: str, fresh: Json) -> str:
    """Nothing found, said so that it can be relied upon: this is the whole answer, coverage included."""
    if fresh["complete"]:
        searched = f"{fresh['indexed_files']} indexed files, generation {fresh['generation']}{_failed(fresh)}"
        return f"{what}: not found in any of the {searched}."
    return (
        f"{what}: not found so far, in {fresh['indexed_files']} of {fresh['total_files']} files ({_pending(fresh)}). "
        "It may be there all the same: ask again, or pass wait_ms."
    )


def filtered(what: str, **filters: str) -> str:
    """What was asked for with the filters that were set, so that an absence does not claim more than was looked at."""
    said = ", ".join(f"{name} {value}" for name, value in filters.items() if value)
    return f"{what} with {said}" if said else what


def most_first(counts: Json) -> str:
    """Names with their counts, the most first."""
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda one: -one[1]))


def _failed(fresh: Json) -> str:
    return f" ({fresh['failed_files']} failed: see index_status)" if fresh["failed_files"] else ""


def _pending(fresh: Json) -> str:
    """Why an answer is not complete. Nothing pending: what is on disk was not compared yet."""
    return f"{fresh['pending_files']} pending" if fresh["pending_files"] else "the files on disk are being compared"


def _lines(one: Json) -> str:
    return str(one["line"]) if one["end_line"] == one["line"] else f"{one['line']}-{one['end_line']}"


def _described(one: Json) -> str:
    doc = f" — {one['doc']}" if one.get("doc") else ""
    signature = one["signature"] or one["name"]
    kind = "" if signature.startswith(one["kind"]) else f"{one['kind']} "
    unsaved = " (unsaved)" if one.get("unsaved") else ""
    return f"{kind}{signature}{_owner(one)}{unsaved}{doc}"


def _owner(one: Json) -> str:
    """What encloses a symbol, or its id's last part where that is not its plain name."""
    last = one["symbol"].rpartition("#")[2]
    if last != one["qualified_name"]:
        return f"  [#{last}]"
    owner = one["qualified_name"].rpartition(".")[0]
    return f"  [in {owner}]" if owner and not one.get("depth") else ""
