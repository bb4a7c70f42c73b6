"""Nothing found, said so that it can be relied upon: what was searched, where it may be all the same, what is near."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from bridge.assistant import render, structure
from bridge.assistant.structure import Json
from bridge.assistant.tool import Answer, Place, Scope, status
from bridge.session import WorkspaceSession
from protos import code_index_pb2 as pb

NEAREST: Final = 5
PROBLEMS: Final = 1000
LAST_NAME: Final = re.compile(r"[\w$]+\W*$")


class Sought(Struct, frozen=True):
    """What was looked for: as our answer calls it, and its bare name if it has one."""

    what: str
    name: str = ""


async def told(scope: Scope, sought: Sought, covered: Sequence[tuple[WorkspaceSession, pb.Freshness]]) -> Answer:
    """The whole answer, coverage included; `structure` is what goes under the key "absence"."""
    fresh = structure.freshness(one for _, one in covered)
    (skipped, reasons), nearest = await asyncio.gather(
        _left_out([workspace for workspace, _ in covered]), _nearest(scope, sought.name)
    )
    lines = [render.absence(sought.what, fresh, fresh["total_files"] + skipped)]
    if reasons:
        lines.append(f"Not looked at: {render.most_first(reasons)} (index_status lists them), and what is ignored.")
    if nearest:
        same = nearest[0]["match"] == "exact"
        lines += ["It is defined elsewhere:" if same else "The nearest names:", render.symbol_list(nearest)]
    return Answer(
        "\n".join(lines),
        {
            "searched_files": fresh["indexed_files"],
            "of_files": fresh["total_files"] + skipped,
            "left_out": reasons,
            "nearest": [one["symbol"] for one in nearest],
        },
    )


async def _left_out(workspaces: Sequence[WorkspaceSession]) -> tuple[int, Json]:
    """How many files could hold symbols and were left out; how many for each reason, of those that are listed."""
    replies = await asyncio.gather(*(status(one, PROBLEMS) for one in workspaces))
    reasons = Counter(problem.reason for reply in replies for problem in reply.problems)
    return sum(reply.skipped_files for reply in replies), dict(reasons)


async def _nearest(scope: Scope, name: str) -> list[Json]:
    """What a search finds for the last part of a name, anywhere."""
    last = LAST_NAME.search(name)
    if last is None:
        return []

    async def ask(place: Place) -> pb.SearchPage:
        require = await place.workspace.requirement()
        return await place.workspace.client.search(pb.SearchRequest(query=last[0], limit=NEAREST, require=require))

    pages = await scope.ask(scope.everywhere(), ask)
    hits = [structure.hit(hit, scope.prefix(workspace)) for workspace, page in pages for hit in page.hits]
    return sorted(hits, key=lambda hit: -hit["score"])[:NEAREST]
