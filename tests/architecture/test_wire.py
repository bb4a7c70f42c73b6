"""The interface that the product started with never changes; what is added has numbers of its own."""

from __future__ import annotations

from pathlib import Path

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

from protos import code_index_pb2

SEED = Path(__file__).parents[1] / "e2e" / "seed.proto"


def seed_file(tmp_path: Path) -> descriptor_pb2.FileDescriptorProto:
    from importlib.resources import files

    (tmp_path / "seed.proto").write_text(SEED.read_text())
    out = tmp_path / "seed.bin"
    include = files("grpc_tools") / "_proto"
    assert protoc.main(["protoc", f"-I{tmp_path}", f"-I{include}", f"--descriptor_set_out={out}", "seed.proto"]) == 0
    return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file[0]


def fields(messages, prefix=""):
    """Every field, nested messages included: its name, number, type and label."""
    for message in messages:
        name = prefix + message.name
        for field in message.field:
            yield f"{name}.{field.name}", (field.number, field.type, field.label, field.type_name)
        yield from fields(message.nested_type, f"{name}.")


def test_every_field_and_method_of_the_seed_is_there_unchanged(tmp_path):
    seed = seed_file(tmp_path)
    ours = descriptor_pb2.FileDescriptorProto()
    code_index_pb2.DESCRIPTOR.CopyToProto(ours)
    assert ours.package == seed.package
    present = dict(fields(ours.message_type))
    for name, shape in fields(seed.message_type):
        assert present.get(name) == shape, name
    methods = {one.name: one.SerializeToString() for one in ours.service[0].method}
    for method in seed.service[0].method:
        assert methods[method.name] == method.SerializeToString(), method.name
