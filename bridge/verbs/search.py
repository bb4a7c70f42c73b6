"""`codeindex search QUERY`: find symbols by name, waiting until the index is complete."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from bridge.assistant import render, structure
from bridge.daemon.credentials import upstream_of
from bridge.daemon.repositories import left_out, names_repositories, search_repositories
from bridge.daemon.server_link import ServerLink
from bridge.verbs import FOUND, NOTHING_FOUND
from bridge.verbs.one_workspace import check_limit, counted, freshness_json, opened, print_json
from bridge.verbs.progress import wait_until_complete
from protos import code_index_pb2 as pb

# How long deriving the meaning of what was never asked so may take.
MEANING_MS = 60_000


def run(args: argparse.Namespace, home: Path) -> int:
    """Print what was found; exit 1 if nothing was."""
    page = asyncio.run(_search(args, home))
    if args.json:
        print_json(
            {
                "query": args.query,
                "symbols": [hit_json(hit) for hit in page.hits],
                "truncated": page.truncated,
                **({"cursor": page.hits[-1].cursor} if page.truncated else {}),
                "freshness": freshness_json(page.freshness),
                **({"repositories": page.repositories} if page.repositories else {}),
                **({"passed_over": list(page.passed_over)} if page.passed_over else {}),
            }
        )
    else:
        _print(page, args)
    return FOUND if page.hits else NOTHING_FOUND


def _print(page: pb.SearchPage, args: argparse.Namespace) -> None:
    """Hits on stdout, one a line; what is to be said about them on stderr."""
    hits = [structure.hit(hit, "") for hit in page.hits]
    for number, hit in enumerate(hits):
        print(render.symbol_line(hit))
        if args.explain:
            print(f"    {hit['match']}, {hit['score']}: {_reasons(page.hits[number])}")
    filters = {name: ",".join(getattr(args, name)) for name in ("kind", "language", "path")}
    wanted = render.filtered(repr(args.query), **filters)
    if not hits and page.repositories:
        print(f"{wanted}: not found in what was pushed of {counted(page.repositories, 'repository')}", file=sys.stderr)
    elif not hits:
        print(render.absence(wanted, structure.freshness([page.freshness])), file=sys.stderr)
    elif structure.is_only_close(hits[0]):
        print(f"(no symbol is named exactly {wanted})", file=sys.stderr)
    if said := left_out(page):
        print(f"({said})", file=sys.stderr)
    if page.freshness.upstream_away:
        print(f"(the team's server is away: {page.freshness.upstream_away})", file=sys.stderr)
    if page.truncated:
        print("(more: raise --limit, or narrow by --kind, --language or --path)", file=sys.stderr)


def _reasons(hit: pb.Hit) -> str:
    """What the score is made of besides the kind of match, the weightiest first."""
    parts = sorted(hit.reasons.items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {value:.3f}" for name, value in parts)


def _within(file: Path | None, root: Path) -> str:
    """A file's path as the workspace knows it; empty for none and for one that lies outside."""
    if file is None or not file.resolve().is_relative_to(root):
        return ""
    return file.resolve().relative_to(root).as_posix()


async def _search(args: argparse.Namespace, home: Path) -> pb.SearchPage:
    request = _request(args)
    if names_repositories(args.query):
        return await _search_team(args, home, request)
    async with opened(home, args.workspace, args.server) as workspace:
        await wait_until_complete(workspace.syncer)
        request.near = _within(args.near, workspace.root)
        request.require.CopyFrom(await workspace.requirement(MEANING_MS if args.semantic else 0))
        return await workspace.client.search(request)


async def _search_team(args: argparse.Namespace, home: Path, request: pb.SearchRequest) -> pb.SearchPage:
    """Ask the server alone: no workspace is of any concern."""
    server = args.server or upstream_of(home, os.environ)
    link = ServerLink(server, home) if server else None
    try:
        return await search_repositories(link, request)
    finally:
        if link is not None:
            await link.close()


def _request(args: argparse.Namespace) -> pb.SearchRequest:
    filters = {"kind": ",".join(args.kind), "path": ",".join(args.path)}
    return pb.SearchRequest(
        query=args.query,
        languages=args.language,
        filters={key: value for key, value in filters.items() if value},
        limit=check_limit(args.limit),
        cursor=args.cursor,
        explain=args.explain,
        semantic=args.semantic,
    )


def hit_json(hit: pb.Hit) -> dict[str, Any]:
    """A hit as `--json` prints it: the fields that every answer about symbols has."""
    symbol = hit.symbol
    return {
        "symbol": symbol.id,
        "name": symbol.name,
        "qualified_name": symbol.qualified_name,
        "kind": symbol.kind,
        "language": symbol.language,
        "path": symbol.path,
        "line": symbol.line,
        "end_line": symbol.end_line,
        "signature": symbol.signature,
        "doc": symbol.doc,
        "score": round(hit.score, 4),
        "match": hit.match,
        **({"workspace": symbol.workspace} if symbol.workspace else {}),
        **({"reasons": {name: round(value, 4) for name, value in hit.reasons.items()}} if hit.reasons else {}),
    }
