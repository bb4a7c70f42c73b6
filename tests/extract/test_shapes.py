"""Shapes that cost a careless extractor its time: here, that all is found (`tests.bench.extract` times them)."""

from __future__ import annotations

import pytest

from grpc_backend.extract import grammar
from grpc_backend.extract.extractor import extract
from grpc_backend.extract.handed import Handed
from tests.bench.shapes import SHAPES
from tests.extract.invariants import checked

MANY = 100_000
DEEP = 5_000
LOOKED_BACK = [
    ("perl", b"f($a, $b);\n"),
    ("elixir", b"defmodule A do\n  def b(c), do: d(c)\nend\n"),
    ("bash", b"alias a='b c'\ndeclare -r D=1\n"),
    ("hcl", b'resource "a" "b" {\n  c = var.d\n}\n'),
]


_BROKEN = """static int kept(int a)
{
	return a +
}
struct s {
	int good;
	int broken =
	int better;
};
void unclosed(void)
{
	if (x) {
}
static int swallowed(void)
{
	return 2;
}
#define STILL_Hx() {} }
fun interface Callback { fun call(text: String) }"""
# Kotlin's grammar takes minutes to recover from this.
NO_HEADWAY = f"class A {{ fun a(int a, struct\n{_BROKEN}\ndata class Range(n {{ fun a(int a, struct\n{_BROKEN}".encode()


@pytest.mark.parametrize(
    ("language", "shape", "count"),
    [
        ("python", "functions", MANY // 5),
        ("python", "variables", MANY),
        ("python", "one class", MANY),
        ("typescript", "functions", MANY // 4),
        ("typescript", "members", MANY // 4),
    ],
)
def test_many_siblings(language, shape, count):
    content = SHAPES[language][shape](count)
    holder = content.startswith(b"class")
    assert len(extract(language, content).symbols) == count + holder


@pytest.mark.parametrize(
    ("language", "opening", "closing", "count"),
    [
        ("javascript", "function f() {\n", "}\n", DEEP),
        ("typescript", "namespace a {\n", "}\n", DEEP),
        ("go", "package p\nvar x = func() {\n", "}\n", 1),
    ],
)
def test_deep_nesting(language, opening, closing, count):
    head, _, repeated = opening.rpartition("package p\n") if count == 1 else ("", "", opening)
    content = (head + repeated * count + closing * count).encode()
    assert len(checked(language, content).symbols) == count


@pytest.mark.parametrize("language", sorted(SHAPES))
def test_all_shapes(language):
    for make in SHAPES[language].values():
        assert checked(language, make(1_000)).problem == ""


def test_long_run_of_comments():
    """The grammar alone takes 26 s for these; `checked` allows eleven."""
    run = b"    # x\n" * 8_000
    extraction = checked("python", b"class C:\n" + run + b"    y = 1\n" + run)
    assert [(one.name, one.line, one.end_line) for one in extraction.symbols] == [
        ("C", 1, 16_002),
        ("y", 8_002, 8_002),
    ]


def test_run_of_comments_in_a_string():
    content = b'class C:\n    """\n' + b"    # x\n" * 100 + b'    # """\n    y = 1\n' + b"    # z\n" * 100
    assert [one.name for one in checked("python", content).symbols] == ["C", "y"]


def test_chained_targets():
    names = "".join(f"a{index} = " for index in range(2_000))
    extraction = checked("python", names.encode() + b"1\n")
    assert [one.name for one in extraction.symbols] == [f"a{index}" for index in range(2_000)]
    assert {one.parent for one in extraction.symbols} == {-1}


def test_nested_targets():
    extraction = checked("python", b"(" * 150 + b"a" + b",)" * 150 + b" = b\n")
    assert [one.name for one in extraction.symbols] == ["a"]


@pytest.mark.parametrize(("language", "lines"), LOOKED_BACK)
def test_what_is_looked_back_at_is_not_handed_over_with_all_that_follows(monkeypatch, language, lines):
    """Perl's grammar goes back to the line's beginning at each token; the others' queries compare texts."""
    handed = []

    class Counted(Handed):
        def read(self, at: int, point: object) -> bytes:
            piece = super().read(at, point)
            handed[-1] += len(piece)
            return piece

    monkeypatch.setattr(grammar, "Handed", Counted)
    for repeated in (1_000, 2_000):
        handed.append(0)
        assert checked(language, lines * repeated).problem == ""
    assert 0 < handed[1] < 3 * handed[0]


def test_a_grammar_that_makes_no_headway_is_given_up():
    assert checked("kotlin", NO_HEADWAY).problem == "timeout"
    assert [one.name for one in checked("kotlin", b"class A {}").symbols] == ["A"]
