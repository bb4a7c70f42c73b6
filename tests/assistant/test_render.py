"""Structure to text: compact, and each channel complete without the other."""

from __future__ import annotations

from bridge.assistant import render, structure
from protos import code_index_pb2 as pb

COMPLETE = {
    "generation": 4,
    "indexed_files": 3,
    "total_files": 3,
    "pending_files": 0,
    "failed_files": 0,
    "complete": True,
}


def one(name: str = "run", **more) -> structure.Json:
    qualified = more.pop("qualified_name", name)
    found = {"symbol": f"a.py#{qualified}", "name": name, "qualified_name": qualified, "kind": "function"}
    return {**found, "path": "a.py", "line": 3, "end_line": 9, "signature": f"def {name}()", **more}


def test_a_symbol_is_one_line():
    assert render.symbol_line(one()) == "a.py:3 function def run()"
    assert render.symbol_line(one(doc="Run it.")) == "a.py:3 function def run() — Run it."


def test_what_is_not_saved_is_marked():
    assert render.symbol_line(one(unsaved=True, doc="Run it.")) == "a.py:3 function def run() (unsaved) — Run it."
    assert structure.symbol(pb.Symbol(id="a.py#run", unsaved=True), "")["unsaved"] is True
    assert "unsaved" not in structure.symbol(pb.Symbol(id="a.py#run"), "")


def test_the_kind_is_not_said_twice():
    assert render.symbol_line(one(kind="class", signature="class Run(Base)")) == "a.py:3 class Run(Base)"


def test_an_owner_is_named_and_a_second_of_the_same_name_by_its_id():
    assert render.symbol_line(one(qualified_name="Job.run")).endswith("def run()  [in Job]")
    second = one(qualified_name="Job.run", symbol="a.py#Job.run~2")
    assert render.symbol_line(second).endswith("def run()  [#Job.run~2]")


def test_a_symbol_without_a_signature_shows_its_name():
    assert render.symbol_line(one(signature="", kind="key")) == "a.py:3 key run"


def test_hits_of_a_file_stand_together_in_the_order_of_the_best():
    hits = [one("a"), one("b", path="b.py"), one("c", line=9)]
    assert render.symbol_list(hits).splitlines() == [
        "```",
        "a.py:3 function def a()",
        "  :9 function def c()",
        "b.py:3 function def b()",
        "```",
    ]


def test_the_lines_of_a_long_list_are_cut_and_those_of_a_short_one_are_not():
    long = one(doc="x" * 300)
    assert "…" not in render.symbol_list([long] * render.LONG_LIST)
    lines = render.symbol_list([long] * (render.LONG_LIST + 1)).splitlines()[1:-1]
    assert {len(line) for line in lines[1:]} == {render.LIST_LINE}


def test_files_are_named_once_and_nesting_is_indentation():
    symbols = [
        one("Job", kind="class", signature="class Job", line=1, depth=0),
        one("run", qualified_name="Job.run", kind="method", depth=1),
        one("LIMIT", kind="constant", signature="LIMIT = 3", path="b.py", line=7, end_line=7, depth=0),
    ]
    assert render.symbols_by_file(symbols) == (
        "```\na.py\n  1-9 class Job\n  3-9   method def run()\nb.py\n  7 constant LIMIT = 3\n```"
    )


def test_coverage_says_what_is_pending_and_what_failed():
    assert render.coverage(COMPLETE) == "(3 of 3 files indexed, generation 4, complete)"
    part = {**COMPLETE, "complete": False, "pending_files": 1, "indexed_files": 2, "failed_files": 1}
    assert render.coverage(part) == (
        "(2 of 3 files indexed (1 failed: see index_status), generation 4, NOT complete: 1 pending; "
        "ask again or pass wait_ms)"
    )


def test_coverage_says_that_the_team_s_server_is_away():
    away = {**COMPLETE, "upstream_away": "host:50051: refused"}
    said = "(3 of 3 files indexed, generation 4, complete; the team's server is away (host:50051: refused))"
    assert render.coverage(away) == said


def test_not_found_and_not_indexed_yet_are_told_apart():
    assert render.absence("'x'", COMPLETE) == "'x': not found in any of the 3 indexed files, generation 4."
    pending = {**COMPLETE, "complete": False, "pending_files": 2, "indexed_files": 1}
    assert "not found so far, in 1 of 3 files at generation 4 (2 pending)" in render.absence("'x'", pending)
    unknown = {**COMPLETE, "complete": False}
    assert "(the files on disk are being compared)" in render.absence("'x'", unknown)


def test_an_absence_claims_no_more_than_was_asked():
    assert render.filtered("'x'", kind="class", path="", language="go") == "'x' with kind class, language go"
    assert render.filtered("'x'", path="") == "'x'"


def test_freshness_over_several_workspaces_is_complete_only_if_all_are():
    whole = pb.Freshness(generation=2, indexed_files=3, total_files=3, complete=True)
    part = pb.Freshness(generation=5, indexed_files=1, total_files=4, pending_files=3)
    both = structure.freshness([whole, part])
    assert (both["generation"], both["indexed_files"], both["total_files"]) == (5, 4, 7)
    assert (both["pending_files"], both["complete"]) == (3, False)
    assert structure.freshness([whole, whole])["complete"] is True
    assert structure.freshness([])["complete"] is False


def test_a_symbol_is_cleaned_and_has_every_field_that_was_promised():
    value = pb.Symbol(
        id="a\x1b.py#ru\u200bn",
        name="ru\u200bn",
        qualified_name="ru\u200bn",
        kind="function",
        language="python",
        path="a\x1b.py",
        line=1,
        end_line=2,
        signature="def run(\n    a,\n)",
        doc="x" * 1000,
    )
    shown = structure.symbol(value, "root/")
    assert shown["symbol"] == "root/a.py#run"
    assert (shown["path"], shown["name"], shown["signature"]) == ("root/a.py", "run", "def run( a, )")
    assert len(shown["doc"]) == structure.MAX_DOC
    promised = {"symbol", "name", "qualified_name", "kind", "language", "path", "line", "end_line", "signature"}
    assert promised <= shown.keys()
