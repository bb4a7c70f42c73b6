"""semble's public benchmark: `python -m tests.bench.search.semble BENCHMARKS CHECKOUTS [--only NAME…]`.

BENCHMARKS is the folder `benchmarks` of semble's repository (repos.json, annotations/); CHECKOUTS/NAME are checkouts
of the repositories that it names, of which those are left out that are not there. A real daemon indexes each
repository's `benchmark_root`; each of its questions is asked, and the files of the hits, each once, are ranked
against the files that are relevant: NDCG@10 as semble computes it, averaged over the questions of a repository, then
over repositories.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import shutil
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from bridge.session import Session, WorkspaceSession
from protos import code_index_pb2 as pb
from tests.bench.search.adapter import WAIT_MS, complete
from tests.conftest import stop_daemon

HITS = 60
TOP = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmarks", type=Path)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    repositories = json.loads((arguments.benchmarks / "repos.json").read_text())
    wanted = [one for one in repositories if not arguments.only or one["name"] in arguments.only]
    there = [one for one in wanted if (arguments.checkouts / one["name"]).is_dir()]
    means, kinds = [], defaultdict(list)
    for one in there:
        questions = json.loads((arguments.benchmarks / "annotations" / f"{one['name']}.json").read_text())
        found = asyncio.run(_repository(arguments.checkouts / one["name"], one.get("benchmark_root") or "", questions))
        for question, value in zip(questions, found, strict=True):
            kinds[question.get("category", "unknown")].append(value)
        means.append(statistics.mean(found))
        print(f"{one['name']:<24}{len(found):>4} questions  NDCG@10 {means[-1]:.3f}", flush=True)
    if means:
        by_kind = ", ".join(f"{kind} {statistics.mean(values):.3f}" for kind, values in sorted(kinds.items()))
        print(f"mean of {len(means)} repositories {statistics.mean(means):.3f}; of questions: {by_kind}")
    print("not there:", ", ".join(one["name"] for one in wanted if one not in there) or "none")


async def _repository(checkout: Path, below: str, questions: list[dict[str, Any]]) -> list[float]:
    """NDCG@10 of each question."""
    home = Path(tempfile.mkdtemp(prefix="ci-semble-"))
    session = Session(home, [checkout / below])
    session.start()
    try:
        (workspace,) = await session.workspaces()
        async for _ in workspace.syncer.until_complete():
            pass

        async def ask(query: str, count: int, semantic: bool, wait_ms: int) -> pb.SearchPage:
            return await _ask(workspace, query, count, semantic=semantic, wait_ms=wait_ms)

        await complete(ask)
        return [await _one(workspace, below, question) for question in questions]
    finally:
        await session.close()
        stop_daemon(home)
        shutil.rmtree(home, ignore_errors=True)


async def _one(workspace: WorkspaceSession, below: str, question: dict[str, Any]) -> float:
    page = await _ask(workspace, question["query"], HITS, semantic=True, wait_ms=WAIT_MS)
    prefix = f"{below}/" if below else ""
    files = list(dict.fromkeys(prefix + hit.symbol.path for hit in page.hits))[:TOP]
    targets = [one if isinstance(one, str) else one["path"] for one in (*question["relevant"], *question["secondary"])]
    return ndcg([any(_same(file, one) for one in targets) for file in files], len(targets))


async def _ask(
    workspace: WorkspaceSession, query: str, count: int, *, semantic: bool, wait_ms: int = 0
) -> pb.SearchPage:
    require = await workspace.requirement(wait_ms)
    request = pb.SearchRequest(query=query, limit=count, semantic=semantic, require=require)
    return await workspace.client.search(request)


def ndcg(relevant: list[bool], targets: int) -> float:
    """Normalised discounted cumulative gain of a ranking in which each target counts once."""
    gain = sum(1 / math.log2(place + 2) for place, is_relevant in enumerate(relevant) if is_relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(targets, TOP)))
    return gain / ideal if ideal else 0.0


def _same(file: str, target: str) -> bool:
    return file == target or file.endswith(f"/{target}") or target.endswith(f"/{file}")


if __name__ == "__main__":
    main()
