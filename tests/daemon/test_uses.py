"""Which uses a question asks for: of a name, of some roles, within a file or a symbol."""

from __future__ import annotations

import pytest

from grpc_backend.errors import InvalidRequest, NotFound
from grpc_backend.index.questions import Uses, find_references
from grpc_backend.model import Role
from grpc_backend.rpc.wire import uses_from
from grpc_backend.storage.engine import Commit
from grpc_backend.storage.memory import MemoryEngine
from protos import code_index_pb2 as pb
from tests.storage.samples import extraction, file, key, symbol, uses

TWO = extraction(
    symbol("first", line=1),
    symbol("second", line=4),
    load=uses((1, 0), (4, 1), (5, 1), (9, -1)),
    Base=uses((4, 1), role=Role.INHERIT),
)


@pytest.fixture
def engine():
    made = MemoryEngine()
    made.commit(Commit("w", [(key("two"), TWO)], [file("a.py", key("two")), file("b.py", key("two"))]))
    return made


def found(engine, wanted: Uses, limit: int = 100):
    uses, roles = find_references(engine, "w", wanted, limit)
    return [(use.path, use.name, use.occurrence.line) for use in uses], sum(roles.values())


def test_within_a_file_or_a_symbol(engine):
    assert found(engine, Uses("load", within="a.py")) == ([("a.py", "load", line) for line in (1, 4, 5, 9)], 4)
    assert found(engine, Uses("", within="a.py#first")) == ([("a.py", "load", 1)], 1)
    inherit = frozenset({int(Role.INHERIT)})
    assert found(engine, Uses("", within="b.py#second", roles=inherit)) == ([("b.py", "Base", 4)], 1)
    assert found(engine, Uses("load", within="a.py"), limit=1) == ([("a.py", "load", 1)], 4)


def test_by_role(engine):
    assert found(engine, Uses("Base", roles=frozenset({int(Role.CALL)}))) == ([], 0)
    assert found(engine, Uses("Base", roles=frozenset({int(Role.INHERIT)})))[1] == 2


def test_what_cannot_be_understood(engine):
    with pytest.raises(InvalidRequest):
        found(engine, Uses(""))
    with pytest.raises(NotFound):
        found(engine, Uses("", within="a.py#third"))
    with pytest.raises(InvalidRequest, match="unknown role 'eats'"):
        uses_from(pb.FindReferencesRequest(symbol="x", roles=["eats"]))
