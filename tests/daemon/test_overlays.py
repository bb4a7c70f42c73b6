"""Who has what open, and whose text counts."""

from __future__ import annotations

import asyncio

import pytest

from grpc_backend.index.ingest import Ingest
from grpc_backend.index.overlays import Edit, Overlays
from grpc_backend.index.workspace import Workspace
from grpc_backend.model import Extraction, FileState, Symbol
from grpc_backend.storage.layered import Layer


def extracted(text: bytes, problem: str = "") -> Extraction:
    name = text.decode()
    return Extraction("python", (Symbol(name, name, "function", 1, 0, 1, 0, 1, 1, ""),), problem=problem)


def finish(edit: Edit, problem: str = "") -> None:
    """What the workers do, at once."""
    number, key, text = edit.opened.latest()
    edit.opened.show(number, key, text, extracted(text, problem))


def opened(overlays: Overlays, stream: str, text: bytes, path: str = "a.py") -> Edit:
    edit = overlays.edit(stream, path, "python", text)
    finish(edit)
    return edit


def texts(layer: Layer) -> dict[str, bytes]:
    return {path: one.text for path, one in layer.documents.items()}


@pytest.fixture
def overlays():
    return Overlays()


def test_the_most_recent_edit_wins_and_the_others_text_is_back_when_it_goes(overlays):
    opened(overlays, "one", b"first")
    opened(overlays, "two", b"second")
    assert texts(overlays.layer({})) == {"a.py": b"second"}
    opened(overlays, "one", b"third")
    assert texts(overlays.layer({})) == {"a.py": b"third"}
    overlays.close("one", "a.py")
    assert texts(overlays.layer({})) == {"a.py": b"second"}
    overlays.leave("two")
    assert texts(overlays.layer({})) == {}


def test_a_stream_that_ends_takes_only_its_own_with_it(overlays):
    opened(overlays, "one", b"mine")
    opened(overlays, "one", b"shared", "b.py")
    opened(overlays, "two", b"yours", "b.py")
    overlays.leave("one")
    assert texts(overlays.layer({})) == {"b.py": b"yours"}
    overlays.leave("never there")
    overlays.close("two", "never/open.py")
    assert texts(overlays.layer({})) == {"b.py": b"yours"}


def test_what_is_being_extracted_is_pending_and_what_was_there_before_is_shown(overlays):
    opened(overlays, "one", b"first")
    edit = overlays.edit("two", "a.py", "python", b"second")
    assert not edit.settled()
    assert overlays.pending() == ["a.py"]
    assert texts(overlays.layer({})) == {"a.py": b"first"}
    finish(edit)
    assert edit.settled()
    assert overlays.pending() == []
    assert texts(overlays.layer({})) == {"a.py": b"second"}


def test_an_edit_is_settled_by_any_later_one_and_by_closing(overlays):
    first = overlays.edit("one", "a.py", "python", b"first")
    second = overlays.edit("one", "a.py", "python", b"second")
    finish(second)
    assert first.settled()
    assert second.settled()
    third = overlays.edit("one", "a.py", "python", b"third")
    overlays.close("one", "a.py")
    assert third.settled()


def test_a_text_that_is_what_the_index_has_of_the_file_is_no_overlay(overlays):
    edit = opened(overlays, "one", b"saved")
    file = FileState("a.py", digest=edit.opened.document.key.digest, dialect="python")
    assert texts(overlays.layer({"a.py": file})) == {}
    assert texts(overlays.layer({"a.py": FileState("a.py", digest=b"x" * 32, dialect="python")})) == {"a.py": b"saved"}


def test_a_layer_is_the_same_until_something_changes(overlays):
    opened(overlays, "one", b"first")
    layer = overlays.layer({})
    assert overlays.layer({}) is layer
    opened(overlays, "one", b"second")
    assert overlays.layer({}) is not layer
    assert texts(layer) == {"a.py": b"first"}


def test_freshness_counts_what_is_open():
    on_disk = [
        FileState("a.py", digest=b"d" * 32, dialect="python"),
        FileState("big.py", dialect="python", problem="too_large"),
    ]
    workspace = Workspace("w", 3, on_disk)

    def counted():
        fresh = workspace.freshness()
        return (fresh.indexed_files, fresh.total_files, fresh.pending_files, fresh.failed_files, fresh.complete)

    assert counted() == (1, 1, 0, 0, True)
    changed = workspace.overlays.edit("one", "a.py", "python", b"changed")
    assert counted() == (0, 1, 1, 0, False)
    new = workspace.overlays.edit("one", "new.py", "python", b"new")
    assert counted() == (0, 2, 2, 0, False)
    finish(changed)
    finish(new)
    assert counted() == (2, 2, 0, 0, True)
    opened(workspace.overlays, "one", b"large", "big.py")
    assert counted() == (3, 3, 0, 0, True)
    finish(workspace.overlays.edit("one", "new.py", "python", b"worse"), "timeout")
    assert counted() == (2, 3, 0, 1, True)
    assert sorted(workspace.paths()) == ["a.py", "big.py", "new.py"]
    workspace.overlays.leave("one")
    assert counted() == (1, 1, 0, 0, True)


class Workers:
    """Extracts when told to."""

    def __init__(self, loop):
        self.asked = []
        self.loop = loop

    def extract(self, _key, content, _priority):
        self.asked.append((content, self.loop.create_future()))
        return self.asked[-1][1]

    def answer(self):
        content, done = self.asked[-1]
        done.set_result(extracted(content))


async def test_what_is_typed_while_a_text_is_extracted_is_passed_over_but_for_the_last():
    workers = Workers(asyncio.get_running_loop())
    ingest = Ingest(None, workers, None, None)
    workspace = Workspace("w", 0, [])
    edits = [ingest.edit(workspace, "one", "a.py", b"v1")]
    following = asyncio.create_task(ingest.follow(workspace, edits[0].opened))
    await asyncio.sleep(0)
    edits += [ingest.edit(workspace, "one", "a.py", b"v%d" % number) for number in range(2, 100)]
    workers.answer()
    await workspace.wait_until(edits[0].settled)
    assert not edits[1].settled()
    await asyncio.sleep(0)
    workers.answer()
    await following
    assert [content for content, _ in workers.asked] == [b"v1", b"v99"]
    assert all(edit.settled() for edit in edits)
    assert texts(workspace.layer()) == {"a.py": b"v99"}


def test_an_unsupported_document_is_passed_over():
    ingest = Ingest(None, None, None, None)
    workspace = Workspace("w", 0, [])
    assert ingest.edit(workspace, "one", "notes.txt", b"words") is None
    assert workspace.overlays.pending() == []
