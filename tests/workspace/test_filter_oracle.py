"""What git ignores is what we ignore: real git decides, on given patterns and on random ones."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import scan
from tests.workspace.conftest import git, grow

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ANY_SIZE = 1 << 40
MAX_EXAMPLES = int(os.environ.get("CODEINDEX_ORACLE_EXAMPLES", "150"))  # thousands by hand

# fmt: off
# Each against TREE; several patterns are divided by newlines.
PATTERNS = [
    "*.py", "*.py[co]", "/a", "a", "a/", "a/b", "/a/b", "*/b", "**/b", "a/**", "a/**/b", "/**", "**", "*", "*/", "**/",
    "a/**/", "**a", "a**", "/a**", "a**/b", "x/*/y", "x/**/y", "x/**y", "***", "a/***/b", "**/**/b", "**/a/**",
    "[]x]", "[\\]]x", "[!]x]", "[a", "a]", "[^a]b", "[!a]b", "[a-c]b", "[c-a]b", "[a-]b", "[-a]b", "[a-c-x]b",
    "[[:alpha:]]b", "[[:digit:]x]b", "[[:nope:]]b", "[[:]b", "[[:a]b", "[[:alpha]b", "[\\a-\\c]b", "[[.a.]]b", "a[/]b",
    "?b", "??b", "é", "?", "[é]", "[!a]", "foo ", "foo\\ ", "foo  ", "foo\\  ", "foo\t", " foo", "\tfoo", "foo\r",
    "\\#x", "#x", "\\!x", "!x", "foo\\", "foo\\\\", "\\foo", "a\\/b", "a/\\b", "**\\/b", "/", "//", "//a", "a//", "!",
    "*\n!a/b", "*\n!*/\n!b", "a/*\n!a/b", "/*\n!/x\n/x/*\n!/x/y", "a\n!a", "!a\na",
    "*.py\n!m.py\nm.py\n!m.py", "\ufeffa",
]
TREE = [
    "a/b", "a/c/b", "ab", "axx", "b", "cb", "d/a/e", "-b", "xb", "x/y", "x/q/y", "x/q/r/y", "m.py", "m.pyc", "s/m.py",
    "é", "]x", "[a", "a]", "foo", "foo ", "foo\t", " foo", "#x", "!x", "foo\\", "s/b", "s/ab/b", "axx.d/y/b",
    "[:b", ":b", "ax/y/b", ".hidden", ".github/workflows/x.yml", "s/.hidden", "a.d/b", "ébb",
]
# fmt: on


def rules_of(root: Path, patterns: Mapping[str, str]) -> None:
    """Write a .gitignore in each of these folders."""
    for folder, text in patterns.items():
        (root / folder / ".gitignore").write_bytes(text.encode("utf-8", "surrogateescape") + b"\n")


def assert_as_git(root: Path) -> None:
    """The whole walk, and every single path, are decided as git decides them."""
    listed = {name for name in git(root, "ls-files", "-o", "--exclude-standard", "-z").split(b"\0") if name}
    walked = WorkspaceFilter(root)
    manifest = scan(walked, ANY_SIZE)
    told = {os.fsencode(file.path) for file in manifest.files}
    assert told == {name for name in listed if is_file_with_good_name(root, name)}
    entries = list(everything(root))
    asked = b"".join(b"./" + os.fsencode(path) + b"\0" for path, _ in entries)  # a bare ":b" would be magic
    ignored = set(git(root, "check-ignore", "--no-index", "-z", "--stdin", given=asked).split(b"\0"))
    for filter_ in (walked, WorkspaceFilter(root)):  # with the rules met while walking, and with none read yet
        for path, is_dir in entries:
            assert filter_.ignored(path, is_dir=is_dir) == (b"./" + os.fsencode(path) in ignored), path


def is_file_with_good_name(root: Path, name: bytes) -> bool:
    """Whether git's entry is one that the manifest has as a file: links and unreadable names are told apart."""
    try:
        return not (root / name.decode()).is_symlink()
    except UnicodeDecodeError:
        return False


def everything(root: Path) -> Iterator[tuple[str, bool]]:
    """Every path below the root but .git, and whether it is a folder."""
    for folder, folders, files in os.walk(root):
        if ".git" in folders:
            folders.remove(".git")
        for name in (*folders, *files):
            yield os.path.relpath(f"{folder}/{name}", root), name in folders


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository, cleared by each test before use."""
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    return root


def cleared(root: Path) -> Path:
    """The repository without its files."""
    for entry in os.scandir(root):
        if entry.name == ".git":
            continue
        shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else Path(entry.path).unlink()
    return root


@pytest.mark.parametrize("patterns", PATTERNS)
@pytest.mark.parametrize("folder", ["", "s"])
def test_each_pattern_means_what_git_takes_it_for(repository: Path, patterns: str, folder: str) -> None:
    root = grow(cleared(repository), TREE)
    rules_of(root, {folder: patterns})
    assert_as_git(root)


@pytest.mark.parametrize("patterns", ["A", "*.PY", "A/B", "[A-C]b", "/S/**/B", "É"])
def test_case_is_folded_where_the_repository_says_so(tmp_path: Path, patterns: str) -> None:
    root = grow(tmp_path, TREE)
    git(root, "init", "-q")
    git(root, "config", "core.ignoreCase", "true")
    rules_of(root, {"": patterns})
    assert_as_git(root)


def test_a_rule_file_that_is_a_link_does_not_count(repository: Path) -> None:
    root = grow(cleared(repository), {"rules": "*.py\n", "m.py": "", "s/m.py": ""})
    (root / ".gitignore").symlink_to("rules")
    assert_as_git(root)


# fmt: off
# Pieces that meet often, so that random patterns fit random names.
NAMES = st.sampled_from([
    "a", "b", "ab", "a.b", "b.a", ".a", "é", "]", "a]", "[b", "-", "a b", "!a", "#a", "b\\", "a ", "\udce9a",
])
PIECES = st.sampled_from([
    "a", "b", ".", "*", "**", "?", "/", "/**/", "**/", "[ab]", "[!a]", "[^b]", "[a-b]", "[]", "]", "[", "é", "\\", "!",
    "-", " ", "[[:alpha:]]", "[[:punct:]]", "[[:", ":]", "#", "\\*", "\\ ", "/*", "*/", "\r",
])
# fmt: on
PATTERN = st.lists(PIECES, max_size=6).map("".join)
RULES = st.lists(PATTERN, min_size=1, max_size=5).map("\n".join)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)


@settings(max_examples=MAX_EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(paths=PATHS, rules=st.dictionaries(st.integers(0, 5), RULES, min_size=1, max_size=3))
@example(paths=["ab/b", "a/a/b"], rules={0: "a**/b"})
def test_random_rules_in_random_trees(repository: Path, paths: list[str], rules: dict[int, str]) -> None:
    root = cleared(repository)
    for path in paths:
        try:
            grow(root, [path])
        except OSError:
            continue  # a file is where this path wants a folder, or the reverse
    folders = ["", *sorted(path for path, is_dir in everything(root) if is_dir)]
    rules_of(root, {folders[number % len(folders)]: text for number, text in rules.items()})
    assert_as_git(root)
