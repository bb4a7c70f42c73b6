"""protoc (from grpcio-tools): its descriptors with source_code_info.

Counted: packages, messages, fields (those of groups, which protoc makes up, left out), oneofs (those of `optional` left
out), enums and their values, services, methods, extensions. A file is compiled where it lies, imports are looked for
from every folder above it and in what grpcio-tools brings; one that protoc rejects is not in the answer.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)
from grpc_tools import protoc

from tests.truth.definition import Definition

STANDARD = str(files("grpc_tools") / "_proto")
Path_ = tuple[int, ...]
Found = Iterator[tuple[str, str, Path_]]


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    found = {}
    for path in paths:
        descriptor = _compiled(path)
        if descriptor is not None:
            lines = {tuple(one.path): one.span[0] + 1 for one in descriptor.source_code_info.location}
            text = path.read_text(errors="replace").splitlines()
            found[path] = [
                Definition(name, _line_of(name, lines[where], text), kind) for kind, name, where in _all(descriptor)
            ]
    return found


def _compiled(path: Path) -> FileDescriptorProto | None:
    """The file's descriptor, with the nearest folder above it that makes its imports found as the root."""
    folder = path.resolve().parent
    with tempfile.NamedTemporaryFile() as out, _silenced():
        for root in [folder, *list(folder.parents)[:8]]:
            arguments = [
                "protoc", f"-I{root}", f"-I{STANDARD}", "--include_source_info",
                f"--descriptor_set_out={out.name}", str(path.resolve()),
            ]  # fmt: skip
            if protoc.main(arguments) == 0:
                return FileDescriptorSet.FromString(Path(out.name).read_bytes()).file[0]
    return None


@contextmanager
def _silenced() -> Iterator[None]:
    """What the compiler says of a wrong root goes nowhere; it writes past Python."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _line_of(name: str, line: int, text: list[str]) -> int:
    """The line of the name: a definition's own starts at its first word, the name may come later."""
    while line < len(text) and name not in text[line - 1]:
        line += 1
    return line


def _all(file: FileDescriptorProto) -> Found:
    if file.package:
        yield "package", file.package, (2,)
    for index, message in enumerate(file.message_type):
        yield from _message(message, (4, index))
    for index, enum in enumerate(file.enum_type):
        yield from _enum(enum, (5, index))
    for index, service in enumerate(file.service):
        yield from _service(service, (6, index))
    for index, extension in enumerate(file.extension):
        yield from _field(extension, (7, index))


def _message(message: DescriptorProto, where: Path_) -> Found:
    if message.options.map_entry:
        return
    yield "struct", message.name, where
    for index, field in enumerate(message.field):
        yield from _field(field, (*where, 2, index))
    for index, inner in enumerate(message.nested_type):
        yield from _message(inner, (*where, 3, index))
    for index, enum in enumerate(message.enum_type):
        yield from _enum(enum, (*where, 4, index))
    for index, extension in enumerate(message.extension):
        yield from _field(extension, (*where, 6, index))
    made_up = {field.oneof_index for field in message.field if field.proto3_optional}
    for index, oneof in enumerate(message.oneof_decl):
        if index not in made_up:
            yield "oneof", oneof.name, (*where, 8, index)


def _field(field: FieldDescriptorProto, where: Path_) -> Found:
    if field.type != FieldDescriptorProto.TYPE_GROUP:
        yield "extension" if field.extendee else "field", field.name, where


def _enum(enum: EnumDescriptorProto, where: Path_) -> Found:
    yield "enum", enum.name, where
    for index, value in enumerate(enum.value):
        yield "enum_member", value.name, (*where, 2, index)


def _service(service: ServiceDescriptorProto, where: Path_) -> Found:
    yield "interface", service.name, where
    for index, method in enumerate(service.method):
        yield "method", method.name, (*where, 2, index)
