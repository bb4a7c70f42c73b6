"""Names as people type them: `python -m tests.bench.search.names DIR [--each N] [--seeds N…]`.

Indexes DIR with a real daemon, asks it questions made from its own symbols (see typed.py) and prints, a class
of question, MRR@10, recall@10 and the milliseconds of an answer over gRPC, with rivals on the same questions
beside it (rivals.py; they only have to find the name, ours also the right owner where the question names one).

Three hundred questions a class tell a class's MRR to some 0.02: several seeds tell more. A text that is the very name
of another symbol (`named`) asks for that symbol, which is right to come first: what a class has without such texts is
printed beside it. `--odds` prints the best that any order can have (odds.py). There are two means of classes: one over
all of them, and one without parts of names (`substring`), for which there is no bar: many names share a part. The table
of the reference, against which the bar for the mean was set, has no such class.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from bridge.session import Session, WorkspaceSession
from protos import code_index_pb2 as pb
from tests.bench.processes import machine
from tests.bench.search.odds import Odds
from tests.bench.search.rivals import TOP, Fuzzy, Like
from tests.bench.search.targets import targets_of
from tests.bench.search.typed import DRAWINGS, SEED, WITHOUT_BAR, Question, Target, drawn_from, questions
from tests.conftest import stop_daemon


class Ranked(NamedTuple):
    """Where the target is among the first ten (0: nowhere), and the milliseconds that took."""

    rank: int
    ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--each", type=int, default=300, help="questions a class")
    parser.add_argument("--seeds", type=int, nargs="+", default=[SEED], help="draw so many questions for each of these")
    parser.add_argument("--rivals", type=int, default=50, help="of them, how many the rivals are asked: they are slow")
    parser.add_argument("--odds", action="store_true", help="ask too whoever knows the odds: some minutes")
    parser.add_argument("--misses", type=int, default=0, help="print so many questions that missed")
    parser.add_argument("--home", type=Path, help="keep the index here, and use it if it is there")
    arguments = parser.parse_args()
    print(machine())
    home = arguments.home or Path(tempfile.mkdtemp(prefix="ci-bench-"))
    try:
        asyncio.run(_run(arguments, home))
    finally:
        stop_daemon(home)
        if not arguments.home:
            shutil.rmtree(home, ignore_errors=True)


async def _run(arguments: argparse.Namespace, home: Path) -> None:
    session = Session(home, [arguments.root])
    session.start()
    try:
        (workspace,) = await session.workspaces()
        async for _ in workspace.syncer.until_complete():
            pass
        targets, symbols = targets_of(home)
        print(f"{symbols} symbols, {len(targets)} names below {arguments.root.name}")
        for drawing in DRAWINGS:
            print(f"\ndrawn from {drawing} name" + ("s" if drawing == "used" else ""))
            drawn = [questions(targets, arguments.each, drawing, seed) for seed in arguments.seeds]
            asked = list(chain(*drawn))
            await _compare(arguments, workspace, targets, asked)
            if arguments.odds:
                _print_odds(targets, drawing, asked)
    finally:
        await session.close()


async def _compare(
    arguments: argparse.Namespace, workspace: WorkspaceSession, targets: list[Target], asked: list[Question]
) -> None:
    ours = await _ours(workspace, asked)
    names = {one.name for one in targets}
    _print("codeindex", asked, ours, names)
    _print_means(asked, ours)
    some = _some(asked, arguments.rivals)
    for title, make in (("LIKE", Like), ("rapidfuzz", Fuzzy)) if some else ():
        rival = make(targets)
        answers = [_timed(partial(_rank, rival), one) for one in some]
        _print(title, some, answers, names)
        _print_means(some, answers)
    missed = [(one, rank) for one, (rank, _) in zip(asked, ours, strict=True) if rank != 1]
    for one, rank in missed[: arguments.misses]:
        print(f"{one.kind}: {one.text!r} meant {one.target.qualified_name} in {one.target.path}: rank {rank}")


def _print_odds(targets: list[Target], drawing: str, asked: Sequence[Question]) -> None:
    names = {one.name for one in targets}
    odds = Odds(drawn_from(targets, drawing), names)
    likely = [one for one in asked if odds.knows(one.kind)]
    _print("odds", likely, [_timed(odds.rank, one) for one in likely], names)


async def _ours(workspace: WorkspaceSession, asked: Sequence[Question]) -> list[Ranked]:
    found = []
    for one in asked:
        begun = time.perf_counter()
        page = await workspace.client.search(pb.SearchRequest(query=one.text, limit=TOP))
        taken_ms = (time.perf_counter() - begun) * 1000
        hits = [hit.symbol for hit in page.hits]
        right = [hit.name == one.target.name and _is_within(hit, one.within) for hit in hits]
        found.append(Ranked(right.index(True) + 1 if True in right else 0, taken_ms))
    return found


def _is_within(symbol: pb.Symbol, owner: str) -> bool:
    return not owner or owner in symbol.qualified_name.split(".")[:-1]


def _timed(rank: Callable[[Question], int], one: Question) -> Ranked:
    begun = time.perf_counter()
    found = rank(one)
    return Ranked(found if found <= TOP else 0, (time.perf_counter() - begun) * 1000)


def _rank(rival: Like | Fuzzy, one: Question) -> int:
    names = rival.names(one.text)
    return names.index(one.target.name) + 1 if one.target.name in names else 0


def _some(asked: Sequence[Question], limit: int) -> list[Question]:
    """The first `limit` questions of each class."""
    counts: dict[str, int] = defaultdict(int)
    some = []
    for one in asked:
        counts[one.kind] += 1
        if counts[one.kind] <= limit:
            some.append(one)
    return some


def _print(title: str, asked: Sequence[Question], ranked: Sequence[Ranked], names: Collection[str]) -> None:
    unnamed = [
        (one, found)
        for one, found in zip(asked, ranked, strict=True)
        if one.text == one.target.name or one.text not in names
    ]
    without = _by_kind(unnamed)
    print(f"\n{title:<14}{'asked':>7}{'MRR@10':>9}{'R@10':>8}{'p50 ms':>9}{'p99 ms':>9}{'named':>7}  without: MRR, R")
    for kind, row in _by_kind(zip(asked, ranked, strict=True)).items():
        _print_row(kind, row, without.get(kind, []))


def _print_row(kind: str, row: Sequence[Ranked], without: Sequence[Ranked]) -> None:
    times = sorted(one.ms for one in row)
    p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
    print(
        f"{kind:<14}{len(row):>7}{_mrr(row):>9.3f}{_recall(row):>8.3f}{times[len(times) // 2]:>9.1f}{p99:>9.1f}", end=""
    )
    print(f"{len(row) - len(without):>7}", end="")
    print(f"{_mrr(without):>14.3f}{_recall(without):>7.3f}" if 0 < len(without) < len(row) else "")


def _print_means(asked: Sequence[Question], ranked: Sequence[Ranked]) -> None:
    means = {kind: _mrr(row) for kind, row in _by_kind(zip(asked, ranked, strict=True)).items()}
    with_bar = [mean for kind, mean in means.items() if kind not in WITHOUT_BAR]
    print(f"mean of classes, all with parts of names: {statistics.mean(means.values()):.3f}")
    print(f"mean of classes, all of the reference's:  {statistics.mean(with_bar):.3f}")


def _by_kind(answered: Iterable[tuple[Question, Ranked]]) -> dict[str, list[Ranked]]:
    rows: dict[str, list[Ranked]] = defaultdict(list)
    for one, found in answered:
        rows[one.kind].append(found)
    return rows


def _mrr(row: Sequence[Ranked]) -> float:
    return statistics.mean(1 / one.rank if one.rank else 0 for one in row)


def _recall(row: Sequence[Ranked]) -> float:
    return statistics.mean(one.rank > 0 for one in row)


if __name__ == "__main__":
    main()
