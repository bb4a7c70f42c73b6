"""Which language a file is in: one table of names, extensions, file names and shebangs.

Cheap to import: the daemon's main process asks only this; grammars are for the workers.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct


class Language(Struct, frozen=True):
    """One row. `module` is its rule file in `languages/`, where that has another name."""

    name: str
    extensions: str
    filenames: str = ""
    shebangs: str = ""
    module: str = ""


TABLE: Final = (
    Language("python", "py pyi pyw", "SConstruct SConscript wscript", "python pypy"),
    Language("javascript", "js jsx mjs cjs es6", "Jakefile", "node nodejs deno bun", module="ecmascript"),
    Language("typescript", "ts mts cts", shebangs="ts-node tsx", module="ecmascript"),
    Language("tsx", "tsx", module="ecmascript"),
    Language("go", "go"),
)

# Families that the content decides: dialect → how its languages are told apart (`language_of`).
HEADER: Final = "header"
SCRIPT: Final = "script"

_EXTENSIONS: Final = {extension: row.name for row in TABLE for extension in row.extensions.split()}
_FILENAMES: Final = {name: row.name for row in TABLE for name in row.filenames.split()}
_SHEBANGS: Final = {name: row.name for row in TABLE for name in row.shebangs.split()}
_MODULES: Final = {row.name: row.module or row.name for row in TABLE}
_SHEBANG: Final = re.compile(rb"#![ \t]*(?:\S*/)?(?:env(?:[ \t]+-\S+|[ \t]+\w+=\S*)*[ \t]+(?:\S*/)?)?([A-Za-z+_-]+)")
# What is no C: a header with one of these at the start of a line is C++.
_CPP: Final = re.compile(
    rb"^[ \t]*+(?:class[ \t]+\w+|namespace\b|template[ \t]*<|using[ \t]+\w|(?:public|private|protected)[ \t]*:"
    rb"|(?:virtual|constexpr|explicit|friend|typename)\b|enum[ \t]+class\b|#[ \t]*include[ \t]*<\w+>)"
    rb"|\bstd::|\boperator[ \t]*[=<>+*/-]",
    re.MULTILINE,
)
# Guarded C++ in a C header is C all the same.
_GUARDED_CPP: Final = re.compile(
    rb"^[ \t]*#[ \t]*if(?:def[ \t]+__cplusplus|[ \t]+defined[ \t(]+__cplusplus).*?^[ \t]*#[ \t]*(?:endif|else)",
    re.M | re.S,
)
_PROBE_BYTES: Final = 64 * 1024


def dialect_of(path: str) -> str:
    """What the path alone tells: a language, a family that the content decides, or "" (unsupported)."""
    name = path.rpartition("/")[2]
    if (language := _FILENAMES.get(name)) is not None:
        return language
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return SCRIPT
    if not stem:
        return ""
    return _EXTENSIONS.get(extension) or _EXTENSIONS.get(extension.lower(), "")


def language_of(dialect: str, content: bytes) -> str:
    """The language of a content of that dialect, or "" if it is none that is supported."""
    if dialect == SCRIPT:
        match = _SHEBANG.match(content, 0, 256)
        return _SHEBANGS.get(match[1].decode().rstrip("-"), "") if match else ""
    if dialect == HEADER:
        probe = _GUARDED_CPP.sub(b"", content[:_PROBE_BYTES])
        return "cpp" if _CPP.search(probe) else "c"
    return dialect if dialect in _MODULES else ""


def languages() -> tuple[str, ...]:
    """The names of all supported languages."""
    return tuple(_MODULES)


def module_of(language: str) -> str:
    """The rule file of a language in `languages/`."""
    return _MODULES[language]
