"""Structured content to text made for a model: one line a symbol, and what the answer covers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from bridge.assistant.structure import Json


def symbol_line(one: Json) -> str:
    """`path:line kind signature — doc`."""
    return f"{one['path']}:{one['line']} {_described(one)}"


def symbols_by_file(symbols: Iterable[Json]) -> str:
    """Files with their symbols below them, as `line-end kind signature`."""
    blocks = []
    for path, inside in groupby(symbols, key=lambda one: one["path"]):
        lines = [f"  {one['line']}-{one['end_line']} {'  ' * one.get('depth', 0)}{_described(one)}" for one in inside]
        blocks.append("\n".join([str(path), *lines]))
    return "\n".join(blocks)


def coverage(fresh: Json) -> str:
    """What an answer covers, in a sentence."""
    counted = f"{fresh['indexed_files']} of {fresh['total_files']} files indexed, generation {fresh['generation']}"
    if fresh["complete"]:
        return f"({counted}, complete)"
    return f"({counted}, NOT complete: {fresh['pending_files']} pending; ask again or pass wait_ms)"


def absence(what: str, fresh: Json) -> str:
    """Nothing found, said so that it can be relied upon."""
    if fresh["complete"]:
        failed = f" ({fresh['failed_files']} files could not be read)" if fresh["failed_files"] else ""
        searched = f"{fresh['indexed_files']} indexed files, generation {fresh['generation']}{failed}"
        return f"{what}: not found in any of the {searched}."
    return (
        f"{what}: not found so far, in {fresh['indexed_files']} of {fresh['total_files']} files; it may be in the "
        f"{fresh['pending_files']} files that are pending. Ask again, or pass wait_ms."
    )


def _described(one: Json) -> str:
    doc = f" — {one['doc']}" if one.get("doc") else ""
    signature = one["signature"] or one["qualified_name"]
    kind = "" if signature.startswith(one["kind"]) else f"{one['kind']} "
    owner = one["qualified_name"].rpartition(".")[0]
    return f"{kind}{signature}{f'  [in {owner}]' if owner else ''}{doc}"
