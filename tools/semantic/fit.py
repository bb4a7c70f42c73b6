"""Fit the weights of the ranking's features: `python -m tools.semantic.fit WORK`. Prints how good it is before and
after.

On packages that the vectors were not trained on, with all documentation removed from what is indexed: each question
should have its symbol first among the candidates that the product's own ranker finds (a softmax over each question's
candidates: ListNet's top-one loss, Cao et al. 2007), by gradient descent.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from grpc_backend.extract.extractor import extract
from grpc_backend.model import ContentKey, Extraction
from grpc_backend.search.semantic import ranker
from grpc_backend.search.semantic.candidates import Part
from grpc_backend.search.semantic.encoder import Encoder
from grpc_backend.search.semantic.model import SHIPPED, Model
from grpc_backend.search.semantic.question import asked
from grpc_backend.search.semantic.ranker import FEATURES
from tools.semantic.archives import sources
from tools.semantic.corpus import is_validation
from tools.semantic.pairs import KINDS, LANGUAGES, MAX_FILE_S, TooSlow, give_up
from tools.semantic.sentences import question
from tools.semantic.train import START_RANKING

QUESTIONS_A_PACKAGE: Final = 120
MIN_QUESTIONS: Final = 40
MAX_FILES: Final = 2_000
STEPS: Final = 120
RATE: Final = 0.2
# Of each question's candidates so many are fitted on: those that come first before anything is fitted.
FITTED_CANDIDATES: Final = 40
# How strongly weights are held to what they start from: packages of the registries are more alike among each other than
# they are to code that nobody publishes, and too much trust in the vectors is what would be learnt from that.
DECAY: Final = 0.01
# Of projects that have others among the packages for training: the vectors know them too well.
RELATED: Final = frozenset(
    "debian+commons-io npm+@lumino+widgets pypi+ironic pypi+jupyterlab pypi+keras pypi+fairseq debian+php-zeta-base"
    " debian+phpseclib npm+sequelize".split()
)
# What is asked for: what does something, or is something. A documented property is found by its documentation.
ASKED_KINDS: Final = KINDS - {"property"}
# Set by hand. No data here tells the first, since tests and generated code are not read. The second: which of several
# overloads is documented is each project's habit, and here it is mostly the first; but the one with a body says what
# is done (-0.2 on the development suite: 0.36 to 0.40 on rxjs, date-fns and lodash; here 0.002 less).
FIXED: Final = {"aside": -0.3, "declared": -0.2}


class Asking(NamedTuple):
    """A question, and where its symbol is among the rows of its package."""

    text: str
    row: int


class Table(NamedTuple):
    """The candidates' features for one question, and which of them is meant (-1: none of them)."""

    package: str
    features: np.ndarray
    right: int


def main() -> None:
    """Fit and write the weights into model.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    model = Model(arguments.model)
    tables = list(_tables(arguments.work, model))
    start = np.array([START_RANKING.get(name, 0.0) for name in FEATURES], np.float32)
    covered = np.mean([table.right >= 0 for table in tables])
    print(f"{len(tables)} questions, {covered:.3f} of them with their symbol among the candidates")
    weights = fitted(tables, start)
    report(tables, {"before": start, "fitted": weights, "words alone": np.eye(len(FEATURES), dtype=np.float32)[0]})
    ranking = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}
    settings = replace(model.settings, ranking=ranking)
    (arguments.model / "model.json").write_bytes(msgspec.json.format(msgspec.json.encode(settings), indent=1))


def extractions(folder: Path) -> Iterator[tuple[str, Extraction]]:
    """Path and extraction of a package's files; kept in WORK/validation, since it takes the longest."""
    kept = folder.parent.parent / "validation" / f"{folder.name}.gz"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        with gzip.open(kept, "wb", 3) as file:
            file.write(msgspec.msgpack.encode(list(_extractions(folder))))
    with gzip.open(kept) as file:
        yield from msgspec.msgpack.decode(file.read(), type=list[tuple[str, Extraction]])


def _extractions(folder: Path) -> Iterator[tuple[str, Extraction]]:
    signal.signal(signal.SIGALRM, give_up)
    archives = sorted(file for file in folder.iterdir() if file.suffix not in (".json", ".dsc", ".asc", ".sig"))
    for number, (path, dialect, content) in enumerate(sources(archives)):
        if number >= MAX_FILES:
            return
        with suppress(TooSlow, RecursionError):
            signal.alarm(MAX_FILE_S)
            try:
                found = extract(dialect, content)
            finally:
                signal.alarm(0)
            if found.language in LANGUAGES:
                yield path, found


def packages(work: Path) -> list[Path]:
    """The folders of the packages that weights are fitted on."""
    judged = sorted((work / "archives").glob("*/judged.json"))
    used = [one.parent for one in judged if json.loads(one.read_text())[2] == "used"]
    return [one for one in used if is_validation(one.name) and one.name not in RELATED]


def _tables(work: Path, model: Model) -> Iterator[Table]:
    encoder = Encoder(model)
    for folder in packages(work):
        files = list(extractions(folder))
        part, askings = indexed(files, encoder)
        random.Random(folder.name).shuffle(askings)
        if len(askings) >= MIN_QUESTIONS:
            print(f"{folder.name}: {len(part.live)} symbols, {len(askings)} questions", flush=True)
            for asking in askings[:QUESTIONS_A_PACKAGE]:
                yield table(folder.name, part, asking, model)


def indexed(files: list[tuple[str, Extraction]], encoder: Encoder) -> tuple[Part, list[Asking]]:
    """A package without its documentation, and what its documentation asks."""
    keys = [(ContentKey(path.encode(), one.language), one) for path, one in files]
    bare = [
        (key, replace(one, symbols=tuple(replace(s, doc="", documentation="") for s in one.symbols)))
        for key, one in keys
    ]
    block = encoder.encode(bare)
    askings, seen = [], set()
    for row, (content, ord_) in enumerate(zip(block.contents, block.ords, strict=True)):
        symbol = files[content][1].symbols[ord_]
        text = question(symbol.doc) if symbol.doc and symbol.kind in ASKED_KINDS else ""
        if text.split(" ", 1)[0] == symbol.name:
            text = text.partition(" ")[2]
        if text.count(" ") >= 2 and text not in seen:
            seen.add(text)
            askings.append(Asking(text, row))
    return Part(block, np.ones(len(block.contents), bool), lambda content: files[content][0]), askings


def table(package: str, part: Part, asking: Asking, model: Model) -> Table:
    """The features of a question's candidates."""
    question_ = asked(asking.text, model)
    rows, told = ranker.table([part], question_, model)
    where = np.flatnonzero(rows == asking.row)
    return Table(package, told, int(where[0]) if len(where) else -1)


def fitted(tables: list[Table], start: np.ndarray) -> np.ndarray:
    """Weights that put what is meant first."""
    told = [_first(one, start) for one in tables if one.right >= 0]
    held = start * 10  # a softmax wants scores further apart than a ranking does
    weights = held.copy()
    fixed = np.array([name in FIXED for name in FEATURES])
    every = np.concatenate([one.features for one in told])
    starts = np.concatenate([[0], np.cumsum([len(one.features) for one in told])])[:-1]
    sizes = np.array([len(one.features) for one in told])
    right = starts + np.array([one.right for one in told])
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        scores = every @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        likely = np.exp(scores)
        likely /= np.repeat(np.add.reduceat(likely, starts), sizes)
        gradient = (likely @ every - every[right].sum(0)) / len(told) + DECAY * (weights - held)
        gradient[fixed] = 0
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    weights = weights / 10
    weights[fixed] = [FIXED[name] for name in np.array(FEATURES)[fixed]]
    return weights


def _first(one: Table, start: np.ndarray) -> Table:
    """A table cut to its first candidates, the one that is meant among them."""
    order = np.argsort(-(one.features @ start))[:FITTED_CANDIDATES]
    kept = np.unique(np.append(order, one.right))
    return Table(one.package, one.features[kept], int(np.searchsorted(kept, one.right)))


def report(tables: list[Table], settings: dict[str, np.ndarray]) -> None:
    """Print NDCG@10 of each package and the mean of packages."""
    print(f"{'NDCG@10':<40}" + "".join(f"{name:>14}" for name in settings))
    names = sorted({one.package for one in tables})
    means = {
        name: [np.mean([_ndcg(one, weights) for one in tables if one.package == name]) for weights in settings.values()]
        for name in names
    }
    for name, row in means.items():
        print(f"{name:<40}" + "".join(f"{value:>14.3f}" for value in row))
    print(f"{'mean':<40}" + "".join(f"{value:>14.3f}" for value in np.mean(list(means.values()), axis=0)))


def _ndcg(one: Table, weights: np.ndarray) -> float:
    if one.right < 0:
        return 0.0
    scores = one.features @ weights
    place = int((scores > scores[one.right]).sum())
    return 1 / np.log2(place + 2) if place < 10 else 0.0


if __name__ == "__main__":
    main()
