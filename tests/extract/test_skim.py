"""What the parser does not see makes no difference."""

from __future__ import annotations

import pytest

from grpc_backend.extract import skim
from grpc_backend.extract.extractor import extract
from grpc_backend.extract.grammar import TreeSitter, load
from grpc_backend.extract.languages import c_bodies, ecmascript_bodies, ecmascript_text, python_text
from grpc_backend.extract.rules import HIDDEN
from grpc_backend.model import Role
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
JAVASCRIPT = {
    "functions": b"function f(a) {\n  return g(a, 1);\n}\nconst h = (a, b) => {\n  return a.b(b);\n};\nlet x = 1;\n",
    "bound inside": (
        b"function f() {\n  const g = (a) => a;\n"
        b"  const h = async b => b.c;\n  return { k: () => g, m() { h(); } };\n}\n"
    ),
    "methods": (
        b"class A {\n  constructor(a) {\n    this.a = a;\n  }\n  get b() {\n    return this.a.c;\n  }\n}\nfoo();\n"
    ),
    "constructor with much before it": b"class A {\n  constructor(%s) {\n    this.b = function () {};\n  }\n}\n"
    % (b"abc,\n" * 50),
    "arguments": b"function f(x) {\n  x.map((a, i) => a[i]).on(function (e) { e.y(); }).do(b => b);\n}\n",
    "regular expressions": b"function f(a) {\n  return a.replace(/[\"'`/{]+/g, '}') / 2 / a.length;\n}\nvar g = 1;\n",
    "template": (
        b"function f(a) {\n  return `it's { ${a.b} and \\` ${c}`;\n}\n"
        b"function g() {\n  return `${a.map(b => `${b}`)}`;\n}\n"
    ),
    "comments and strings": b"function f() {\n  // don't }\n  g('}', \"//\"); /* { class */\n  return 1;\n}\nvar x;\n",
    "labels": b"function f() {\n  out: for (;;) {\n    for (;;) {\n      continue out;\n    }\n  }\n}\n",
    "created without arguments": b"function f() {\n  return [new a.B, new a.C(1), new D];\n}\n",
    "block outside": b"if (a) {\n  var x = 1, y = 2;\n}\nfor (const z of a) {\n  let w = z;\n}\n",
    "exports": b"(function () {\n  exports.a = 1;\n  A.prototype.b = function () { return 1 + 1 + 1; };\n})();\n",
    "members of this": b"function A() {\n  this.a = function () { return 1 + 1 + 1; };\n  this.b = 1;\n}\n",
    "classes inside": (
        b"function f() {\n  return class B extends g(C) {\n    x = 1;\n    y() { return 1 + 1; }\n  };\n}\n"
    ),
    "elements": b"function F() {\n  const x = () => 1;\n  return <p onClick={() => x}>don't {'}'} </p>;\n}\n",
}
TYPESCRIPT = {
    "annotations": (
        b"function f(a: A, b?: B<C>): D.E {\n"
        b"  const x: A | B<C> = a as unknown as F.G[];\n  let y!: string;\n  return x;\n}\n"
    ),
    "several names": (
        b"function f() {\n  let a: A, b: B | undefined = g(1), c = d ? e : h;\n  const i = 1,\n    j: J = k;\n}\n"
    ),
    "type arguments": (
        b"function f() {\n  const a = new Map<K, V[]>();\n  return g.h<T>(a)<U>(b) < c && d<E< F > >(1);\n}\n"
    ),
    "arrows": (
        b"function f() {\n"
        b"  a.map((b: B, ...c: C[]): D => b).c(async (e = 1): Promise<E> => e).f((g): g is G => !!g);\n}\n"
    ),
    "object types": (
        b"function f(a: A): { b: B; c?: C } {\n  return a as { b: B; c: C };\n}\ninterface I { d(): void; }\n"
    ),
    "function types": (
        b"type T = (a: A) => { b: B; c: C };\nlet u: (a: A) => { d: D; e: E };\nclass V { w: () => { x: X; y: Y } }\n"
    ),
    "declared before a class": b"declare function f(a: A): B\nclass C {\n  d: D = 1;\n  e(): E { return this.d; }\n}\n",
    "types inside": b"function f() {\n  type A = { b: B };\n  interface C { d: D }\n  enum E { F }\n  return 1;\n}\n",
    "namespaces": (
        b"namespace a.b {\n  export function f() {\n    return c as D;\n"
        b"  }\n  const e = { g() { return 1 + 1; } };\n}\n"
    ),
    "cases": (
        b"function f(a) {\n  switch (a) {\n    case B.C: {\n      const d: D = a as E;\n      break;\n    }\n  }\n}\n"
    ),
    "no semicolons": b"function f() {\n  const a = 1\n  const b: B = g(a)\n  return b\n}\nconst c: C = 1\n",
    "carriage returns": b"class A {\r\n  b(c: C) {\r\n    return c as D;\r\n  }\r\n}\r\n",
    "word cut off": b"function f() {\n  return a as B;\n}\nprot",
    "half typed inside": (
        b"function f() {\n  const a = b as C;\n  return a\n}\nclass D {\n  e( {\n}\nfunction g() { return 1 + 1; }\n"
    ),
}
CASTS = {
    "casts": b"function f() {\n  const a: A = <B>b;\n  return c ? <D[]>d : (<any>(e)).f;\n}\n",
}
CASES = [
    ("python", PYTHON),
    ("c", C),
    ("cpp", CPP),
    ("javascript", JAVASCRIPT),
    ("typescript", JAVASCRIPT | TYPESCRIPT | CASTS),
    ("tsx", JAVASCRIPT | TYPESCRIPT),
]


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


def test_slight_errors_of_unknown_macros_do_not_have_the_whole_parsed(monkeypatch):
    text = b"struct s {\n\tint a at_once;\n\tint b;\n};\nint f(void)\n{\n\tg(1);\n\tif (h)\n\t\tg(2);\n}\nint c;\n"
    rules = type(load("c").rules)
    with monkeypatch.context() as strict:
        strict.setattr(rules, "slight_damage", 0)
        read_whole = extract("c", text)
    monkeypatch.setattr(rules, "whole", None)
    found = extract("c", text)
    assert found == read_whole
    assert found.warnings == ("syntax_errors",)
    assert [symbol.name for symbol in found.symbols] == ["s", "at_once", "b", "f", "c"]


def test_words_within_a_line_are_no_hints_in_python():
    text = (
        "def f():\n    form_class = a  # no import b\n    async def g(): pass\n    from a import c\n    x; import d\n"
        "    if x: import e\n    'of a class of'\n" + " " * 999 + "x, import h"
    )
    assert [text[place:].split()[1] for place in load("python").rules.hinted(text)] == ["f():", "g():", *"cdeh"]


def test_bodies_in_python():
    text = 'def f(a):\n    """Doc."""\n    return a\n\n\ndef g():\n    import b\n    return b\n'
    (span,) = python_text.bodies(text, [0, text.index("def g"), text.index("import b")])
    assert text[slice(*span)] == '"""Doc."""\n    return a'


def test_bodies_in_c():
    plain = "int f(int a)\n{\n\tif (a) { return 1; }\n}\nstruct s { int x; };\n"
    (span,) = c_bodies.bodies(plain, [plain.index("struct")])
    assert plain[slice(*span)] == "{\n\tif (a) { return 1; }\n}"
    assert [len(c_bodies.emptied(length)) for length in range(7, 20)] == list(range(7, 20))


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        (
            "function f(a) {\n  return a ? { b: 1 } : '}';\n}\nx = { c: 1, d: { e: 1 } };\n",
            ["{\n  return a ? { b: 1 } : '}';\n}"],
        ),
        ("class A {\n  b(): C<D> {\n    return new C();\n  }\n  e = 1;\n}\n", ["{\n    return new C();\n  }"]),
        ("function f() {\n  if (a) {\n    b(c, d, e);\n  }\n  function g() {}\n}\n", ["{\n    b(c, d, e);\n  }"]),
        ("if (a) {\n  const b = 1, c = 2;\n}\n", []),
        ("type F = (a: A) => { b: B; c: C; };\n", []),
    ],
)
def test_bodies_in_typescript(text, bodies):
    assert [text[slice(*span)] for span in _bodies(text).ranges] == bodies
    assert [len(ecmascript_bodies.emptied(length)) for length in range(16, 30)] == list(range(16, 30))


def test_roles_in_bodies():
    text = "function f() {\n  return a.map((b: B) => c<D>(b as E.F, typeof g, `h${i}`));\n}\n"
    roles = {text[place]: role for place, role in _bodies(text).roles()}
    assert roles == {"b": HIDDEN, "B": Role.TYPE, "c": Role.CALL, "D": Role.TYPE, "F": Role.TYPE}


@pytest.mark.parametrize("text", ["x = <a>/b</a>;", "x = <br />;", "a = `b", "a\n  /'/"])
def test_no_plain_text(text):
    assert ecmascript_text.plain_text(text) is None


def _bodies(text):
    plain = ecmascript_text.plain_text(text)
    assert plain is not None
    return ecmascript_bodies.Bodies(plain, typed=True)


def test_error_outside_has_all_parsed():
    """A body that is none: what follows is found as if all had been parsed at once."""
    content = b"def f():\n    x = 1 + \\\n2 +\n    y\n\nclass A:\n    z = 1\n"
    assert [one.name for one in checked("python", content).symbols] == ["f", "A", "z"]


@pytest.mark.parametrize(
    ("language", "text", "lead"),
    [("python", "def f(a):\n    1%s1\n\nx = 1\n", 1), ("c", "int f(void)\n{;%s}\n\nint x;\n", 2)],
)
def test_parser_passes_over_long_bodies(language, text, lead):
    grammar = load(language)
    assert isinstance(grammar, TreeSitter)
    filling = " ) { ( " * 20
    at = text.index("%")
    source = (text % filling).encode()
    ranges = skim.skipped([(at - lead, at + len(filling) + 1)], lead, 1)
    assert ranges == [(at, at + len(filling))]
    assert grammar._parsed(source).has_error
    root = grammar._parsed(source, ranges)
    assert not root.has_error
    assert [source[slice(*node.byte_range)].decode() for node in root.children] == (text.strip() % filling).split(
        "\n\n"
    )
    assert skim.skipped([(at - lead, at)], lead, 1) == []


def test_parser_passes_over_a_few_bodies():
    """It looks through their ranges at every token, so that many would take it quadratic time."""
    bodies = [(1000 * index, 1000 * index + 100 + index) for index in range(10 * skim.MOST_SKIPPED)]
    assert skim.skipped(bodies, 1, 1) == [(start + 1, end - 1) for start, end in bodies[-skim.MOST_SKIPPED :]]
    assert len(skim.skipped([(start, start + 100) for start, _ in bodies], 1, 1)) == skim.MOST_SKIPPED
