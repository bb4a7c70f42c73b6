"""Whether the engines agree on the candidates of any query: `python -m tests.storage.agreement [--queries 10000]`.

Two stores, the memory engine (brute force, the specification) and the embedded one, or with `--team` PyPI's PostgreSQL,
take the same files, are changed now and then in the same way, and are asked the same generated queries: of every class,
with containers, kinds, languages, paths and limits. Prints how many were answered alike, by tier, and the first that
were not.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from grpc_backend.model import Symbol
from grpc_backend.storage import name_queries, segment
from grpc_backend.storage.engine import Commit, Engine, Filters
from grpc_backend.storage.memory import MemoryEngine
from grpc_backend.storage.names import squeezed, words_of
from grpc_backend.storage.order import EACH_LOOSE
from grpc_backend.storage.pattern import NamePattern, Tier, tier_of
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol, uses

SEED = 20_261_126
WORDS = "get set user Users name by id http HTTP tcp v4 rcv parse config x y2 é ß ﬁ ÉTÉ _ 2 query Set 名 前".split()
KINDS = ("class", "function", "method", "variable", "key")
FOLDERS = ("", "src/", "src/deep/", "tests/", "a.b/")
FILES, CHANGED_EVERY, SHOWN = 40, 500, 5
Question = tuple[NamePattern, Filters, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--team", action="store_true")
    args = parser.parse_args()
    with team_engine() if args.team else embedded_engine() as real:
        alike, unlike, found = agreement(args.queries, real)
    for tier in Tier:
        print(f"{tier.name.lower():<12}{alike[tier]:>7} alike{found[tier]:>8} symbols found")
    print(f"{alike.total()} of {alike.total() + len(unlike)} queries were answered alike")
    for question in unlike[:SHOWN]:
        print(question)


@contextlib.contextmanager
def embedded_engine() -> Iterator[Engine]:
    """An empty one."""
    with tempfile.TemporaryDirectory() as folder:
        engine = SqliteEngine(Path(folder) / "index.sqlite3", 1)
        yield engine
        engine.close()


@contextlib.contextmanager
def team_engine() -> Iterator[Engine]:
    """An empty one, on a server of its own."""
    from grpc_backend.storage.postgres.engine import PostgresEngine
    from tests.team.server import packaged, running

    with running(packaged()) as server:
        engine = PostgresEngine(server.database(), 1)
        yield engine
        engine.close()


def agreement(queries: int, real: Engine) -> tuple[Counter[Tier], list[Question], Counter[Tier]]:
    """How many queries of each tier were answered alike, those that were not, and how many symbols were found."""
    rng = random.Random(SEED)
    alike: Counter[Tier] = Counter()
    found: Counter[Tier] = Counter()
    unlike: list[Question] = []
    model = MemoryEngine()
    for number, names in enumerate(_changing(rng, (model, real), queries)):
        # A store of few names reads columns whole, one of many the words that are left, one of millions band by band.
        segment.SHORT_COLUMN = 0 if number % 3 else 1_024
        name_queries.MANY = 0 if number % 3 == 1 else 50_000
        question = _question(rng, names)
        answer = model.find("w", *question)
        found[question[0].tier] += len(answer)
        if real.find("w", *question) == answer:
            alike[question[0].tier] += 1
        else:
            unlike.append(question)
    return alike, unlike, found


def _changing(rng: random.Random, engines: tuple[Engine, ...], queries: int) -> Iterator[list[str]]:
    """The names in the stores, once a query, while these change."""
    names: list[str] = []
    for number in range(queries):
        if number % CHANGED_EVERY == 0:
            names = _change(rng, engines, FILES if number == 0 else 4)
        yield names


def _change(rng: random.Random, engines: tuple[Engine, ...], files: int) -> list[str]:
    """Some files added, changed or removed everywhere."""
    paths = [f"{rng.choice(FOLDERS)}f{rng.randrange(FILES)}.{rng.choice(['py', 'go'])}" for _ in range(files)]
    contents = {path: key(f"{rng.random()}") for path in paths}
    step = Commit(
        "w",
        [(of, _extraction(rng, "go" if path.endswith("go") else "python")) for path, of in contents.items()],
        [file(path, of) for path, of in contents.items()],
    )
    gone = rng.sample(paths, len(paths) // 3)
    for engine in engines:
        engine.commit(step)
        engine.commit(Commit("w", removed=gone))
        engine.collect(files)
    model = engines[0]
    return [one.symbol.name for one in model.find("w", NamePattern("", Tier.PREFIX), Filters(), 10**6)]


def _extraction(rng: random.Random, language: str):
    symbols: list[Symbol] = []
    for line in range(1, rng.randint(3, 16)):
        owner = rng.choice(symbols).name if symbols and rng.random() < 0.5 else ""
        symbols.append(symbol(_name(rng), kind=rng.choice(KINDS), line=line, ordinal=line, owner=owner))
    used = {one.name: uses((one.line, -1)) for one in symbols if rng.random() < 0.5}
    return extraction(*symbols, language=language, **used)


def _name(rng: random.Random) -> str:
    join = rng.choice(["", "_", "__", "-"])
    words = rng.choices(WORDS, k=rng.randint(1, 4))
    return join.join(word.title() if not join and rng.random() < 0.8 else word for word in words)


def _question(rng: random.Random, names: list[str]) -> Question:
    name = rng.choice(names)
    text = rng.choice(MANGLED)(rng, name) or name
    fitting = tier_of(name, text)
    tier = fitting if fitting is not None and rng.random() < 0.7 else rng.choice(list(Tier))
    inside = rng.choice(
        [(), (), (), (), (), (), (), (rng.choice(names),), ("src",), ("f1",), ("src", rng.choice(names))]
    )
    filters = Filters(
        tuple(rng.sample(KINDS, rng.choice([0, 0, 0, 0, 0, 1, 2]))),
        tuple(rng.sample(["python", "go"], rng.choice([0, 0, 0, 0, 1]))),
        rng.choice([(), (), (), (), (), (), ("src/**",), ("*.py",), ("tests", "src/deep")]),
    )
    return NamePattern(text, tier, inside), filters, rng.choice([1, EACH_LOOSE, 10, 1000])


def _mistyped(rng: random.Random, name: str) -> str:
    place = rng.randrange(len(name))
    return rng.choice(
        [
            name[:place] + name[place + 1 :],
            name[:place] + "z" + name[place:],
            name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :],
        ]
    )


def _part(rng: random.Random, name: str) -> str:
    start = rng.randrange(len(name))
    return name[start : rng.randint(start + 1, len(name))]


def _humps(rng: random.Random, name: str) -> str:
    return "".join(word[: rng.randint(1, 2)] for word in words_of(name))


def _typed_as_words(rng: random.Random, name: str) -> str:
    return rng.choice(["", "_"]).join(word[: rng.randint(1, 2)].title() for word in words_of(name))


def _shuffled(rng: random.Random, name: str) -> str:
    words = [word[: rng.randint(1, len(word))] for word in words_of(name)]
    return " ".join(rng.sample(words, len(words)))


def _thinned(rng: random.Random, name: str) -> str:
    return name[:1] + "".join(letter for letter in name[1:] if rng.random() < 0.6)


MANGLED: list[Callable[[random.Random, str], str]] = [
    lambda _, name: name,
    lambda _, name: name.upper(),
    lambda _, name: squeezed(name),
    lambda rng, name: name[: rng.randint(1, len(name))],
    _part,
    _mistyped,
    lambda rng, name: _mistyped(rng, _mistyped(rng, name) or name),
    _humps,
    _typed_as_words,
    _shuffled,
    _thinned,
]


if __name__ == "__main__":
    main()
