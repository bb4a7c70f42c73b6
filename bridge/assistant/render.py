"""Structured content to text made for a model: one line a symbol, and what the answer covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from bridge.assistant.clean import fenced
from bridge.assistant.structure import Json

# A line of a long list is cut here: the place, the kind, the name and the beginning of the rest tell enough.
LIST_LINE = 110
LONG_LIST = 10


def symbol_line(one: Json) -> str:
    """`path:line kind signature  [in owner] (unsaved) — doc`."""
    return f"{one['path']}:{one['line']} {_described(one)}"


def symbol_list(symbols: Sequence[Json]) -> str:
    """Symbols one a line, those of one file together, the file of the best first; the file is named once."""
    by_file: dict[str, list[Json]] = {}
    for one in symbols:
        by_file.setdefault(one["path"], []).append(one)
    lines = [
        symbol_line(one) if first else f"  :{one['line']} {_described(one)}"
        for inside in by_file.values()
        for first, one in zip([True] + [False] * len(inside), inside, strict=False)
    ]
    return fenced("\n".join(map(_cut, lines) if len(lines) > LONG_LIST else lines))


def symbols_by_file(symbols: Iterable[Json]) -> str:
    """Files with their symbols below them, as `line-end kind signature`; indentation tells the owner."""
    blocks = []
    for path, inside in groupby(symbols, key=lambda one: one["path"]):
        lines = [f"  {_lines(one)} {'  ' * one.get('depth', 0)}{_described(one)}" for one in inside]
        blocks.append("\n".join([str(path), *lines]))
    return fenced("\n".join(blocks))


def area_line(one: Json) -> str:
    """A part of a folder, with its size."""
    return f"{one['path']}: {one['files']} files, {one['symbols']} symbols ({most_first(one['languages'])})"


def _cut(text: str) -> str:
    return text if len(text) <= LIST_LINE else f"{text[: LIST_LINE - 1].rstrip()}…"


def coverage(fresh: Json) -> str:
    """What an answer covers, in a sentence."""
    counted = f"{fresh['indexed_files']} of {fresh['total_files']} files indexed{_failed(fresh)}"
    said = f"{counted}, generation {fresh['generation']}"
    if fresh["complete"]:
        return f"({said}, complete{_away(fresh)})"
    return f"({said}, NOT complete: {_pending(fresh)}; ask again or pass wait_ms{_away(fresh)})"


def _away(fresh: Json) -> str:
    """That a team's server was not reached, if so: this machine answers alone."""
    return f"; the team's server is away ({fresh['upstream_away']})" if fresh.get("upstream_away") else ""


def absence(what: str, fresh: Json, of_files: int = 0) -> str:
    """Nothing found, and where it was looked for; `of_files` could hold symbols, if that is known."""
    of = f" of {of_files}" if of_files else ""
    if fresh["complete"]:
        searched = f"{fresh['indexed_files']} indexed files{of}, generation {fresh['generation']}{_failed(fresh)}"
        return f"{what}: not found in any of the {searched}."
    of = of or f" of {fresh['total_files']}"
    return (
        f"{what}: not found so far, in {fresh['indexed_files']}{of} files at generation {fresh['generation']}"
        f" ({_pending(fresh)}). It may be there all the same: ask again, or pass wait_ms."
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
