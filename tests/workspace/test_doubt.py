"""What an answer is that changed again and again while it was asked for."""

from __future__ import annotations

import pytest

from bridge.daemon import client as clients
from bridge.daemon.client import DaemonClient
from bridge.daemon.doubt import Doubt, cleared, files_of
from protos import code_index_pb2 as pb

FRESH = pb.Freshness(complete=True)
OLD, NEW, OPEN = pb.Symbol(path="old.py"), pb.Symbol(path="new.py"), pb.Symbol(path="old.py", unsaved=True)


class Link:
    shared = False

    async def channel(self):
        return None


class Restless:
    """Of whose root a file has changed whenever one looks."""

    def __init__(self, doubt):
        self._doubt = doubt

    async def recheck(self, _paths, _require):
        return self._doubt

    def mark(self, _freshness):
        pass


def shown(reply):
    if isinstance(reply, pb.SearchPage):
        return [hit.symbol.path for hit in reply.hits]
    return [one.path for one in (reply.symbols if isinstance(reply, pb.SymbolsReply) else reply.references)]


@pytest.mark.parametrize(
    "reply",
    [
        pb.SymbolsReply(symbols=[OLD, NEW, OLD], freshness=FRESH),
        pb.SearchPage(hits=[pb.Hit(symbol=OLD), pb.Hit(symbol=NEW)], freshness=FRESH),
        pb.FindReferencesReply(references=[pb.Reference(path="new.py"), pb.Reference(path="old.py")], freshness=FRESH),
    ],
    ids=lambda reply: type(reply).__name__,
)
@pytest.mark.parametrize(
    ("doubt", "expected"),
    [(Doubt(frozenset({"old.py"})), {"new.py"}), (Doubt(jumbled=True), {"new.py", "old.py"})],
)
async def test_the_last_answer_leaves_out_what_is_out_of_date(monkeypatch, reply, doubt, expected):
    asked = []

    async def attempt(_self, request, _ask):
        asked.append(request)
        answer = type(reply)()
        answer.CopyFrom(reply)
        return answer

    monkeypatch.setattr(DaemonClient, "_attempt", attempt)
    answer = await DaemonClient(Link(), "w", Restless(doubt)).find_definition(pb.FindDefinitionRequest())
    assert set(shown(answer)) == expected
    assert not answer.freshness.complete
    assert len(asked) == clients.MAX_LOOKS


async def test_what_is_open_unsaved_stands_before_its_file():
    assert files_of(pb.SymbolsReply(symbols=[OPEN, NEW])) == {"new.py"}
    answer = cleared(pb.SymbolsReply(symbols=[OPEN, OLD]), Doubt(frozenset({"old.py"})))
    assert list(answer.symbols) == [OPEN]


async def test_an_answer_that_is_not_complete_is_not_asked_for_until_the_disk_is_still(monkeypatch):
    asked = []

    async def attempt(_self, request, _ask):
        asked.append(request)
        return pb.SymbolsReply(symbols=[NEW])

    monkeypatch.setattr(DaemonClient, "_attempt", attempt)
    answer = await DaemonClient(Link(), "w", Restless(Doubt(jumbled=True))).outline(pb.OutlineRequest())
    assert shown(answer) == ["new.py"]
    assert len(asked) == clients.LOOKS_INCOMPLETE


@pytest.mark.parametrize(
    ("doubt", "within"),
    [(Doubt(jumbled=True), "INCOMPLETE_WITHIN_S"), (Doubt(frozenset({"old.py"})), "LOOKS_WITHIN_S")],
)
async def test_a_question_that_has_taken_long_is_not_asked_anew_in_a_storm(monkeypatch, doubt, within):
    asked = []

    async def attempt(_self, request, _ask):
        asked.append(request)
        return pb.SymbolsReply(symbols=[OLD, NEW])

    monkeypatch.setattr(DaemonClient, "_attempt", attempt)
    monkeypatch.setattr(clients, within, 0.0)
    answer = await DaemonClient(Link(), "w", Restless(doubt)).outline(pb.OutlineRequest())
    assert "new.py" in shown(answer)
    assert not doubt.outdated.intersection(shown(answer))
    assert len(asked) == 1


class SoonStill(Restless):
    """Of whose root something has changed that cannot be told yet, the first few times."""

    def __init__(self, times):
        super().__init__(Doubt(jumbled=True))
        self.left = times

    async def prepare(self, _subject, _require):
        pass

    async def recheck(self, _paths, require):
        return self._doubt if require.behind else Doubt()

    async def renew(self, require):
        self.left -= 1
        require.behind = self.left > 0


async def test_who_has_time_for_a_complete_answer_waits_until_the_disk_is_still(monkeypatch):
    async def attempt(_self, request, _ask):
        return pb.SymbolsReply(symbols=[NEW], freshness=pb.Freshness(complete=not request.require.behind))

    monkeypatch.setattr(DaemonClient, "_attempt", attempt)
    keeper = SoonStill(clients.MAX_LOOKS + 2)
    require = pb.Requirement(session_id="s", complete_within_ms=60_000, behind=True)
    answer = await DaemonClient(Link(), "w", keeper).outline(pb.OutlineRequest(require=require))
    assert answer.freshness.complete
    assert keeper.left == 0
