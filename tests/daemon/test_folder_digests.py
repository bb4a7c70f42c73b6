"""A manifest in short: the two ends reckon alike, and what proves nothing is told in full."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from bridge.workspace.folder_digests import folder_digests
from bridge.workspace.manifest import FileStat
from grpc_backend.index.reconcile import differing_folders
from grpc_backend.model import FileState

NOW_NS = 2_000_000_000_000_000_000
STATS = st.builds(
    FileStat,
    st.from_regex(r"\A(?:[a-zé]{1,2}/){0,2}[a-zé\x01.-]{1,4}\Z"),
    st.integers(0, 9),
    st.integers(1, 10**18),
    st.integers(0, 2**64 - 1),
)
TREES = st.lists(STATS, unique_by=lambda stat: stat.path)


def held(stats):
    return [FileState(one.path, one.size, one.mtime_ns, one.inode, b"d" * 32, "python") for one in stats]


@given(TREES)
def test_a_tree_that_is_held_as_it_is_does_not_differ(stats):
    assert differing_folders(folder_digests(stats, NOW_NS), held(stats), []) == []


@given(TREES, TREES)
def test_exactly_the_folders_differ_in_which_something_differs(stats, others):
    def inside(files):
        found = {}
        for one in files:
            found.setdefault(one.path.rpartition("/")[0], set()).add(one)
        return found

    now, before = inside(stats), inside(others)
    differing = {folder for folder in now if now[folder] != before.get(folder)}
    assert set(differing_folders(folder_digests(stats, NOW_NS), held(others), [])) == differing


def test_a_time_that_proves_nothing_makes_its_folder_differ():
    young = [FileStat("a/x.py", 1, time.time_ns(), 1), FileStat("b/y.py", 1, 5, 2)]
    assert differing_folders(folder_digests(young, time.time_ns()), held(young), []) == ["a"]
    unproven = [FileState("b/y.py", 1, 0, 2, b"d" * 32, "python")]
    assert differing_folders({"b": b"anything"}, unproven, []) == ["b"]


def test_a_folder_with_something_unsettled_differs():
    stats = [FileStat("a/x.py", 1, 5, 1), FileStat("b/y.py", 1, 5, 2)]
    assert differing_folders(folder_digests(stats, NOW_NS), held(stats), ["b/new.py"]) == ["b"]


def test_what_was_left_out_unread_is_of_no_account():
    stats = [FileStat("a/x.py", 1, 5, 1)]
    left_out = FileState("a/huge.py", problem="too_large")
    assert differing_folders(folder_digests(stats, NOW_NS), [*held(stats), left_out], []) == []
