"""Where a program begins: by the names that its language or its framework gives to such files and functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from grpc_backend.model import Located
from grpc_backend.search.rank import GENERATED, TESTS, VENDORED
from grpc_backend.storage.engine import Filters, View
from grpc_backend.storage.pattern import NamePattern, Tier

# Where the name itself says that things begin here; then names that often do. Earlier ones are surer.
_FILES: Final = (
    re.compile(r"(^|/)(__main__\.py|manage\.py|main\.go|main\.rs|Program\.cs|wsgi\.py|asgi\.py)$"),
    re.compile(r"(^|/)(bin|cmd|exe)/[^/]+$|(^|/)(main|cli|app|server|index)\.\w+$|(^|/)lib\.rs$"),
)
_MAIN: Final = NamePattern("main", Tier.EXACT)
_MAIN_FILTERS: Final = Filters(kinds=("function", "method"))
_CANDIDATES: Final = 200


def entry_points(view: View, workspace: str, prefix: str, files: Iterable[str], limit: int) -> list[str]:
    """Ids of `main` functions and paths of files that things begin in, below `prefix`; the shallowest first.

    Tests, vendored and generated code do not count: nobody begins to read there.
    """
    mains = [one for one in view.find(workspace, _MAIN, _MAIN_FILTERS, _CANDIDATES) if _is_own(one.path, prefix)]
    defined = {one.path for one in mains}
    named = [
        (sureness, path)
        for path in files
        if path not in defined and _is_own(path, prefix)
        for sureness, pattern in enumerate(_FILES)
        if pattern.search(path)
    ]
    ranked = [(0, path.count("/"), path) for sureness, path in named if sureness == 0]
    ranked += [(1, one.path.count("/"), one.id) for one in mains if _is_outer(one)]
    ranked += [(2, path.count("/"), path) for sureness, path in named if sureness == 1]
    return list(dict.fromkeys(text for _, _, text in sorted(ranked)))[:limit]


def _is_own(path: str, prefix: str) -> bool:
    inside = not prefix or path == prefix or path.startswith(f"{prefix}/")
    return inside and not any(pattern.search(path) for pattern in (TESTS, VENDORED, GENERATED))


def _is_outer(one: Located) -> bool:
    """A `main` of its file, or of a class of it: none that is local to a function."""
    return one.symbol.qualified_name.count(".") <= 1
