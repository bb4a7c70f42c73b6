"""An answer is never older than the question: random histories against an index made from scratch.

`CODEINDEX_SEQUENCES` histories, each of up to STEPS steps, on one daemon after the other (see tests/README.md).
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

from bridge.daemon import connector
from tests.conftest import stop_daemon
from tests.e2e.in_step.world import BRANCHES, Background, World, make_repository

SEQUENCES = int(os.environ.get("CODEINDEX_SEQUENCES", "500"))
SEED = os.environ.get("CODEINDEX_SEED")  # of a long run's pieces each needs its own
STEPS = 20

FILES = st.sampled_from(["a.py", "b.py", "src/a.py", "src/deep/c.py", "lib/d.py", "src.py", "lib", "x/y/z.py"])
SOURCES = st.sampled_from(["a.py", "b.py", "src/a.py", "src/deep/c.py", "lib/d.py", "new/n.py"])
FOLDERS = st.sampled_from(["src", "src/deep", "lib", "x", "other"])
NUMBERS = st.integers(0, 99)
WHO = st.integers(0, 1)
RULES = st.sampled_from(["", "src/\n", "*.py\n!a.py\n", "/lib\n", "a.py\n", "deep/\n", "b.py\n*.tmp\n"])
LOSSES = st.sampled_from(["cut"] * 23 + ["kill"])


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """What all histories share: an event loop, a home, a repository to copy."""
    template = tmp_path_factory.mktemp("template") / "repository"
    make_repository(template)
    background = Background()
    home = Path(tempfile.mkdtemp(prefix="ci-home-"))
    yield background, home, template
    background.close()
    stop_daemon(home)
    shutil.rmtree(home, ignore_errors=True)


def test_answers_are_in_step_with_the_disk(ground, tmp_path, monkeypatch):
    monkeypatch.setattr(connector, "STARTS_WITHIN_S", 0.0)  # daemons are lost more often here than in life
    background, home, template = ground
    numbers = itertools.count()

    class History(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.place = tmp_path / str(next(numbers))
            shutil.copytree(template, self.place / "project", symlinks=True)
            self.world = World(background, home, self.place / "project")

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
            self.world.ask_while(who, path, number)

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
