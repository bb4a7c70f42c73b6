"""The values that every floor of the daemon speaks of.

Lines are 1-based, columns are 0-based UTF-8 bytes, paths are relative to the
workspace with '/' between parts, digests are the 32 bytes of a sha256.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

# LSP's SymbolKind names in lower case, in LSP's order (value = index + 1).
KINDS: Final = (
    "file", "module", "namespace", "package", "class", "method", "property", "field",
    "constructor", "enum", "interface", "function", "variable", "constant", "string",
    "number", "boolean", "array", "object", "key", "null", "enum_member", "struct",
    "event", "operator", "type_parameter",
)  # fmt: skip
KIND_NUMBER: Final = {kind: number for number, kind in enumerate(KINDS)}


class Role(IntEnum):
    """How a name is used where it occurs."""

    READ = 0
    CALL = 1
    TYPE = 2
    IMPORT = 3
    INHERIT = 4
    DECORATOR = 5
    WRITE = 6


class ContentKey(Struct, frozen=True, array_like=True, gc=False):
    """What an extraction depends on, besides the extractor's version.

    `dialect` is what the path alone tells of the language: a language's name,
    or a family that the content decides (see `extract.detect`).
    """

    digest: bytes
    dialect: str


class Symbol(Struct, frozen=True, array_like=True, gc=False):
    """One definition.

    `line`/`column` are those of the name; `start_*`/`end_*` enclose the whole
    definition with its decorators, without its leading comment (`end_column` is exclusive).
    `parent` is the index of the enclosing symbol in its file's list, or -1.
    `ordinal` is 1 for the first symbol of that qualified name in the file, 2 for the second…
    `modifiers` are lower-case words: async, static, abstract, test, private, exported…
    `bases` are the base types as written; `alias_of` is what a type alias or re-export names.
    `doc` is the first sentence of the documentation, `documentation` all of it if there is more.
    """

    name: str
    qualified_name: str
    kind: str
    line: int
    column: int
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    signature: str
    doc: str = ""
    parent: int = -1
    ordinal: int = 1
    modifiers: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    alias_of: str = ""
    documentation: str = ""


class Occurrence(Struct, frozen=True, array_like=True, gc=False):
    """One use of a name. `enclosing` is the index of the symbol it stands in, or -1."""

    role: int
    line: int
    column: int
    enclosing: int = -1
    receiver: str = ""


class Import(Struct, frozen=True, array_like=True, gc=False):
    """One imported module or one name out of it.

    `from ..a import b as c` is Import(module="a", name="b", alias="c", level=2);
    `name` is "*" for a star import and empty when the module itself is bound.
    """

    line: int
    module: str
    name: str = ""
    alias: str = ""
    level: int = 0


class Extraction(Struct, frozen=True, array_like=True):
    """All that one content says.

    `occurrences` maps a name to its uses as `packing` keeps them: packed where they are made, since storage
    keeps them as they are. `layout` is the rest of what makes an Occurrence of each.
    `problem` is empty, or a stable word why nothing was extracted: binary,
    minified, timeout, crashed, unsupported. `warnings` tell what did not
    prevent extraction: invalid_utf8, syntax_errors, capped (a data file has more keys than are kept).
    """

    language: str
    symbols: tuple[Symbol, ...] = ()
    occurrences: dict[str, bytes] = {}
    imports: tuple[Import, ...] = ()
    problem: str = ""
    warnings: tuple[str, ...] = ()
    layout: bytes = b""


class FileState(Struct, frozen=True, array_like=True, gc=False):
    """A file of a workspace as its client last saw it.

    `digest` is empty for a file that was not read; then `problem` says why:
    too_large, binary, unreadable, … (`detail` is for people).
    """

    path: str
    size: int = 0
    mtime_ns: int = 0
    inode: int = 0
    digest: bytes = b""
    dialect: str = ""
    problem: str = ""
    detail: str = ""

    @property
    def key(self) -> ContentKey:
        """The content that this file holds."""
        return ContentKey(self.digest, self.dialect)


class Freshness(Struct, frozen=True):
    """How much of a workspace an answer covers. `complete`: all of it, as it is now.

    `steps`: how many commits had begun in this daemon by then.
    """

    generation: int = 0
    indexed_files: int = 0
    total_files: int = 0
    pending_files: int = 0
    failed_files: int = 0
    complete: bool = False
    steps: int = 0

    def without(self, files: int) -> Freshness:
        """What an answer covers that lacks some of the indexed files."""
        if not files:
            return self
        indexed, pending = max(self.indexed_files - files, 0), self.pending_files + files
        return replace(self, indexed_files=indexed, pending_files=pending, complete=False)


class Located(Struct, frozen=True):
    """A symbol where it stands. `uses`: the number of contents that refer to its name.

    `unsaved`: out of the text of an open document that is not what the index has of the file. `workspace`: where it
    stands, in an answer across several; else empty.
    """

    path: str
    language: str
    digest: bytes
    symbol: Symbol
    uses: int = 0
    unsaved: bool = False
    workspace: str = ""

    @property
    def id(self) -> str:
        """path#Qualified.name, with ~2 for the second of that name."""
        suffix = f"~{self.symbol.ordinal}" if self.symbol.ordinal > 1 else ""
        return f"{self.path}#{self.symbol.qualified_name}{suffix}"


class Reference(Struct, frozen=True):
    """One use of a name, where it stands. `enclosing_id` is empty at the file's top level."""

    path: str
    occurrence: Occurrence
    enclosing_id: str = ""
    name: str = ""
