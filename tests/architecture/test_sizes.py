"""The sizes that DESIGN names, so that growth is a decision and not an accident."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for floor in ("bridge", "grpc_backend", "protos")
    for path in (ROOT / floor).rglob("*.py")
    if "_pb2" not in path.name
]
FORBIDDEN_NAMES = {"utils", "common", "manager", "helpers", "util"}


def test_files_have_at_most_400_lines():
    long = {
        str(path.relative_to(ROOT)): count for path in SOURCES if (count := len(path.read_text().splitlines())) > 400
    }
    assert not long


def test_functions_have_at_most_40_lines():
    long = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0].end_lineno if ast.get_docstring(node) else node.lineno
                if node.end_lineno - first > 40:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = node.end_lineno - first
    assert not long


def test_no_module_is_a_drawer_for_everything():
    assert not {path.stem for path in SOURCES} & FORBIDDEN_NAMES
