"""Path filters: globs over whole paths, as `.gitignore` has them without negation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from grpc_backend.errors import InvalidRequest

MAX_GLOB = 512


def matcher(globs: Sequence[str]) -> Callable[[str], bool]:
    """A test of whether a path fits any of `globs`; no globs: every path fits. Errors: InvalidRequest."""
    if not globs:
        return lambda _path: True
    compiled = _compiled(tuple(globs))
    return lambda path: compiled.match(path) is not None


def pattern_of(globs: Sequence[str]) -> str:
    """The test as one regular expression, for an engine that can match it itself. Errors: InvalidRequest."""
    return f"^(?:{_compiled(tuple(globs)).pattern})"


@lru_cache(maxsize=256)
def _compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{_regex(glob)})" for glob in globs))
    except re.error as error:
        raise InvalidRequest(f"a path glob of {', '.join(globs)} cannot be understood: {error.msg}") from None


def _regex(glob: str) -> str:
    """`**` crosses '/', `*` and `?` do not; a glob also fits what lies below what it names."""
    if len(glob) > MAX_GLOB:
        raise InvalidRequest(f"a path glob has at most {MAX_GLOB} characters")
    body = "".join(_TOKENS.get(token) or _literal(token) for token in _SPLIT.findall(glob.strip("/")))
    anchored = "" if "/" in glob.strip("/") or glob.startswith("/") else "(?:.*/)?"
    return f"{anchored}{body}(?:/.*)?$"


_SPLIT = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\]|[^*?\[]+|\[")
_TOKENS = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _literal(token: str) -> str:
    if token.startswith("[") and token.endswith("]") and len(token) > 2:
        inner = token[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner.replace('^', chr(92) + '^')}]"
    return re.escape(token)
