"""What belongs to a workspace, beyond the meaning of single patterns (see test_filter_oracle)."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bridge.workspace.filter import WorkspaceFilter, refuse_root
from bridge.workspace.manifest import scan
from tests.workspace.conftest import LIMIT_BYTES, git, grow


def files(root: Path) -> set[str]:
    return {file.path for file in scan(WorkspaceFilter(root), LIMIT_BYTES).files}


def test_dot_files_belong_but_the_folders_of_version_control_do_not(tmp_path: Path) -> None:
    root = grow(
        tmp_path, [".github/workflows/x.yml", ".eslintrc", "a.py", ".git/config", ".hg/store", ".jj/op", ".svn/db"]
    )
    assert files(root) == {".github/workflows/x.yml", ".eslintrc", "a.py"}
    filter_ = WorkspaceFilter(root)
    assert filter_.ignored(".git/config")
    assert filter_.ignored(".git", is_dir=True)
    assert filter_.ignored("deep/down/.git")
    assert not filter_.ignored("")


def test_rules_hold_without_a_repository(tmp_path: Path) -> None:
    root = grow(
        tmp_path / "root",
        {".gitignore": "*.log\n", "s/.gitignore": "!keep.log\n", "s/keep.log": "", "x.log": "", "a": ""},
    )
    (tmp_path / ".gitignore").write_text("a\n")  # above the root, and no repository says that it matters
    assert files(root) == {".gitignore", "s/.gitignore", "s/keep.log", "a"}


def test_own_rules_are_stronger_than_gits_at_any_depth(tmp_path: Path) -> None:
    root = grow(
        tmp_path,
        {
            ".codeindexignore": "/docs\n!node_modules/\n",
            ".gitignore": "node_modules\n!docs\n",
            "docs/a.md": "",
            "node_modules/m/i.js": "",
            "s/.gitignore": "!generated.py\n",
            "s/.codeindexignore": "generated.py\n",
            "s/generated.py": "",
        },
    )
    assert files(root) == {
        ".codeindexignore",
        ".gitignore",
        "node_modules/m/i.js",
        "s/.gitignore",
        "s/.codeindexignore",
    }


def test_rules_above_the_root_hold_up_to_the_repositorys_top(tmp_path: Path) -> None:
    top = grow(
        tmp_path / "top",
        {".gitignore": "*.o\n/s/r/only.py\n", "s/.gitignore": "/r/*.tmp\n", "s/.codeindexignore": "*.md\n"},
    )
    git(top, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.py\n")
    root = grow(top / "s" / "r", ["a.o", "a.py", "only.py", "a.tmp", "d/a.tmp", "a.md"])
    assert files(root) == {"a.py", "d/a.tmp"}


@pytest.mark.parametrize("rule", ["/build/", "build", "*"])
def test_a_root_that_is_ignored_from_above_is_taken_as_chosen(tmp_path: Path, rule: str) -> None:
    git(tmp_path, "init", "-q")
    root = grow(
        grow(tmp_path, {".gitignore": f"{rule}\n*.log\n"}) / "build", {"a.py": "", "b.o": "", ".gitignore": "*.o\n"}
    )
    assert files(root) >= {"a.py"}
    assert "b.o" not in files(root)


def test_the_users_and_the_repositorys_excludes(tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = grow(tmp_path, ["a.user", "a.xdg", "a.named", "a.info", "a.py", "a.included"])
    assert files(root) == {"a.user", "a.xdg", "a.named", "a.info", "a.py", "a.included"}
    grow(user, {".config/git/ignore": "*.user\n"})
    assert "a.user" not in files(root)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(grow(user / "xdg", {"git/ignore": "*.xdg\n"})))
    assert files(root) == {"a.user", "a.named", "a.info", "a.py", "a.included"}
    grow(
        user,
        {
            ".gitconfig": '# mine\n[user]\n\tname = x\n[Core]\n\texcludesFile = "~/named" ; there\n',
            "named": "*.named\n",
        },
    )
    git(root, "init", "-q")
    grow(root, {".git/info/exclude": "*.info\n"})
    assert files(root) == {"a.user", "a.xdg", "a.py", "a.included"}
    grow(
        user,
        {
            ".gitconfig": "[include] path = more/config\n",
            "more/config": "[core]\n excludesfile=~/other\n",
            "other": "*.included\n",
        },
    )
    assert files(root) == {"a.user", "a.xdg", "a.named", "a.py"}
    told = git(root, "ls-files", "-o", "--exclude-standard").decode().split()
    assert files(root) == set(told)


def test_a_linked_worktree_and_a_submodule_find_their_excludes(tmp_path: Path) -> None:
    main = grow(tmp_path / "main", {"a.py": ""})
    git(main, "init", "-q")
    git(main, "add", ".")
    git(main, "commit", "-qm", "one")
    grow(main, {".git/info/exclude": "*.local\n"})
    git(main, "worktree", "add", "-q", str(tmp_path / "linked"))
    linked = grow(tmp_path / "linked", ["b.local", "c.py"])
    assert linked.joinpath(".git").is_file()
    assert files(linked) == {"a.py", "c.py"}

    outer = grow(tmp_path / "outer", {".gitignore": "*.py\n", ".codeindexignore": "*.md\n", "x.py": ""})
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(main), "sub")
    assert outer.joinpath("sub/.git").is_file()
    grow(outer, {".git/modules/sub/info/exclude": "*.mod\n", "sub/z.mod": "", "sub/z.md": ""})
    assert files(outer) == {".gitignore", ".codeindexignore", ".gitmodules", "sub/a.py"}
    assert not WorkspaceFilter(outer).ignored("sub/a.py")
    assert WorkspaceFilter(outer).ignored("sub/z.mod")
    assert files(outer / "sub") == {"a.py", "z.md"}


def test_rules_are_those_of_the_last_reload_or_listing(tmp_path: Path) -> None:
    root = grow(tmp_path, {"a.log": "", "s/b.log": ""})
    filter_ = WorkspaceFilter(root)
    assert not filter_.ignored("s/b.log")
    (root / ".gitignore").write_text("*.log\n")
    assert not filter_.ignored("s/b.log")
    filter_.reload()
    assert filter_.ignored("s/b.log")
    (root / ".gitignore").unlink()
    scan(filter_, LIMIT_BYTES)
    assert not filter_.ignored("s/b.log")


def test_which_files_bear_rules(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    root = grow(grow(tmp_path, {".gitignore": "/root/out/\n"}) / "root", ["out/.gitignore", "s/.gitignore"])
    filter_ = WorkspaceFilter(root)
    assert filter_.is_rule_file(".gitignore")
    assert filter_.is_rule_file("s/.codeindexignore")
    assert not filter_.is_rule_file("s/a.gitignore")
    assert not filter_.is_rule_file("out/.gitignore")
    outer = filter_.outer_rule_files()
    assert {tmp_path / ".gitignore", tmp_path / ".codeindexignore", tmp_path / ".git/info/exclude"} <= set(outer)
    assert root / ".gitignore" not in outer


def test_rule_files_that_are_none_are_passed_over(tmp_path: Path) -> None:
    root = grow(tmp_path, ["a/x.py", "b/x.py", "c/x.py", "b/.gitignore/"])
    os.mkfifo(root / "a" / ".gitignore")
    (root / "c" / ".gitignore").write_bytes(b"\xff\xfe\n\0\nx.p\0y\n[\n")
    assert files(root) == {"a/x.py", "b/x.py", "c/x.py", "c/.gitignore"}


@pytest.mark.parametrize("glob", ["*a" * 30 + "b", "/" + "*a" * 30 + "b", "**/a/" * 30 + "b", "/**/a*" * 30 + "/b"])
def test_no_pattern_takes_more_than_linear_time(tmp_path: Path, glob: str) -> None:
    grow(tmp_path, {".gitignore": glob + "\n"})
    filter_ = WorkspaceFilter(tmp_path)
    began = time.process_time()
    assert not filter_.ignored("a" * 250)
    assert not filter_.ignored("a/" * 500 + "c")
    assert time.process_time() - began < 10.0  # without atomic groups: longer than anyone has lived


def test_absurd_roots_are_refused_with_the_mend(tmp_path: Path, user: Path) -> None:
    for root in (
        user,
        user.parent,
        Path("/"),
        Path("/usr"),
        Path("/tmp"),
        Path("/proc/self"),
        tmp_path / ".git" / "hooks",
    ):
        reason = refuse_root(root)
        assert reason is not None
        assert str(root) in reason
        assert "--workspace" in reason
    for root in (tmp_path, user / "project", Path("/usr/src/linux"), Path("/opt/app")):
        assert refuse_root(root) is None
