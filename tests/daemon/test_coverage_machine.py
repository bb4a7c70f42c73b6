"""What is counted once for all questions is what counting anew would give, whatever happens to a workspace."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from grpc_backend.index.workspace import FAILURES, Workspace
from grpc_backend.model import ContentKey, Extraction, FileState
from tests.storage.samples import file, key

PATHS = st.sampled_from([f"{letter}.py" for letter in "abcde"])
KEYS = st.sampled_from([key(text) for text in ("one", "two")])
PROBLEMS = st.sampled_from(["", "", "too_large", "timeout"])
FILES = st.builds(lambda path, of, problem: file(path, of, problem=problem), PATHS, KEYS, PROBLEMS)


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.workspace = Workspace("w", 0, [])
        self.landing: list[FileState] = []

    @rule(state=FILES)
    def want(self, state: FileState) -> None:
        self.workspace.believe(state.path)
        self.workspace.want(state.path, state)

    @rule(path=PATHS)
    def remove(self, path: str) -> None:
        self.workspace.believe(path)
        self.workspace.want(path, None)

    @rule(path=PATHS)
    def suspect(self, path: str) -> None:
        self.workspace.suspect(path)

    @rule(paths=st.sets(PATHS))
    def contest(self, paths: set[str]) -> None:
        self.workspace.contest(paths)

    @rule(path=PATHS)
    def trust(self, path: str) -> None:
        self.workspace.trust(path)

    @rule(path=PATHS)
    def reconsider(self, path: str) -> None:
        self.workspace.reconsider(path)

    @rule(path=PATHS)
    def refuse(self, path: str) -> None:
        if wanted := self.workspace.wanted.get(path):
            self.workspace.refuse(wanted)

    @precondition(lambda self: not self.landing)
    @rule()
    def land(self) -> None:
        self.landing = [state for state in self.workspace.wanted.values() if state is not None][:3]
        self.workspace.land(self.landing)

    @precondition(lambda self: self.landing)
    @rule(removed=st.sets(PATHS))
    def commit(self, removed: set[str]) -> None:
        landed, self.landing = self.landing, []
        self.workspace.land(())
        self.what_is_out_of_date_is_not_shown()
        self.workspace.committed(self.workspace.generation + 1, landed, removed - {one.path for one in landed})

    @rule(states=st.lists(FILES, unique_by=lambda one: one.path))
    def overtake(self, states: list[FileState]) -> None:
        self.workspace.overtaken(self.workspace.generation + 1, states)

    @rule(path=PATHS, problem=PROBLEMS, finished=st.booleans())
    def type(self, path: str, problem: str, finished: bool) -> None:
        opened = self.workspace.overlays.edit("editor", path, "python", problem.encode()).opened
        if finished:
            edit, of, text = opened.latest()
            opened.show(edit, of, text, Extraction("python", problem=problem))

    @rule(path=PATHS)
    def close(self, path: str) -> None:
        self.workspace.overlays.close("editor", path)

    @invariant()
    def counts_are_right(self) -> None:
        workspace, fresh = self.workspace, self.workspace.freshness()
        shown = workspace.layer().documents
        pending = set(self.pending())
        good = {path for path, state in workspace.files.items() if not state.problem}
        failed = {path for path, state in workspace.files.items() if state.problem in FAILURES}
        for path, document in shown.items():
            (failed.add if document.extraction.problem in FAILURES else failed.discard)(path)
            (good.discard if document.extraction.problem in FAILURES else good.add)(path)
        new = {path for path in pending if path not in workspace.files and path not in shown}
        changed = {path for path in pending if path in shown or self.is_usable(path)}
        assert fresh.pending_files == len(pending)
        assert fresh.failed_files == len(failed)
        assert fresh.total_files == len(good) + len(new) + len(failed)
        assert fresh.indexed_files == len(good) - len(changed)

    @invariant()
    def what_is_out_of_date_is_not_shown(self) -> None:
        workspace = self.workspace
        unsettled = {path for path in workspace.files if workspace.unsettled(path)}
        assert workspace.layer().stale == unsettled | set(self.overtaken_ones())

    def pending(self) -> Iterator[str]:
        yield from self.workspace.doubt
        yield from (path for path, state in self.workspace.wanted.items() if state is not None)
        yield from self.workspace.overlays.pending()

    def is_usable(self, path: str) -> bool:
        return path in self.workspace.files and not self.workspace.files[path].problem

    def overtaken_ones(self) -> Iterator[str]:
        for state in self.landing:
            last: ContentKey | None = state.key
            if state.path in self.workspace.wanted:
                wanted = self.workspace.wanted[state.path]
                last = wanted.key if wanted is not None else None
            if state.path in self.workspace.doubt or last != state.key:
                yield state.path


TestMachine = Machine.TestCase
