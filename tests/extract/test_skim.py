"""What the parser does not see makes no difference."""

from __future__ import annotations

import pytest

from grpc_backend.extract.extractor import extract
from grpc_backend.extract.grammar import load
from grpc_backend.extract.languages import c_bodies, python_text
from tests.extract.invariants import checked

PYTHON = {
    "one line": b"def f(): pass\nclass A:\n    x = 1\ndef g():\n    y = 1\n",
    "colon in a comment of the head": b"def f(\n    a,  # (the first):\n    b,\n):\n    return b\ndef g(): pass\n",
    "head over lines": b"def f(\n    a=1,\n    *, b: int = 2\n) -> int:  # why\n    return a\nx = 1\n",
    "text further out": b'def f():\n    x = """\ndef g():\n    pass\n"""\n    return x\ndef h():\n    pass\n',
    "quotes in quotes": b"def f():\n    x = '''\n\"\"\"\n  '''\n    x\nclass A:\n    '''\n    def g():\n      z '''\n",
    "brackets further out": b"def f():\n    x = (1,\n2)\n    return x\ny = 1\n",
    "last line with a comment": b"def f():\n    'doc'\n    return 1  # one\n    # two\n  # three\ny = 1\n",
    "sign in a string": b"def f():\n    return '#'\ny = 1\n",
    "only comments": b"def f():\n    # nothing\n\ny = 1\n",
    "inner function": b"def f():\n    def g():\n        return 1\n    class A:\n        x = 1\n    return g\n",
    "attributes": b"class A:\n    def __init__(self):\n        self.x = 1\n    async def f(self):\n        self.y = 1",
    "carriage returns": b"class A:\r\n    def f(self):\r\n        '''Doc.'''\r\n        return 1\r\n\r\n    x = 1\r\n",
    "tabs": b"class A:\n\tdef f(self):\n\t\treturn 1\n\n\tx = 1\n",
    "no last line end": b"def f():\n    return 1",
}
C = {
    "struct with attribute": b"struct __attribute__((packed)) {\n\tint a;\n} x;\nint f(void)\n{\n\treturn 1;\n}\n",
    "named struct with attribute": b"struct __attribute__((packed)) s {\n\tint a;\n\tint b;\n};\n",
    "struct in a body": b"int f(void)\n{\n\tstruct t { int a; } x;\n\tif (x.a) {\n\t\treturn 1;\n\t}\n\treturn 0;\n}\n",
    "returns a struct": b"struct s *f(int a)\n{\n\treturn g(a);\n}\nint after;\n",
    "brace in text": b"int f(void)\n{\n\treturn g(\"}\\n}\", '}'); /* } */\n}\nint after;\n",
    "closed on a line": b"void f(void) {\n\tg(); }\nvoid h(void) {\n\tg();\n}\n",
    "enum by a macro": b"enum E(int) {\n\tA_VALUE,\n\tB_VALUE\n};\n",
    "literal": b"struct s x = (struct s) {\n\t.a = 1,\n};\nint after;\n",
}
CPP = {
    "initializer or body": b"void f(S& state) {\n  for (auto _ : state) {\n    g();\n  }\n}\nBENCHMARK(f);\n",
    "members": b"class A : public B {\n public:\n  int f() const {\n    return 1;\n  }\n  int x;\n};\n",
    "aligned": b"struct alignas(8) A {\n  int x;\n};\n",
}
CASES = [("python", PYTHON), ("c", C), ("cpp", CPP)]


@pytest.mark.parametrize(
    ("language", "content"),
    [
        pytest.param(language, text, id=f"{language} {name}")
        for language, texts in CASES
        for name, text in texts.items()
    ],
)
def test_no_difference(language, content, monkeypatch):
    skimmed = checked(language, content)
    rules = type(load(language).rules)
    monkeypatch.setattr(rules, "skim", rules.whole)
    assert skimmed == extract(language, content)


def test_bodies_in_python():
    text = 'def f(a):\n    """Doc."""\n    return a\n\n\ndef g():\n    import b\n    return b\n'
    (span,) = python_text.bodies(text, [0, text.index("def g"), text.index("import b")])
    assert text[slice(*span)] == '"""Doc."""\n    return a'


def test_bodies_in_c():
    plain = "int f(int a)\n{\n\tif (a) { return 1; }\n}\nstruct s { int x; };\n"
    (span,) = c_bodies.bodies(plain, [plain.index("struct")])
    assert plain[slice(*span)] == "{\n\tif (a) { return 1; }\n}"
    assert [len(c_bodies.emptied(length)) for length in range(7, 20)] == list(range(7, 20))


def test_error_outside_has_all_parsed():
    """A body that is none: what follows is found as if all had been parsed at once."""
    content = b"def f():\n    x = 1 + \\\n2 +\n    y\n\nclass A:\n    z = 1\n"
    assert [one.name for one in checked("python", content).symbols] == ["f", "A", "z"]
