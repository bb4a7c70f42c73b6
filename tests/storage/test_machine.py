"""Engines driven by the same random commits must answer the same: the memory engine is the specification."""

from __future__ import annotations

from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from grpc_backend.model import FileState
from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.memory import MemoryEngine
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, key, symbol, uses

NAMES = st.sampled_from(["get", "Get", "getUser", "get_user", "GetUserById", "user", "User", "x", "é", "éx", "forget"])
TEXTS = st.one_of(
    NAMES,
    st.sampled_from(
        ["g", "us", "use", "GET", "er", "ser", "É", "gUBI", "gubi", "gu", "getus", "user get", "get us by"]
    ),
    st.sampled_from(
        ["getusre", "getUserByld", "forgte", "gtu", "gub", "GetUserrByIdd", "by user", "ét", "getuserbyid"]
    ),
)
PATHS = st.sampled_from(["a.py", "b.py", "src/a.py", "src/deep/c.go", "tests/a.py", "src.py"])
CONTAINERS = st.sampled_from(
    [(), (), ("src",), ("a",), ("py",), ("elsewhere",), ("src", "User"), ("GET",), ("nowhere",)]
)
WORKSPACES = st.sampled_from(["one", "two"])
KINDS = st.sampled_from(["class", "function", "method"])
CONTENTS = st.integers(0, 12)
FILTERS = st.builds(
    Filters,
    st.lists(KINDS, max_size=2).map(tuple),
    st.lists(st.sampled_from(["python", "go"]), max_size=1).map(tuple),
    st.lists(st.sampled_from(["src", "*.py", "src/**", "**/a.py"]), max_size=2).map(tuple),
)


def content(number: int):
    """The extraction that a content's number stands for: always the same one."""
    names = ["get", "Get", "getUser", "get_user", "GetUserById", "user", "User", "x", "é", "éx", "forget"]
    chosen = [names[(number * 7 + step * (number + 1)) % len(names)] for step in range(number % 4 + 1)]
    kinds = ["class", "function", "method"]
    counts: dict[str, int] = {}
    symbols = []
    for line, name in enumerate(chosen, 1):
        counts[name] = counts.get(name, 0) + 1
        # Owners that are symbols of this file, and one that is defined elsewhere if anywhere.
        owner = ("", chosen[0], "Elsewhere")[(number + line) % 3] if line > 1 else ""
        symbols.append(symbol(name, kind=kinds[(number + line) % 3], line=line, ordinal=counts[name], owner=owner))
    used = {
        names[(number + step * 3) % len(names)]: uses((step + 1, step % len(symbols))) for step in range(number % 5)
    }
    return extraction(*symbols, language="go" if number % 5 == 0 else "python", **used)


class Engines(RuleBasedStateMachine):
    def __init__(self, opened):
        """`opened` opens the store that is compared; it finds again what it held."""
        super().__init__()
        self.opened_anew = opened
        self.real = opened()
        self.model = MemoryEngine()

    def teardown(self):
        self.real.close()

    def both(self, call):
        real, model = call(self.real), call(self.model)
        assert real == model
        return real

    @rule(
        workspace=WORKSPACES,
        files=st.lists(st.tuples(PATHS, CONTENTS), max_size=5),
        removed=st.lists(PATHS, max_size=2),
    )
    def commit(self, workspace, files, removed):
        extractions = [(key(str(number)), content(number)) for _, number in files]
        states = {path: FileState(path, number, 1, 1, key(str(number)).digest, "python") for path, number in files}
        self.both(lambda engine: engine.commit(Commit(workspace, extractions, list(states.values()), removed)))

    @rule(workspace=WORKSPACES, path=PATHS)
    def leave_out(self, workspace, path):
        state = FileState(path, 9, 9, 9, b"", "python", "too_large", "detail")
        self.both(lambda engine: engine.commit(Commit(workspace, files=[state])))

    @rule(workspace=WORKSPACES)
    def forget(self, workspace):
        self.both(lambda engine: engine.forget(workspace))

    @rule(budget=st.integers(0, 4), keep=st.integers(0, 3))
    def collect(self, budget, keep):
        self.both(lambda engine: engine.collect(budget, keep))

    @rule(workspaces=st.sets(WORKSPACES), at_s=st.integers(1, 9))
    def opened(self, workspaces, at_s):
        self.both(lambda engine: engine.opened(workspaces, at_s))

    @rule()
    def reopen(self):
        self.real.close()
        self.real = self.opened_anew()

    @rule(
        workspace=WORKSPACES,
        pattern=st.builds(NamePattern, TEXTS, st.sampled_from(Tier), CONTAINERS),
        filters=FILTERS,
        limit=st.integers(0, 6),
    )
    def find(self, workspace, pattern, filters, limit):
        self.both(lambda engine: engine.find(workspace, pattern, filters, limit))

    @rule(workspace=WORKSPACES, name=NAMES, filters=FILTERS, limit=st.integers(0, 6))
    def references(self, workspace, name, filters, limit):
        self.both(lambda engine: engine.references(workspace, name, filters, limit))
        self.both(lambda engine: engine.uses_in(workspace, "a.py"))

    @rule(workspace=WORKSPACES, prefix=st.sampled_from(["", "src", "src/deep", "a.py"]), limit=st.integers(1, 6))
    def survey(self, workspace, prefix, limit):
        self.both(lambda engine: engine.popular(workspace, prefix, limit))
        self.both(lambda engine: engine.below(workspace, prefix, limit))
        self.both(lambda engine: engine.summary(workspace, prefix))

    @invariant()
    def the_same_is_held(self):
        self.both(lambda engine: engine.workspaces())
        self.both(lambda engine: engine.last_opened())
        self.both(lambda engine: engine.known([key(str(number)) for number in range(13)]))
        for workspace in ("one", "two"):
            self.both(lambda engine, name=workspace: (engine.generation(name), engine.files(name)))
            for path in ("a.py", "src/a.py"):
                self.both(lambda engine, name=workspace, at=path: engine.outline(name, at))


def test_the_embedded_engine(tmp_path):
    numbers = count()

    def machine():
        path = tmp_path / f"{next(numbers)}.sqlite3"
        return Engines(lambda: SqliteEngine(path, 1))

    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=25))


def test_the_team_engine(postgresql):
    from grpc_backend.storage.postgres.engine import PostgresEngine

    def machine():
        dsn = postgresql.database()
        return Engines(lambda: PostgresEngine(dsn, 1))

    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=25))
