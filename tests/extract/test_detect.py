"""Which language a file is in: by name, extension, shebang, and by content for headers."""

from __future__ import annotations

import pytest

from grpc_backend.extract import detect
from grpc_backend.extract.grammar import load


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("a.py", "python"),
        ("deep/er/a.pyi", "python"),
        ("A.PY", "python"),
        ("SConstruct", "python"),
        ("a.jsx", "javascript"),
        ("a.test.mjs", "javascript"),
        ("a.d.ts", "typescript"),
        ("a.mts", "typescript"),
        ("a.tsx", "tsx"),
        ("a.go", "go"),
        ("a.h", detect.HEADER),
        ("script", detect.SCRIPT),
        ("bin/no-extension", detect.SCRIPT),
        (".hidden", ""),
        ("a.unheard-of", ""),
        ("a.", ""),
        ("py", detect.SCRIPT),
        ("", detect.SCRIPT),
    ],
)
def test_path(path, dialect):
    assert detect.dialect_of(path) == dialect


@pytest.mark.parametrize(
    ("content", "language"),
    [
        (b"#!/usr/bin/python3\n", "python"),
        (b"#!/usr/bin/env python\n", "python"),
        (b"#! /usr/bin/env -S python3.12 -u\n", "python"),
        (b"#!/usr/bin/env PYTHONPATH=. pypy3\n", "python"),
        (b"#!/usr/local/bin/node\n", "javascript"),
        (b"#!/usr/bin/env -S deno run\n", "javascript"),
        (b"#!/usr/bin/env ts-node\n", "typescript"),
        (b"#!/usr/bin/unheard-of\n", ""),
        (b"#!\n", ""),
        (b"#!/\xff\n", ""),
        (b"no shebang", ""),
        (b"\n#!/usr/bin/python3\n", ""),
        (b"", ""),
    ],
)
def test_shebang(content, language):
    assert detect.language_of(detect.SCRIPT, content) == language


@pytest.mark.parametrize(
    ("content", "language"),
    [
        (b"int f(int class_);\n", "c"),
        (b"struct s { int a; };\n// class Foo is not here\n", "c"),
        (b'#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\n', "c"),
        (b"#if defined(__cplusplus)\nnamespace a { }\n#endif\nint f(void);\n", "c"),
        (b"class Foo {\npublic:\n};\n", "cpp"),
        (b"namespace a {\n}\n", "cpp"),
        (b"template <class T> T f(T);\n", "cpp"),
        (b"#include <vector>\n", "cpp"),
        (b"std::string f();\n", "cpp"),
        (b"", "c"),
    ],
)
def test_header(content, language):
    assert detect.language_of(detect.HEADER, content) == language


def test_a_language_is_its_own_dialect():
    for language in detect.languages():
        assert detect.language_of(language, b"") == language
    assert detect.language_of("unheard-of", b"") == ""


def test_names_are_given_once():
    for column in ("extensions", "filenames", "shebangs"):
        names = [name for row in detect.TABLE for name in getattr(row, column).split()]
        assert len(set(names)) == len(names), column


@pytest.mark.parametrize("language", detect.languages())
def test_every_language_can_be_loaded(language):
    assert load(language).rules
