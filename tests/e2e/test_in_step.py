"""An answer is never older than the question: random histories against an index made from scratch.

`CODEINDEX_SEQUENCES` histories, each of up to STEPS steps, on one daemon after the other (see tests/README.md). Every
second one goes at a small pace (in_step/pace.py).
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.conftest import stop_daemon
from tests.e2e.in_step.pace import Pace
from tests.e2e.in_step.repository import BRANCHES, make_repository
from tests.e2e.in_step.world import HOLD_UPS, Background, World

SEQUENCES = int(os.environ.get("CODEINDEX_SEQUENCES", "250"))
SEED = os.environ.get("CODEINDEX_SEED")  # of a long run's pieces each needs its own
STEPS = 20

FILES = st.sampled_from(["a.py", "b.py", "src/a.py", "src/deep/c.py", "lib/d.py", "src.py", "lib", "x/y/z.py"])
SOURCES = st.sampled_from(["a.py", "b.py", "src/a.py", "src/deep/c.py", "lib/d.py", "new/n.py"])
FOLDERS = st.sampled_from(["src", "src/deep", "lib", "x", "other"])
NUMBERS = st.integers(0, 99)
WHO = st.integers(0, 1)
RULES = st.sampled_from(["", "src/\n", "*.py\n!a.py\n", "/lib\n", "a.py\n", "deep/\n", "b.py\n*.tmp\n"])
CHANGES = st.lists(
    st.tuples(st.sampled_from(["save", "save", "delete", "type"]), SOURCES, NUMBERS), min_size=1, max_size=4
)
PASSES = st.lists(st.tuples(SOURCES, st.integers(100, 10**9), WHO), min_size=3, max_size=6)  # texts no store has
SELDOM = st.sampled_from([True] + [False] * 7)  # what takes a second
LOSSES = st.sampled_from(["cut"] * 23 + ["kill"])


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """What all histories share: an event loop, a home for each pace, a repository to copy."""
    template = tmp_path_factory.mktemp("template") / "repository"
    make_repository(template)
    background = Background()
    paces = [Pace(Path(tempfile.mkdtemp(prefix="ci-home-")), small) for small in (False, True)]
    yield background, paces, template
    background.close()
    for pace in paces:
        stop_daemon(pace.home)
        shutil.rmtree(pace.home, ignore_errors=True)


def test_answers_are_in_step_with_the_disk(ground, tmp_path):
    background, paces, template = ground
    numbers = itertools.count()

    class History(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            number = next(numbers)
            self.place = tmp_path / str(number)
            shutil.copytree(template, self.place / "project", symlinks=True)
            self.world = World(background, paces[number % 2], self.place / "project")

        def teardown(self):
            try:
                self.world.settle()
            finally:
                self.world.close()
                shutil.rmtree(self.place)

        @rule(path=FILES, number=NUMBERS, atomic=st.booleans())
        def write(self, path, number, atomic):
            self.world.write(path, number, atomic=atomic)

        @rule(path=SOURCES, numbers=st.lists(NUMBERS, min_size=2, max_size=4), who=WHO)
        def write_and_ask_again_and_again(self, path, numbers, who):
            for number in numbers:
                self.world.write(path, number)
                self.world.ask_at_once(who)

        @rule(path=SOURCES, number=NUMBERS)
        def write_through_a_mapping(self, path, number):
            self.world.map(path, number)

        @rule(old=FILES, new=FILES)
        def rename_a_file(self, old, new):
            self.world.rename(old, new)

        @rule(old=FOLDERS, new=FOLDERS)
        def rename_a_folder(self, old, new):
            self.world.rename(old, new)

        @rule(path=st.one_of(FILES, FOLDERS))
        def delete(self, path):
            self.world.delete(path)

        @rule(path=SOURCES)
        def link(self, path):
            self.world.link(path)

        @rule(rules=RULES, folder=st.sampled_from(["", "", "src"]))
        def ignore(self, rules, folder):
            self.world.ignore(rules, folder)

        @rule(branch=st.sampled_from(BRANCHES))
        def switch(self, branch):
            self.world.switch(branch)

        @rule()
        def commit(self):
            self.world.commit()

        @rule(who=WHO, path=SOURCES, number=st.one_of(NUMBERS, st.none()))
        def edit_without_saving(self, who, path, number):
            self.world.overlay(who, path, number)

        @rule(who=WHO, what=LOSSES)
        def lose(self, who, what):
            if what == "kill":
                self.world.kill()
            else:
                self.world.cut(who)

        @rule(who=WHO)
        def replace_bridge(self, who):
            self.world.replace_bridge(who)

        @rule(passes=PASSES)
        def write_and_pass_the_lead(self, passes):
            for path, number, who in passes:
                self.world.write(path, number)
                self.world.replace_bridge(who)

        @rule(who=WHO)
        def ask_at_once(self, who):
            self.world.ask_at_once(who)

        @rule(who=WHO, path=SOURCES, number=NUMBERS, switched=st.booleans(), branch=st.sampled_from(BRANCHES))
        def write_and_ask_by_name(self, who, path, number, switched, branch):
            self.world.write(path, number)
            if switched:
                self.world.switch(branch)
            self.world.ask_for(who, number)

        @rule(who=WHO, path=SOURCES, number=NUMBERS)
        def write_while_asked(self, who, path, number):
            # in place, there would be a moment with an empty file
            self.world.ask_while(who, lambda: self.world.write(path, number, atomic=True))

        @rule(who=WHO, old=st.one_of(SOURCES, FOLDERS), new=st.one_of(SOURCES, FOLDERS), reading=SELDOM)
        def rename_while_asked(self, who, old, new, reading):
            self.world.ask_while(who, lambda: self.world.rename(old, new), reading=reading)

        @rule(who=WHO, path=SOURCES, number=NUMBERS, known=SOURCES, is_overtaken=SELDOM)
        def write_and_overtake(self, who, path, number, known, is_overtaken):
            if is_overtaken:
                self.world.overtake(who, path, number, known)
            else:
                self.world.write(path, number)

        @rule(who=WHO, what=st.sampled_from(sorted(HOLD_UPS)), changes=CHANGES)
        def ask_while_held_up(self, who, what, changes):
            self.world.ask_while_held_up(who, what, changes)

        @rule()
        def settle(self):
            self.world.settle()

    run_state_machine_as_test(
        seed(int(SEED))(History) if SEED else History,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.generate],  # what depends on time cannot be shrunk
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
