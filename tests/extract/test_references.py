"""Uses of names: their roles, receivers and enclosing symbols, and what is none."""

from __future__ import annotations

import pytest

from grpc_backend.extract.extractor import extract
from grpc_backend.model import Role
from tests.extract.invariants import occurrences

R = Role


def roles(language: str, source: str) -> dict[str, list[Role]]:
    """The roles of each name, in order of position."""
    found = occurrences(extract(language, source.encode()))
    return {name: [Role(one.role) for one in uses] for name, uses in found.items()}


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("python", "f(a)\n", {"f": [R.CALL], "a": [R.READ]}),
        ("python", "import a.b as c\n", {"a": [R.IMPORT], "b": [R.IMPORT], "c": [R.IMPORT]}),
        ("python", "class A(B, metaclass=C): pass\n", {"B": [R.INHERIT], "metaclass": [R.READ], "C": [R.READ]}),
        ("python", "@a.b(c)\ndef f(): pass\n", {"a": [R.READ], "b": [R.DECORATOR], "c": [R.READ]}),
        ("python", "def f(a: b = c) -> d: pass\n", {"b": [R.TYPE], "c": [R.READ], "d": [R.TYPE]}),
        ("python", "x.a = y\nx.a += z\n", {"x": [R.READ] * 2, "a": [R.WRITE] * 2, "y": [R.READ], "z": [R.READ]}),
        ("python", "if (a := b): pass\n", {"a": [R.WRITE], "b": [R.READ]}),
        ("python", "f(key=a)\n", {"f": [R.CALL], "key": [R.READ], "a": [R.READ]}),
        ("python", "f'{a} {{b}} {c.d!r:>{e}} {g(h)}'\n", {n: [R.READ] for n in "acdeh"} | {"g": [R.CALL]}),
        ("python", "'a'; b'c'; r'd'  # e\n", {}),
        ("python", "print('a', 0xff, 1e5, 1.5j)\n", {"print": [R.CALL]}),
        ("javascript", "new A.B(c)\n", {"A": [R.READ], "B": [R.CALL], "c": [R.READ]}),
        ("javascript", "a.b = c;\n", {"a": [R.READ], "b": [R.WRITE], "c": [R.READ]}),
        ("javascript", "`a ${b} ${c(`${d}`)}`\n", {"b": [R.READ], "c": [R.CALL], "d": [R.READ]}),
        ("javascript", "x(/a[/]b/g, c / d / e)\n", {"x": [R.CALL], "c": [R.READ], "d": [R.READ], "e": [R.READ]}),
        ("javascript", "class A extends B {}\n", {"B": [R.INHERIT]}),
        ("javascript", "// a\n/* b */ 'c'; \"d\"\n", {}),
        ("javascript", "f(<A b={c}>d</A>)\n", {"f": [R.CALL], "A": [R.CALL], "b": [R.WRITE], "c": [R.READ]}),
        ("typescript", "let a: B<C> = d as E;\n", {"B": [R.TYPE], "C": [R.TYPE], "d": [R.READ], "E": [R.TYPE]}),
        ("typescript", "let a: number = b<C>(d);\n", {"b": [R.CALL], "C": [R.TYPE], "d": [R.READ]}),
        ("typescript", "class A implements B, C<D> {}\n", {"B": [R.INHERIT], "C": [R.INHERIT], "D": [R.TYPE]}),
        ("go", "package a\nfunc f(b C) D { return e.g(h) }\n",
         {"C": [R.TYPE], "D": [R.TYPE], "e": [R.READ], "g": [R.CALL], "h": [R.READ]}),
        ("go", "package a\nvar b = `c` + \"d\" // e\n", {}),
    ],
)  # fmt: skip
def test_roles(language, source, expected):
    assert roles(language, source) == expected


@pytest.mark.parametrize(
    ("language", "source", "receivers"),
    [
        ("python", "a.b.c()\n", {"a": "", "b": "a", "c": "a.b"}),
        ("python", "f(x)[0].last\n", {"last": "f(x)[0]"}),
        ("python", "'text'.join(a)\n", {"join": "'text'"}),
        ("typescript", "a?.b!.c()\n", {"b": "a", "c": "a?.b!"}),
        ("go", "package p\nvar x = a.B.C()\n", {"B": "a", "C": "a.B"}),
        ("php", "<?php\n$a = 1;\n<?->name;\n", {"name": "?"}),
    ],
)
def test_receivers(language, source, receivers):
    found = occurrences(extract(language, source.encode()))
    assert {name: found[name][0].receiver for name in receivers} == receivers


def test_enclosing():
    extraction = extract("python", b"a\nclass B:\n    def f(self):\n        a\n    a\n")
    uses = occurrences(extraction)["a"]
    names = [extraction.symbols[one.enclosing].qualified_name if one.enclosing >= 0 else "" for one in uses]
    assert names == ["", "B.f", "B"]


def test_names_that_are_no_ascii():
    extraction = extract("python", "größe = maß\nñandú.método()\n".encode())
    assert [(one.name, one.column) for one in extraction.symbols] == [("größe", 0)]
    found = occurrences(extraction)
    assert found["maß"][0].column == len("größe = ".encode())
    assert found["método"][0].receiver == "ñandú"


def test_imports_are_structured():
    imports = extract("python", b"from ..a import b as c, d\nimport e.f\n").imports
    assert [(one.line, one.module, one.name, one.alias, one.level) for one in imports] == [
        (1, "a", "b", "c", 2),
        (1, "a", "d", "", 2),
        (2, "e.f", "", "", 0),
    ]
    imports = extract("javascript", b"const a = require('b');\nconst { c, d: e } = require('f');\n").imports
    assert [(one.module, one.name, one.alias) for one in imports] == [("b", "", "a"), ("f", "c", ""), ("f", "d", "e")]
