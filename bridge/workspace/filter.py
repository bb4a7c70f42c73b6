"""Which files of a root belong to its workspace: what git would not ignore, and `.codeindexignore` on top.

All rule files that git knows count: `.gitignore` in every folder from the repository's top down,
`.git/info/exclude`, the user's global excludes; without a repository, those of the root and below.
`.codeindexignore` has the same syntax and is stronger; its `!pattern` brings back what git ignores.

Differences from git, all meant:
- A file that is tracked although a pattern ignores it is left out: only patterns are read, never git's index.
- Nested repositories and submodules are part of the workspace; inside, their own rules hold as git has
  it there, and `.codeindexignore` from further up.
- The folders of other version control systems (NEVER) are left out like `.git`.
- A root that its repository ignores is taken as the user's choice: rules from above it do not hold then.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from bridge.workspace.ignore_rules import IgnoreRules, Run, as_bytes, decide, read_rules
from bridge.workspace.repository import GitSettings, git_directory, git_settings, repository_top, rule_files
from bridge.workspace.roots import refuse_root

__all__ = ["GIT_RULES", "NEVER", "OWN_RULES", "RULE_FILES", "WorkspaceFilter", "refuse_root"]

GIT_RULES = ".gitignore"
OWN_RULES = ".codeindexignore"
RULE_FILES = frozenset({GIT_RULES, OWN_RULES})
NEVER = frozenset({".git", ".hg", ".jj", ".svn"})
_MARKS = RULE_FILES | {".git"}

Entry = os.DirEntry[str]


class FolderRules(Struct, frozen=True):
    """What holds for the entries of one folder; strongest first, so the first that fits decides."""

    own: tuple[IgnoreRules, ...]
    git: tuple[IgnoreRules, ...]
    files: tuple[Run, ...]
    folders: tuple[Run, ...]


class WorkspaceFilter:
    """Decides for the paths of one root ('/' between parts, relative to it). Safe to use from several threads.

    Rule files are read when their folder is first met and kept until it is listed anew, or `reload`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.reload()

    def reload(self) -> None:
        """Forget all rules, and find out anew where the repository is: some rule file may have changed."""
        top = repository_top(self.root)
        self._top = top or self.root
        inner = self.root.relative_to(self._top).as_posix()
        self._prefix = "" if inner == "." else inner + "/"
        self._common = git_directory(top) if top else None
        self._settings = git_settings(self._common)
        self._above = self._rules_above()
        self._rules: dict[str, FolderRules] = {}

    def ignored(self, path: str, *, is_dir: bool = False) -> bool:
        """Whether a path, or a folder that it lies in, is ignored. The root ("") is not."""
        if not path:
            return False
        above, slash, name = path.rpartition("/")
        folder = above + slash
        # Only a folder that is not ignored is ever met.
        if folder not in self._rules and self.ignored(above, is_dir=True):
            return True
        return self._ignored_in(folder, name, is_dir=is_dir)

    def sift(self, folder: str, entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
        """The subfolders and the other entries that are not ignored, out of all entries of a folder just listed.

        `folder` ends with '/' or is empty. Symlinks are among the others.
        """
        entries = list(entries)
        rules = self._enter(folder, _MARKS.intersection([entry.name for entry in entries]))
        base = as_bytes(self._prefix + folder)
        kept: tuple[list[Entry], list[Entry]] = ([], [])
        for entry in entries:
            name = entry.name if entry.name.isascii() else as_bytes(entry.name)
            is_dir = entry.is_dir(follow_symlinks=False)
            if not decide(rules.folders if is_dir else rules.files, name, base + name) and name not in NEVER:
                kept[not is_dir].append(entry)
        return kept

    def is_rule_file(self, path: str) -> bool:
        """Whether a change of this file may change what is ignored."""
        folder, _, name = path.rpartition("/")
        return name in RULE_FILES and not self.ignored(folder, is_dir=True)

    def outer_rule_files(self) -> list[Path]:
        """Files that bear on what the root ignores but are not listed with it, there or not; absolute."""
        above = [self._top, *(self._top / folder for folder in _foldings(self._prefix))][:-1]
        files = [folder / name for folder in above for name in sorted(RULE_FILES)]
        return [*files, *rule_files(self._top), *self._settings.files, self._settings.excludes]

    def has_met(self, folder: str) -> bool:
        """Whether a folder (without '/' at its end) was listed or asked about."""
        return f"{folder}/" in self._rules

    def forget(self, folder: str) -> None:
        """Drop what is kept of a folder that is gone, and of all below it."""
        prefix = f"{folder}/"
        for known in [known for known in list(self._rules) if known.startswith(prefix)]:
            self._rules.pop(known, None)

    def _ignored_in(self, folder: str, name: str, *, is_dir: bool) -> bool:
        """Whether an entry of a folder that is not ignored itself is ignored."""
        if name in NEVER:
            return True
        rules = self._rules_of(folder)
        path = as_bytes(self._prefix + folder + name)
        return decide(rules.folders if is_dir else rules.files, as_bytes(name), path)

    def _rules_of(self, folder: str) -> FolderRules:
        found = self._rules.get(folder)
        if found is not None:
            return found
        here = self.root / folder
        return self._enter(folder, {mark for mark in _MARKS if os.path.lexists(here / mark)})

    def _enter(self, folder: str, marks: Iterable[str]) -> FolderRules:
        """Read a folder's rules; `marks` tells which of _MARKS are in it."""
        above = self._rules_of(_parent(folder)) if folder else self._above
        rules = _descended(above, self.root / folder, self._prefix + folder, marks, self._settings)
        self._rules[folder] = rules
        return rules

    def _rules_above(self) -> FolderRules:
        """What holds for the root before its own rule files are read."""
        outermost = rules = _stacked((), _repository_rules(self._common, self._prefix, self._settings))
        base = ""
        for part in self._prefix.split("/")[:-1]:
            here = self._top / base
            rules = _descended(rules, here, base, RULE_FILES, self._settings)
            if decide(rules.folders, as_bytes(part), as_bytes(base + part)):
                return outermost
            base += part + "/"
        return rules


def _descended(above: FolderRules, here: Path, base: str, marks: Iterable[str], settings: GitSettings) -> FolderRules:
    """The rules in a folder, given those of the one above it. `base`: its path below the top, with '/' at its end."""
    own, git = above.own, above.git
    if ".git" in marks and base and (common := git_directory(here)):
        git = _repository_rules(common, base, settings)
    if OWN_RULES in marks and (found := _rules_in(here / OWN_RULES, base, settings)):
        own = (found, *own)
    if GIT_RULES in marks and (found := _rules_in(here / GIT_RULES, base, settings)):
        git = (found, *git)
    return above if own is above.own and git is above.git else _stacked(own, git)


def _stacked(own: tuple[IgnoreRules, ...], git: tuple[IgnoreRules, ...]) -> FolderRules:
    files = tuple(run for rules in (*own, *git) for run in rules.files)
    folders = tuple(run for rules in (*own, *git) for run in rules.folders)
    return FolderRules(own, git, files, folders)


def _rules_in(file: Path, base: str, settings: GitSettings) -> IgnoreRules | None:
    return read_rules(file, base, fold_case=settings.fold_case)


def _repository_rules(common: Path | None, base: str, settings: GitSettings) -> tuple[IgnoreRules, ...]:
    """A repository's own excludes, and the user's, for the repository whose top is `base`."""
    files = [settings.excludes] if common is None else [common / "info" / "exclude", settings.excludes]
    found = (read_rules(file, base, fold_case=settings.fold_case, follow_links=True) for file in files)
    return tuple(rules for rules in found if rules)


def _parent(folder: str) -> str:
    return folder[: folder.rfind("/", 0, -1) + 1]


def _foldings(prefix: str) -> list[str]:
    """The folders on the way to `prefix`, it included: "a/b/" is ["a", "a/b"]."""
    parts = prefix.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
