"""Made-up files of growing size, for the linearity table: language → shape → a maker of `count` pieces."""

from __future__ import annotations

from collections.abc import Callable


def _repeat(piece: str) -> Callable[[int], bytes]:
    return lambda count: "".join(piece.replace("@", str(index)) for index in range(count)).encode()


def _nest(opening: str, closing: str, most: int) -> Callable[[int], bytes]:
    def make(count: int) -> bytes:
        depth = min(count, most)
        return (opening * depth + closing * depth).encode()

    return make


def _indented(count: int) -> bytes:
    depth = min(count, 1_000)
    return b"".join(b" " * level + b"if x:\n" for level in range(depth)) + b" " * depth + b"def f(): pass\n"


SHAPES: dict[str, dict[str, Callable[[int], bytes]]] = {
    "python": {
        "functions": _repeat("def f@(a, b):\n    return g(a.b, @)\n"),
        "variables": _repeat("x@ = y\n"),
        "one class": lambda count: b"class C:\n" + _repeat("    def f@(self): pass\n")(count),
        "targets": lambda count: b"\n= ".join([b"a"] * count).replace(b"\n", b"\\\n") + b" = 1\n",
        "nested calls": _nest("f(\n", ")\n", 10_000),
        "nested blocks": _indented,
        "lost brackets": _repeat("def f@(:\n"),
        "comments": lambda count: b"class C:\n" + _repeat("    # x @\n")(count) + b"    y = 1\n",
        "comments in functions": lambda count: b"def f():\n    import a\n" + _repeat("# x @\n")(count) + b"    b\n",
        "strings": lambda count: b"x = (\n" + _repeat("'a@'\n")(count) + b")\n",
        "arguments": lambda count: b"f(\n" + _repeat("a@,\n")(count) + b")\n",
        "keywords on a line": lambda count: b"def f():\n    return '" + _repeat("import @ def class ")(count) + b"'\n",
    },
    "c": {
        "functions": _repeat("int f@(int a) { return g(a); }\n"),
        "macros": _repeat("#define M@ 1\n"),
        "fields": lambda count: b"struct s {\n" + _repeat("int a@;\n")(count) + b"};\n",
        "values of types": lambda count: (
            b"struct s a = " + _repeat("(struct s){")(count) + b"1" + b"}" * count + b";\n"
        ),
        "nested blocks": lambda count: b"void f() " + _nest("{\n", "}\n", 10_000)(count),
        "lost braces": _repeat("int f@() {\n"),
        "comments": lambda count: b"void f() {\n" + _repeat("\t// x @\n")(count) + b"}\n",
        "strings": lambda count: b"char *s =\n" + _repeat('"a@"\n')(count) + b";\n",
        "arguments": lambda count: b"int x = f(\n" + _repeat("a@,\n")(count) + b"0);\n",
    },
    "typescript": {
        "functions": _repeat("export function f@(a: number): T { return g(a) }\n"),
        "members": lambda count: b"class C {\n" + _repeat("m@(): void {}\n")(count) + b"}\n",
        "nested arrows": _nest("f(() => {\n", "})\n", 5_000),
        "nested objects": lambda count: b"const x = " + _nest("{a:\n", "}\n", 10_000)(count).replace(b"a:\n}", b"}"),
        "lost braces": _repeat("class C@ {\n"),
        "comments": lambda count: b"class C {\n" + _repeat("  // x @\n")(count) + b"}\n",
        "strings": lambda count: b"const s =\n" + _repeat("'a@' +\n")(count) + b"'';\n",
        "arguments": lambda count: b"f(\n" + _repeat("a@,\n")(count) + b")\n",
    },
}
