"""What a question is about."""

from __future__ import annotations

import pytest

from bridge.daemon.subjects import NOTHING, Subject, subject_of
from protos import code_index_pb2 as pb

EXT4 = ("entry", "ext", "find")


@pytest.mark.parametrize(
    ("request_", "subject"),
    [
        (pb.FindDefinitionRequest(symbol="ext4_find_entry"), Subject("ext4_find_entry", EXT4, exact=True)),
        (pb.FindDefinitionRequest(symbol="QuerySet.filter"), Subject("filter", ("filter", "query", "set"), exact=True)),
        (pb.FindDefinitionRequest(symbol="a/b.py#A.run~2"), Subject("run", ("run",), path="a/b.py")),
        (pb.FindDefinitionRequest(symbol="name="), Subject("name", ("name",))),
        (pb.FindDefinitionRequest(symbol="größe"), Subject("größe", ())),
        (pb.FindDefinitionRequest(path="a/b.py", line=3), Subject(path="a/b.py")),
        (pb.FindReferencesRequest(symbol="run"), Subject("run", ("run",), exact=True, everywhere=True)),
        (pb.FindReferencesRequest(within="a/b.py#run"), Subject("run", ("run",), path="a/b.py", everywhere=True)),
        (pb.SearchRequest(query="kind:class getUserById"), Subject("getUserById", ("get", "user"))),
        (pb.SearchRequest(query='"get"'), Subject("get", ("get",))),
        (pb.SearchRequest(query="user config parse"), NOTHING),
        (pb.GetSymbolRequest(id="a/b.py#A"), Subject("A", (), path="a/b.py")),
        (pb.OutlineRequest(path="a/b.py"), Subject(path="a/b.py")),
        (pb.OverviewRequest(path="a"), NOTHING),
        (pb.GetStatusRequest(), NOTHING),
    ],
)
def test_subject_of(request_, subject):
    assert subject_of(request_) == subject
