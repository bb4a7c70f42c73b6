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
    Language("c", "c"),
    Language("cpp", "cc cpp cxx c++ C hpp hh hxx h++ ipp tpp inl txx tcc cppm ixx cu cuh"),
    Language("rust", "rs"),
    Language("java", "java"),
    Language(
        "ruby",
        "rb rake gemspec ru rbw podspec jbuilder thor",
        "Rakefile Gemfile Vagrantfile Podfile Guardfile Capfile Brewfile Fastfile Appraisals Berksfile Thorfile .irbrc",
        "ruby jruby rake",
    ),
    Language("php", "php phtml php3 php4 php5 php7 phps phpt", shebangs="php"),
    Language("perl", "pm psgi", "cpanfile", "perl"),
    Language("lua", "lua rockspec", ".luacheckrc .busted", "lua luajit texlua"),
    Language(
        "bash",
        "sh bash zsh ksh bats ebuild eclass",
        ".bashrc .bash_profile .bash_aliases .bash_login .bash_logout .profile .zshrc .zshenv .zprofile .zlogin .kshrc "
        "PKGBUILD APKBUILD",
        "sh bash zsh ksh dash ash mksh bats",
    ),
    Language("elixir", "ex exs", shebangs="elixir"),
    Language("haskell", "hs hs-boot hsc", shebangs="runhaskell runghc stack"),
    Language("ocaml", "ml", shebangs="ocaml"),
    Language("ocaml_interface", "mli", module="ocaml"),
    Language("zig", "zig"),
    Language("sql", "sql ddl psql pgsql plsql pls pks pkb"),
    Language("csharp", "cs csx", shebangs="dotnet-script"),
    Language("kotlin", "kt kts", shebangs="kotlin kotlinc"),
    Language("scala", "scala sc sbt", shebangs="scala scala-cli amm"),
    Language("swift", "swift", shebangs="swift"),
    Language("dart", "dart", shebangs="dart"),
    Language("hcl", "tf tfvars hcl nomad"),
    Language("protobuf", "proto protodevel"),
    Language("html", "html htm xhtml"),
    Language("css", "css"),
    Language("scss", "scss", module="css"),
    Language("less", "less", module="css"),
    Language("vue", "vue", module="components"),
    Language("svelte", "svelte", module="components"),
    Language("markdown", "md markdown mdx mkd mdown"),
    Language("json", "json jsonc json5 webmanifest code-workspace", ".babelrc .eslintrc .jshintrc .swcrc"),
    Language("yaml", "yaml yml", ".clang-format .clang-tidy .yamllint"),
    Language("toml", "toml", "Pipfile"),
)

# Families that the content decides: dialect → how its languages are told apart (`language_of`).
HEADER: Final = "header"
SCRIPT: Final = "script"
PERLISH: Final = "perlish"  # `.pl` may be Prolog, `.t` many a thing

_EXTENSIONS: Final = {extension: row.name for row in TABLE for extension in row.extensions.split()}
_EXTENSIONS["h"] = HEADER
_EXTENSIONS["pl"] = _EXTENSIONS["t"] = PERLISH
_PERL: Final = re.compile(
    rb"#!.*\bperl|^[ \t]*+(?:package[ \t]+[A-Z]\w|use[ \t]+[\w:.]++|require[ \t]+[\w:.'\"]++|sub[ \t]+\w"
    rb"|(?:my|our|local)[ \t(]+[$@%]|=(?:head\d|pod)\b|[$@%]\w+[ \t]*=)",
    re.MULTILINE,
)
# Lists of exact versions, written and read by package managers: as large as they are uninteresting.
_LOCK_FILES: Final = (
    "package-lock.json npm-shrinkwrap.json .package-lock.json packages.lock.json pnpm-lock.yaml conda-lock.yml"
)
_FILENAMES: Final = {
    **{name: row.name for row in TABLE for name in row.filenames.split()},
    **dict.fromkeys(_LOCK_FILES.split(), ""),
}
_SHEBANGS: Final = {name: row.name for row in TABLE for name in row.shebangs.split()}
_MODULES: Final = {row.name: row.module or row.name for row in TABLE}
_SHEBANG: Final = re.compile(rb"#![ \t]*(?:\S*/)?(?:env(?:[ \t]+-\S+|[ \t]+\w+=\S*)*[ \t]+(?:\S*/)?)?([A-Za-z+_-]+)")
# What is no C: a header with one of these at the start of a line is C++.
_CPP: Final = re.compile(
    rb"^[ \t]*+(?:class[ \t]+\w+|namespace\b|template[ \t]*<|using[ \t]+\w|(?:public|private|protected)[ \t]*:"
    rb"|(?:virtual|constexpr|explicit|friend|typename)\b|enum[ \t]+class\b|#[ \t]*include[ \t]*<\w+>)"
    rb"|\bstd::\w|\boperator[ \t]*(?:[-+*/=<>!]{1,2}|\[\]|\(\))[ \t]*\(",
    re.MULTILINE,
)
# Classes are C++ wherever they stand: read as C, a header that guards them for C's sake would lose them.
_CPP_CLASS: Final = re.compile(rb"^[ \t]*+class[ \t]++[\w \t]++(?::[^:;{}]*+)?\s*+\{", re.MULTILINE)
_COMMENT: Final = re.compile(rb"/\*.*?(?:\*/|\Z)|//[^\n]*+", re.DOTALL)
_OBJECTIVE_C: Final = re.compile(rb"^@(?:interface|protocol|class|end)\b", re.MULTILINE)
# Guarded C++ in a C header is C all the same.
_GUARDED_CPP: Final = re.compile(
    rb"^[ \t]*#[ \t]*if(?:def[ \t]+__cplusplus|[ \t(]+(?:defined[ \t(]+)?__cplusplus).*?^[ \t]*#[ \t]*(?:endif|else)",
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
    if dialect == PERLISH:
        return "perl" if _PERL.search(content[:_PROBE_BYTES]) else ""
    if dialect == HEADER:
        return _language_of_header(content[:_PROBE_BYTES])
    return dialect if dialect in _MODULES else ""


def _language_of_header(probe: bytes) -> str:
    if _OBJECTIVE_C.search(probe):
        return ""
    if not _CPP.search(probe):
        return "c"
    probe = _COMMENT.sub(b"", probe)  # what looks like C++ may be prose
    return "cpp" if _CPP_CLASS.search(probe) or _CPP.search(_GUARDED_CPP.sub(b"", probe)) else "c"


class Sources(Struct, frozen=True):
    """What `dialect_of` goes by, for clients that leave all other files out themselves."""

    extensions: tuple[str, ...]
    names: tuple[str, ...]
    other_names: tuple[str, ...]


def sources() -> Sources:
    """All extensions and names that are supported, and the names that are not whatever their extension."""
    named = {kind: tuple(sorted(one for one, row in _FILENAMES.items() if bool(row) is kind)) for kind in (True, False)}
    return Sources(tuple(sorted(_EXTENSIONS)), named[True], named[False])


def languages() -> tuple[str, ...]:
    """The names of all supported languages."""
    return tuple(_MODULES)


def module_of(language: str) -> str:
    """The rule file of a language in `languages/`."""
    return _MODULES[language]
