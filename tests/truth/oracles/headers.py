"""Where the headers of C and C++ sources are, as far as a tree of sources tells without its build.

In this order: beside the file and in the folders above it; `include`, `lib` and `src` in these; the compiler's and the
system's; and at last any folder of the tree below which a name lies that some file of the tree includes.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

_INCLUDED: Final = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.MULTILINE)
_SOURCES: Final = frozenset((".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".inc", ".ipp", ".def", ".inl"))
_INNER: Final = ("include", "Include", "lib", "src")
# Clang asks each folder for each header.
_FOLDERS: Final = 60


class Headers:
    """The headers of the tree below `top`."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._late = tuple(f"-idirafter{one}" for one in _roots(top))
        self._known: dict[Path, tuple[str, ...]] = {}

    def options(self, folder: Path) -> tuple[str, ...]:
        """Clang's options for a file in that folder."""
        if folder not in self._known:
            above = [one for one in (folder, *folder.parents) if one.is_relative_to(self._top)]
            inner = [one / name for one in above for name in _INNER if (one / name).is_dir()]
            self._known[folder] = (
                *(f"-iquote{one}" for one in above),
                *(f"-I{one}" for one in (self._top, *inner)),
                "-isystem",
                _of_the_compiler(),
                *self._late,
            )
        return self._known[folder]


def _roots(top: Path) -> list[Path]:
    """The folders that make most of what the tree includes found."""
    sources = [path for path in sorted(top.rglob("*")) if path.suffix in _SOURCES and path.is_file()]
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in sources:
        by_name[path.name].append(path)
    wanted = Counter(
        name.decode(errors="replace") for path in sources for name in set(_INCLUDED.findall(path.read_bytes()))
    )
    roots: Counter[Path] = Counter()
    for name, times in wanted.items():
        parts = PurePosixPath(name).parts
        for path in by_name.get(parts[-1] if parts else "", ()):
            if path.parts[-len(parts) :] == parts:
                roots[path.parents[len(parts) - 1]] += times
    return [root for root, _ in roots.most_common(_FOLDERS)]


@cache
def _of_the_compiler() -> str:
    command = ["gcc", "-print-file-name=include"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
