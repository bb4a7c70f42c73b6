"""Clang's parser for C++: what is counted is said in `clang.py`."""

from __future__ import annotations

from pathlib import Path

from tests.truth.definition import Definition
from tests.truth.oracles import clang

prepare, unseen = clang.prepare, clang.unseen


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    return clang.definitions(paths, "c++", "-std=gnu++20")
