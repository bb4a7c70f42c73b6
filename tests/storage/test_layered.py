"""Open documents before a store answer as one store would that held their text in place of the files'."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from msgspec.structs import replace

from grpc_backend.storage.engine import Commit, Filters
from grpc_backend.storage.layered import Document, Layer, LayeredView
from grpc_backend.storage.memory import MemoryEngine
from grpc_backend.storage.pattern import NamePattern, Tier
from grpc_backend.storage.sqlite import SqliteEngine
from tests.storage.samples import extraction, file, key, symbol, uses
from tests.storage.test_machine import CONTAINERS, CONTENTS, FILTERS, NAMES, PATHS, TEXTS, content

W = "w"
FOLDERS = st.sampled_from(["", "src", "src/deep", "a.py", "new"])
OPEN_PATHS = st.one_of(PATHS, st.sampled_from(["new/unsaved.py", "src/new.go"]))
LIMITS = st.integers(0, 8)


def document(path: str, number: int) -> Document:
    """An open document. Its content is no file's, as that of an edited text is."""
    return Document(path, key(f"open {number} {path}"), content(number), b"text %d" % number)


class Layered(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.stored = MemoryEngine()
        self.stores = [self.stored, SqliteEngine(Path(self.folder.name) / "index.sqlite3", 1)]
        self.files = {}
        self.open = {}

    def teardown(self):
        self.stores[1].close()
        self.folder.cleanup()

    def flat(self) -> MemoryEngine:
        """One store with all of it; how much a name is used in the whole store is what is saved."""
        flat = MemoryEngine()
        flat.commit(Commit(W, [(key(str(n)), content(n)) for n in self.files.values()]))
        flat.commit(Commit(W, files=[file(path, key(str(n))) for path, n in self.files.items()]))
        flat.commit(
            Commit(
                W,
                [(one.key, one.extraction) for one in self.open.values()],
                [file(path, one.key) for path, one in self.open.items()],
            )
        )
        flat._uses, flat._mentions = self.stored._uses, self.stored._mentions
        return flat

    def same(self, call, mark=lambda answer, _: answer):
        expected = call(self.flat())
        for store in self.stores:
            answer = call(LayeredView(store, Layer(list(self.open.values()))))
            assert answer == mark(expected, self.open), store.name

    def same_symbols(self, call):
        self.same(call, lambda found, at: [replace(one, unsaved=one.path in at) for one in found])

    @rule(files=st.lists(st.tuples(PATHS, CONTENTS), max_size=5), removed=st.lists(PATHS, max_size=2))
    def commit(self, files, removed):
        step = Commit(
            W,
            [(key(str(number)), content(number)) for _, number in files],
            [file(path, key(str(number))) for path, number in dict(files).items()],
            removed,
        )
        for store in self.stores:
            store.commit(step)
        for path in removed:
            self.files.pop(path, None)
        self.files.update(files)

    @rule(path=OPEN_PATHS, number=CONTENTS)
    def edit(self, path, number):
        self.open[path] = document(path, number)

    @rule(path=OPEN_PATHS)
    def close(self, path):
        self.open.pop(path, None)

    @rule(
        pattern=st.builds(NamePattern, TEXTS, st.sampled_from(Tier), CONTAINERS),
        filters=FILTERS,
        limit=LIMITS,
    )
    def find(self, pattern, filters, limit):
        self.same_symbols(lambda view: view.find(W, pattern, filters, limit))

    @rule(name=NAMES, filters=FILTERS, limit=LIMITS)
    def references(self, name, filters, limit):
        self.same(lambda view: view.references(W, name, filters, limit))
        self.same(lambda view: dict(view.roles(W, name, filters)))

    @rule(path=OPEN_PATHS)
    def uses_in(self, path):
        self.same(lambda view: view.uses_in(W, path))

    @rule(folder=FOLDERS, path=OPEN_PATHS, limit=st.integers(1, 8))
    def survey(self, folder, path, limit):
        self.same_symbols(lambda view: view.outline(W, path))
        self.same_symbols(lambda view: list(view.standing_at(W, path, [0, 2]).values()))
        self.same_symbols(lambda view: view.below(W, folder, limit))
        self.same_symbols(lambda view: view.popular(W, folder, limit))
        self.same(lambda view: view.summary(W, folder))


TestLayered = Layered.TestCase
TestLayered.settings = settings(max_examples=60, stateful_step_count=25)


def test_a_limit_cuts_what_is_left_and_not_what_is_shadowed():
    store = MemoryEngine()
    one, other = key("one"), key("other")
    store.commit(
        Commit(
            W,
            [
                (
                    one,
                    extraction(*(symbol("load", line=n, ordinal=n) for n in range(1, 50)), load=uses((1, -1), (2, -1))),
                )
            ],
            [file("a.py", one)],
        )
    )
    store.commit(Commit(W, [(other, extraction(symbol("load"), load=uses((3, -1))))], [file("b.py", other)]))
    view = LayeredView(store, Layer([Document("a.py", key("now"), extraction(symbol("dump")), b"")]))
    pattern = NamePattern("load", Tier.EXACT)
    assert [found.id for found in view.find(W, pattern, Filters(), 1)] == ["b.py#load"]
    found, total = view.references(W, "load", Filters(), 1)
    assert ([one.path for one in found], total) == (["b.py"], 1)
    assert [(found.id, found.unsaved) for found in view.outline(W, "a.py")] == [("a.py#dump", True)]
