"""How C is read."""

from __future__ import annotations

from typing import Final

from grpc_backend.extract.languages.c_family import CFamily


class C(CFamily):
    """C, GNU's extensions and the kernel's macros included."""

    grammar = ("tree_sitter_c", "language")
    queries = ("c_family",)


RULES: Final = {"c": C()}
