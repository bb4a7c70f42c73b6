"""Clang's parser, through libclang: what it says of a file of C or C++.

Needs `pip install libclang` (in a folder of its own: `pip install --target DIR libclang`, then `PYTHONPATH=DIR`), and
a compiler's headers. Files are parsed as they stand, without their build's options (see `headers.py`; `CPATH` may
name more folders).

A file in which Clang reports an error is not in the answer: what it makes of an unknown type or macro is a guess. Three
errors leave the rest of what it says true, and cost nothing but themselves: a header that is missing (types and macros
that it should have declared are errors of their own where they are used), errors inside of headers, and what is wrong
inside a function's body, as long as the function ends where it should: that body counts as `unseen`.

Counted: functions, methods and prototypes, global variables and `extern` ones, fields, enumerators, classes, structs,
unions and enums with a body and a name (local ones too), typedefs, aliases, namespaces, concepts, macros. Not counted:
parameters, what is local to a function but no type, types that are only announced (`struct s;`), friends that are only
named, and what does not stand in the file in letters (made by a macro).

Clang sees only the taken branches of `#if`. Lines of the others are `unseen`: what we find there counts neither way.
So are lines where macro calls define what their text does not spell.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clang import cindex
from clang.cindex import CursorKind as Kind
from clang.cindex import TranslationUnit

from tests.truth.definition import Definition
from tests.truth.oracles.headers import Headers

TYPES: Final = {
    Kind.STRUCT_DECL: "struct",
    Kind.UNION_DECL: "struct",
    Kind.ENUM_DECL: "enum",
    Kind.CLASS_DECL: "class",
    Kind.CLASS_TEMPLATE: "class",
    Kind.CLASS_TEMPLATE_PARTIAL_SPECIALIZATION: "class",
}
FUNCTIONS: Final = {
    Kind.FUNCTION_DECL: "function",
    Kind.FUNCTION_TEMPLATE: "function",
    Kind.CXX_METHOD: "method",
    Kind.CONSTRUCTOR: "constructor",
    Kind.DESTRUCTOR: "method",
    Kind.CONVERSION_FUNCTION: "method",
}
OTHERS: Final = {
    Kind.VAR_DECL: "variable",
    Kind.FIELD_DECL: "field",
    Kind.ENUM_CONSTANT_DECL: "enum_member",
    Kind.TYPEDEF_DECL: "class",
    Kind.TYPE_ALIAS_DECL: "class",
    Kind.TYPE_ALIAS_TEMPLATE_DECL: "class",
    Kind.NAMESPACE: "namespace",
    Kind.NAMESPACE_ALIAS: "namespace",
    Kind.CONCEPT_DECL: "class",
    Kind.MACRO_DEFINITION: "constant",
}
# What is looked into although it defines nothing itself.
CONTAINERS: Final = {Kind.LINKAGE_SPEC, Kind.UNEXPOSED_DECL, Kind.FRIEND_DECL}
LOCAL_TYPES: Final = {Kind.TYPEDEF_DECL, Kind.TYPE_ALIAS_DECL}
SPELLED: Final = re.compile(rb"(?:[\w\x80-\xff]|\\\r?\n)+|~")
# Errors after which a function may not end where its text says.
UNBALANCED: Final = re.compile(r"expected '\}'|extraneous|function definition is not allowed|unterminated")
OPTIONS: Final = (
    TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD | 0x200  # keep going after a header that is missing
)
# Headers seldom include all that they need.
OPTIONS_OF_CLANG: Final = ("-ferror-limit=0", "-w", "-includestddef.h", "-includestdint.h", "-includestdio.h")


def definitions(paths: list[Path], language: str, *options: str) -> dict[Path, list[Definition]]:
    """What Clang finds; `language` is its name for `-x`."""
    index = cindex.Index.create()
    found = {}
    for path in paths:
        arguments = [f"-x{language}", *OPTIONS_OF_CLANG, *options, *_HEADERS[-1].options(path.parent)]
        try:
            unit = index.parse(str(path), arguments, options=OPTIONS)
        except cindex.TranslationUnitLoadError:
            continue
        reader = _Reader(path, unit)
        known = list(reader.below(unit.cursor, local=False))
        if all(map(reader.forgives, unit.diagnostics)):
            found[path] = known
            _UNSEEN[path] = reader.unseen
    return found


_UNSEEN: Final[dict[Path, set[int]]] = {}
# Those of the project that is read now.
_HEADERS: Final[list[Headers]] = []


def prepare(project: Path) -> None:
    """Find out where the project's headers are."""
    _HEADERS[:] = [Headers(project)]


def unseen(path: Path) -> set[int]:
    """The lines of which Clang says nothing."""
    return _UNSEEN[path]


class _Reader:
    """Goes through one file's declarations."""

    def __init__(self, path: Path, unit: TranslationUnit) -> None:
        self._path = str(path)
        self._text = path.read_bytes()
        # Comparing handles is what makes it fast: most of what Clang tells stands in headers.
        self._file = ctypes.addressof(unit.get_file(self._path).from_param().contents)
        self._seen: set[tuple[int, str]] = set()
        self._bodies: list[tuple[int, int]] = []
        self._calls: dict[int, int] = {}
        lines: set[int] = set()
        for start, end in _skipped(unit, self._path):
            lines.update(range(start, end + 1))
        self.unseen = lines

    def below(self, owner: cindex.Cursor, *, local: bool) -> Iterator[Definition]:
        """What is defined in there; `local`: inside a function."""
        for cursor in owner.get_children():
            kind = cursor.kind
            if not self._is_here(cursor):
                continue
            if kind == Kind.MACRO_INSTANTIATION:
                self._calls[cursor.location.offset] = cursor.extent.end.line
            elif kind in TYPES:
                if cursor.is_definition() and self._has_body(cursor):
                    yield from self._named(cursor, TYPES[kind])
                    yield from self.below(cursor, local=False)
            elif kind in FUNCTIONS:
                if not local and (owner.kind != Kind.FRIEND_DECL or cursor.is_definition()):
                    yield from self._named(cursor, FUNCTIONS[kind])
                self._note_body(cursor)
                yield from self.below(cursor, local=True)
            elif kind in OTHERS:
                if not local or kind in LOCAL_TYPES:
                    yield from self._named(cursor, OTHERS[kind])
                yield from self.below(cursor, local=local or kind == Kind.VAR_DECL)
            elif kind in CONTAINERS or not kind.is_declaration():
                yield from self.below(cursor, local=local or not kind.is_declaration())

    def forgives(self, said: cindex.Diagnostic) -> bool:
        """Whether a diagnostic leaves what was found true; `below` has been through the file."""
        if said.severity < cindex.Diagnostic.Error or said.spelling.endswith("file not found"):
            return True
        place = said.location
        if place.file is None or place.file.name != self._path:
            return place.file is not None
        around = next((one for one in self._bodies if one[0] <= place.line <= one[1]), None)
        if around is None or UNBALANCED.search(said.spelling):
            return False
        self.unseen.update(range(around[0], around[1] + 1))
        return True

    def _has_body(self, cursor: cindex.Cursor) -> bool:
        """Not so where a template is only asked to be made for certain types: `template class C<int>;`."""
        extent = cursor.extent
        return b"{" in self._text[extent.start.offset : extent.end.offset]

    def _note_body(self, function: cindex.Cursor) -> None:
        for part in function.get_children():
            if part.kind == Kind.COMPOUND_STMT:
                self._bodies.append((part.extent.start.line, part.extent.end.line))

    def _is_here(self, cursor: cindex.Cursor) -> bool:
        """Whether it stands in the file; what a macro makes stands where the macro is called."""
        library, file = cindex.conf.lib, ctypes.pointer(ctypes.c_void_p())
        place = library.clang_getCursorLocation(cursor)
        library.clang_getInstantiationLocation(place, ctypes.byref(file), None, None, None)
        return bool(file) and ctypes.addressof(file.contents) == self._file

    def _named(self, cursor: cindex.Cursor, kind: str) -> Iterator[Definition]:
        """One definition, if its name stands in the text where Clang says."""
        name, place = (
            cursor.spelling.partition("<")[0] if not _is_operator(cursor) else cursor.spelling,
            cursor.location,
        )
        written = SPELLED.match(self._text, place.offset)
        if (written and written[0] == b"operator") and (
            "type-parameter" in name or cursor.kind == Kind.CONVERSION_FUNCTION
        ):
            # Clang has its own names for template parameters.
            name = self._text[place.offset :].partition(b"()")[0].decode(errors="replace").strip()
        spelled = written[0].replace(b"\\\n", b"").decode(errors="replace") if written else ""
        is_there = name.startswith(("operator", "~")) and name.startswith(spelled) and spelled
        if name and (spelled == name or is_there) and (place.offset, name) not in self._seen:
            self._seen.add((place.offset, name))
            yield Definition(name, place.line, kind)
        elif name and not is_there and spelled != name:
            self.unseen.update(range(place.line, self._calls.get(place.offset, place.line) + 1))


def _is_operator(cursor: cindex.Cursor) -> bool:
    return cursor.spelling.startswith("operator") and not cursor.spelling[8:9].isidentifier()


def _skipped(unit: TranslationUnit, path: str) -> Iterator[tuple[int, int]]:
    """First and last line of what the preprocessor left out."""
    get = cindex.conf.lib.clang_getSkippedRanges
    get.argtypes, get.restype = [cindex.TranslationUnit, cindex.File], ctypes.POINTER(_RangeList)
    ranges = get(unit, unit.get_file(path)).contents
    for index in range(ranges.count):
        yield ranges.ranges[index].start.line, ranges.ranges[index].end.line


class _RangeList(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint), ("ranges", ctypes.POINTER(cindex.SourceRange)))
