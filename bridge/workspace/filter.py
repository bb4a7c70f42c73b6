"""Which files of a root belong to its workspace: what git would not ignore, and `.codeindexignore` on top.

All rule files that git knows count: `.gitignore` in every folder from the repository's top down,
`.git/info/exclude`, the user's global excludes. One difference is meant: a file that is tracked although
a pattern ignores it is left out, since only the patterns are read, never git's index.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from bridge.workspace.ignore_rules import IgnoreRules, read_rules

GIT_RULES = ".gitignore"
OWN_RULES = ".codeindexignore"
RULE_FILES = frozenset({GIT_RULES, OWN_RULES})
NEVER = frozenset({".git", ".hg", ".jj", ".svn"})

Stack = tuple[IgnoreRules, ...]


class WorkspaceFilter:
    """Decides for the paths of one root ('/' between parts, relative to it).

    Rule files are read when first needed and kept until `reload`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._top = _repository_top(root)
        inner = root.relative_to(self._top).as_posix()
        self._prefix = "" if inner == "." else inner + "/"
        self._stacks: dict[str, tuple[Stack, Stack]] = {}

    def reload(self) -> None:
        """Forget all rules: some rule file changed."""
        self._stacks = {}

    def ignored_in(self, folder: str, name: str, *, is_dir: bool) -> bool:
        """Whether an entry of a folder that is not ignored itself is ignored. `folder` ends with '/' or is empty."""
        if name in NEVER:
            return True
        git, own = self._rules_of(folder)
        if not git and not own:
            return False
        shown = name + "/" if is_dir else name
        path = self._prefix + folder + shown
        return _decide(own, path, shown, _decide(git, path, shown, False))

    def ignored(self, path: str, *, is_dir: bool = False) -> bool:
        """Whether a path, or a folder that it lies in, is ignored."""
        *folders, name = path.split("/")
        folder = ""
        for part in folders:
            if self.ignored_in(folder, part, is_dir=True):
                return True
            folder += part + "/"
        return self.ignored_in(folder, name, is_dir=is_dir)

    def _rules_of(self, folder: str) -> tuple[Stack, Stack]:
        """The rules that hold in a folder, weakest first: git's, and our own."""
        found = self._stacks.get(folder)
        if found is None:
            above = self._above_root() if not folder else self._rules_of(folder[: folder[:-1].rfind("/") + 1])
            found = self._stacks[folder] = self._with_rules_in(self.root / folder, self._prefix + folder, above)
        return found

    def _above_root(self) -> tuple[Stack, Stack]:
        """Global rules, the repository's own, and those of the folders between its top and the root."""
        files = (_global_excludes(), _git_directory(self._top) / "info" / "exclude")
        stacks: tuple[Stack, Stack] = (tuple(rules for file in files if (rules := read_rules(file, ""))), ())
        base = ""
        for part in self._prefix.split("/")[:-1]:
            stacks = self._with_rules_in(self._top / base, base, stacks)
            base += part + "/"
        return stacks

    def _with_rules_in(self, folder: Path, base: str, above: tuple[Stack, Stack]) -> tuple[Stack, Stack]:
        git, own = read_rules(folder / GIT_RULES, base), read_rules(folder / OWN_RULES, base)
        return ((*above[0], git) if git else above[0], (*above[1], own) if own else above[1])


def refuse_root(root: Path) -> str | None:
    """Why nobody wants this folder indexed, with the mend; None if it may be."""
    if root == Path(root.anchor):
        return "the whole file system is not indexed: pass --workspace with a project's folder"
    if root == Path.home().resolve():
        return "a whole home directory is not indexed: pass --workspace with a project's folder"
    return None


def _decide(stack: Stack, path: str, name: str, default: bool) -> bool:
    for rules in reversed(stack):
        verdict = rules.verdict(path, name)
        if verdict is not None:
            return verdict
    return default


def _repository_top(root: Path) -> Path:
    """The folder with `.git` at or above the root; the root itself where there is none."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def _git_directory(top: Path) -> Path:
    """Where the repository's shared data lies: for a linked worktree `.git` is a file that leads there."""
    git = top / ".git"
    if not git.is_file():
        return git
    try:
        named = git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        directory = (top / named).resolve()
        common = directory / "commondir"
        return (directory / common.read_text(encoding="utf-8").strip()).resolve() if common.is_file() else directory
    except (OSError, ValueError):
        return git


def _global_excludes() -> Path:
    """core.excludesFile, or where git looks without it."""
    config_home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for file in (Path.home() / ".gitconfig", config_home / "git" / "config"):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        core = re.search(r"^\s*\[core\]\s*$(.*?)(?=^\s*\[|\Z)", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
        named = core and re.search(r"^\s*excludesfile\s*=\s*(.+?)\s*$", core[1], re.MULTILINE | re.IGNORECASE)
        if named:
            return Path(named[1].strip('"')).expanduser()
    return config_home / "git" / "ignore"
