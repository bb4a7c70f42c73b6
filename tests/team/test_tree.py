"""A tree that is changed is the tree that is made anew."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from grpc_backend.index.tree import tree_of

PATHS = st.sampled_from(["a.py", "b.py", "src/a.py", "src/deep/c.py", "src/deep/d.py", "lib/x/y/z.py", "lib/a.py"])
CHANGES = st.lists(
    st.tuples(st.booleans(), st.one_of(PATHS, st.sampled_from(["src", "lib", "lib/x"])), st.integers(0, 3))
)


def digest(number: int) -> bytes:
    return hashlib.sha256(bytes([number])).digest()


@given(CHANGES)
def test_changes_add_up(changes):
    tree, files = tree_of([]), {}
    for there, path, number in changes:
        if there and path.endswith(".py"):
            files[path] = number
            tree.put(path, digest(number), number)
        elif not there:
            files = {one: number for one, number in files.items() if one != path and not one.startswith(f"{path}/")}
            tree.drop(path)
    anew = tree_of((path, digest(number), number) for path, number in files.items())
    assert tree.digest() == anew.digest()
    for folder in ("", "src", "src/deep", "lib", "lib/x", "nowhere"):
        assert tree.entries(folder) == anew.entries(folder)


def test_a_digest_tells_names_and_contents_apart():
    trees = [[("a", 1)], [("a", 2)], [("b", 1)], [("a", 1), ("b", 1)], [("d/a", 1)], []]
    digests = {tree_of((path, digest(number), 1) for path, number in files).digest() for files in trees}
    assert len(digests) == len(trees)
