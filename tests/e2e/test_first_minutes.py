"""While much is not indexed yet: what is asked for is there at once, and what is said of the rest is true."""

from __future__ import annotations

import os

import pytest

from bridge.session import Session
from protos import code_index_pb2 as pb
from tests.conftest import codeindex
from tests.e2e.mcp_client import ask, connected

FILES = 3000
BLOCK = "\n".join(f"    def method_{number}(self, value):\n        return self.call(value)\n" for number in range(20))


@pytest.fixture
def large(tmp_path):
    """A tree that takes some seconds to index. Its last folder, which is indexed last, has what is asked for."""
    root = tmp_path / "large"
    for number in range(FILES):
        file = root / f"part_{number // 100:02}" / f"file_{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"class Kind_{number}:\n{BLOCK}\n")
    (root / "tests").mkdir()
    (root / "tests/test_last.py").write_text("def wanted_by_name():\n    pass\n")
    (root / "tests/test_use.py").write_text("def uses_it():\n    wanted_by_name()\n    wanted_by_name()\n")
    return root


async def test_the_first_answer_has_what_is_asked_for_and_covers_all_that_matters(home, large):
    async with connected(home, large) as client:
        answer = await ask(client, "find_definition", symbol="wanted_by_name")
        assert [one["path"] for one in answer["symbols"]] == ["tests/test_last.py"]
        assert answer["freshness"]["indexed_files"] < FILES
        answer = await ask(client, "find_references", symbol="wanted_by_name")
        assert {one["path"] for one in answer["references"]} == {"tests/test_use.py"}
        answer = await ask(client, "search_symbols", query="kind:function wanted_by_name")
        assert answer["symbols"][0]["path"] == "tests/test_last.py"
        answer = await ask(client, "outline", path="part_29/file_2999.py")
        assert answer["symbols"][0]["name"] == "Kind_2999"


async def test_a_client_that_does_not_watch_is_helped_as_well(home, large):
    leader, follower = Session(home, [large]), Session(home, [large])
    try:
        leader.start()
        (leading,) = await leader.workspaces()
        await leading.client.status(pb.GetStatusRequest(workspace=True, require=await leading.requirement()))
        follower.start()
        (following,) = await follower.workspaces()
        found: list[pb.Symbol] = []
        while not found:
            request = pb.FindDefinitionRequest(symbol="wanted_by_name", require=await following.requirement())
            answer = await following.client.find_definition(request)
            found = list(answer.symbols)
        assert [one.path for one in found] == ["tests/test_last.py"]
        assert answer.freshness.indexed_files < FILES // 2  # by itself it comes last
    finally:
        await follower.close()
        await leader.close()


async def test_an_answer_about_one_name_is_complete_once_all_that_is_to_come_was_looked_at(home, large):
    async with connected(home, large) as client:
        early = 0
        while True:
            answer = await ask(client, "find_definition", symbol="wanted_by_name")
            nowhere = await ask(client, "find_definition", symbol="wanted_by_nobody")
            if answer["freshness"]["complete"]:
                assert [one["path"] for one in answer["symbols"]] == ["tests/test_last.py"]
            assert nowhere["symbols"] == []
            if nowhere["freshness"]["complete"] and not nowhere["freshness"]["pending_files"]:
                break
            early += nowhere["freshness"]["complete"]
        assert early, "no answer was complete before the whole index was"


async def test_a_first_answer_after_a_start_is_not_older_than_the_files_in_it(home, large):
    """What was changed while nobody looked is in the first answer, however long the comparison with the disk takes."""
    assert codeindex(home, "index", "--workspace", str(large)).returncode == 0
    assert codeindex(home, "stop").returncode == 0
    stamp = (large / "part_00/file_1.py").stat()
    (large / "part_00/file_1.py").write_text("def came_instead(): pass\n")
    os.utime(large / "part_00/file_1.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    (large / "part_00/file_2.py").unlink()
    async with connected(home, large) as client:
        answer = await ask(client, "search_symbols", query='"Kind_1"')
        assert answer["symbols"] == []
        answer = await ask(client, "search_symbols", query='"Kind_2"')
        assert answer["symbols"] == []
        answer = await ask(client, "search_symbols", query='"Kind_3"')
        assert [one["path"] for one in answer["symbols"]] == ["part_00/file_3.py"]
