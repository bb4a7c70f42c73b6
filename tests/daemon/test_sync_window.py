"""What a stream still owes: contents in a window of bytes, acknowledgements in order."""

from __future__ import annotations

from grpc_backend.rpc.sync_window import Acknowledgements, ContentWindow, DigestsAsked


def test_the_window_bounds_what_is_asked_for():
    window = ContentWindow(100)
    window.want(["a", "b", "c", "d"], urgent=False)
    assert window.next(lambda _path: 60) == ["a", "b"]
    assert window.next(lambda _path: 60) == []
    window.answered("a")
    assert window.next(lambda _path: 60) == ["c"]
    assert sorted(window.owed()) == ["b", "c", "d"]


def test_a_content_larger_than_the_window_is_asked_for_alone():
    window = ContentWindow(100)
    window.want(["huge", "small"], urgent=False)
    assert window.next({"huge": 1000, "small": 1}.get) == ["huge"]
    window.answered("huge")
    assert window.next({"huge": 1000, "small": 1}.get) == ["small"]


def test_what_is_not_urgent_is_asked_for_when_a_quarter_of_the_window_is_free():
    window = ContentWindow(100)
    window.want("abcdefgh", urgent=False)
    assert window.next(lambda _path: 20) == ["a", "b", "c", "d", "e"]
    window.answered("a")
    assert window.next(lambda _path: 20) == []
    window.want(["edit"], urgent=True)
    assert window.next(lambda _path: 20) == ["edit"]
    for path in ("b", "edit"):
        window.answered(path)
    assert window.next(lambda _path: 20) == ["f", "g"]


def test_urgent_contents_go_first_and_unwanted_ones_are_dropped():
    window = ContentWindow(100)
    window.want(["bulk", "stale"], urgent=False)
    window.want(["edit"], urgent=True)
    assert window.next({"bulk": 1, "edit": 1}.get) == ["edit", "bulk"]
    assert window.owed() == ["edit", "bulk"]


def test_what_changes_while_it_is_asked_for_is_asked_for_again():
    window = ContentWindow(100)
    window.want(["edited"], urgent=False)
    assert window.next(lambda _path: 1) == ["edited"]
    window.want(["edited"], urgent=True)
    assert window.next(lambda _path: 1) == []
    window.answered("edited")
    assert window.next(lambda _path: 1) == ["edited"]


def test_deltas_are_acknowledged_in_order_once_all_their_paths_are_settled():
    acks = Acknowledgements()
    acks.expect(1, {"a", "b"})
    acks.expect(2, {"c"})
    unsettled = {"a", "c"}
    assert not acks.advance(unsettled.__contains__)
    unsettled.discard("c")
    assert not acks.advance(unsettled.__contains__)
    unsettled.discard("a")
    assert acks.advance(unsettled.__contains__)
    assert acks.sequence == 2


def test_a_digest_is_answered_when_it_was_as_often_as_it_was_asked_for():
    digests = DigestsAsked()
    digests.ask(["a", "b"])
    digests.ask(["a"])
    assert digests.answered(["a", "b", "not asked for"]) == ["b"]
    assert digests.answered(["a"]) == ["a"]
    assert digests.answered(["a"]) == []
