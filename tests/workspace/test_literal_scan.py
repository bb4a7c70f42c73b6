"""A plain look through files for a name: what is found, in which order, and what it never does."""

from __future__ import annotations

import os

import pytest

from bridge.workspace.literal_scan import Found, LiteralScan, likely_first
from tests.workspace.conftest import LIMIT_BYTES, grow


def found(root, paths, name, limit=LIMIT_BYTES):
    scan = LiteralScan(root, paths, name, limit)
    said = []
    while not scan.over:
        said += scan.next(1.0)
    return said


def test_files_that_say_the_name_and_those_that_seem_to_define_it(tmp_path):
    files = {
        "defines.c": "static int\nfoo(void)\n{\n}\nint find_me(int a)\n{\n}\n",
        "declares.h": "int find_me(int a);\n",
        "calls.c": "void other(void)\n{\n\tfind_me(1);\n}\n",
        "defines.py": "class A:\n    def find_me(self): pass\n",
        "silent.py": "def another(): pass\n",
    }
    root = grow(tmp_path / "root", files)
    assert set(found(root, list(files), "find_me")) == {
        Found("defines.c", True),
        Found("declares.h", False),
        Found("calls.c", False),
        Found("defines.py", True),
    }


@pytest.mark.parametrize(
    "text",
    [
        "fn find_me(x: u8) {}",
        "pub struct find_me {",
        "func (s *Server) find_me() {",
        "#define find_me 1",
        "const find_me = 1",
        "find_me: 1",
        "union find_me\n{",
        "struct a {\n\tunsigned long find_me[4];\n};",
        "static inline struct page *find_me(int x)\n{",
    ],
)
def test_what_looks_like_a_definition(tmp_path, text):
    root = grow(tmp_path / "root", {"a": text + "\n"})
    assert found(root, ["a"], "find_me") == [Found("a", True)]


@pytest.mark.parametrize("text", ["\tstruct find_me *a;", "\treturn find_me;", "\tx = find_me(1);", "// find_me is"])
def test_what_does_not_look_like_a_definition(tmp_path, text):
    root = grow(tmp_path / "root", {"a": text + "\n"})
    assert found(root, ["a"], "find_me") == [Found("a", False)]


def test_pipes_links_and_files_that_are_gone_are_passed_over(tmp_path):
    root = grow(tmp_path / "root", {"a.py": "find_me"})
    outside = grow(tmp_path / "outside", {"b.py": "find_me"})
    os.mkfifo(root / "pipe.py")
    (root / "link.py").symlink_to(outside / "b.py")
    assert found(root, ["pipe.py", "link.py", "gone.py", "a.py"], "find_me") == [Found("a.py", False)]


def test_no_more_than_the_limit_is_read(tmp_path):
    root = grow(tmp_path / "root", {"a.py": "x" * 1000 + "find_me"})
    assert found(root, ["a.py"], "find_me", limit=1000) == []


def test_a_scan_that_is_out_of_time_goes_on_where_it_was(tmp_path):
    root = grow(tmp_path / "root", {f"{number}.py": "find_me" for number in range(200)})
    scan = LiteralScan(root, [f"{number}.py" for number in range(200)], "find_me", LIMIT_BYTES)
    assert scan.next(0.0) == []
    assert not scan.over
    assert len(scan.next(60.0)) == 200
    assert scan.over


def test_paths_that_have_parts_of_the_name_come_first_and_otherwise_in_their_order():
    paths = ["z.c", "fs/ext4/namei.c", "fs/namei.c", "fs/ext4/find.c", "a.c"]
    ordered = likely_first(paths, ("ext4", "find", "entry"))
    assert ordered == ["fs/ext4/find.c", "fs/ext4/namei.c", "z.c", "fs/namei.c", "a.c"]
    assert likely_first(paths, ()) == paths
