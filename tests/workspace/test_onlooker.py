"""What a bridge that does not lead notices in the files of an answer."""

from __future__ import annotations

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.onlooker import Onlooker
from bridge.workspace.stream import SyncStream
from protos import code_index_pb2 as pb
from tests.workspace.conftest import LIMIT_BYTES, grow


async def test_a_file_that_is_gone_once_more_is_news_once_more(tmp_path):
    """Whoever leads has told in between that it was back, of which an onlooker knows nothing."""
    root = grow(tmp_path / "root", {"a.py": "a"})
    stream = SyncStream(None, WorkspaceFilter(root), str(root), None, lambda _progress: None, lambda *_: None)
    onlooker = Onlooker(root, stream, pb.Welcome(max_file_bytes=LIMIT_BYTES))
    (root / "a.py").unlink()
    assert await onlooker.recheck(["a.py"], stream.sequence)
    (root / "a.py").write_text("a")
    (root / "a.py").unlink()
    assert await onlooker.recheck(["a.py"], stream.sequence)


async def test_a_file_that_is_as_it_was_told_is_no_news(tmp_path):
    root = grow(tmp_path / "root", {"a.py": "a"})
    stream = SyncStream(None, WorkspaceFilter(root), str(root), None, lambda _progress: None, lambda *_: None)
    onlooker = Onlooker(root, stream, pb.Welcome(max_file_bytes=LIMIT_BYTES))
    assert await onlooker.recheck(["a.py"], stream.sequence)
    assert not await onlooker.recheck(["a.py"], stream.sequence)


async def test_what_was_told_after_a_question_is_news_to_its_answer(tmp_path):
    root = grow(tmp_path / "root", {"a.py": "a"})
    stream = SyncStream(None, WorkspaceFilter(root), str(root), None, lambda _progress: None, lambda *_: None)
    onlooker = Onlooker(root, stream, pb.Welcome(max_file_bytes=LIMIT_BYTES))
    asked_at = stream.sequence
    assert await onlooker.recheck(["a.py"], stream.sequence)
    assert (await onlooker.recheck(["a.py"], asked_at)).outdated == {"a.py"}
