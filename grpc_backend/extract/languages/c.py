"""How C is read."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.extract.languages.c_family import CFamily
from grpc_backend.extract.languages.c_text import Range

# Parameters that are declared between the brackets and the body, as before C89.
_OLD_STYLE: Final = re.compile(r"\([\w\s,]*+\)\s*+((?:[A-Za-z_][\w\s*,\[\]]*+;\s*+)++)(?<=\n)\{")


class C(CFamily):
    """C, GNU's extensions and the kernel's macros included."""

    grammar = ("tree_sitter_c", "language")
    queries = ("c_family",)

    def unknown(self, text: str) -> list[Range]:
        """The grammar knows old-style parameters, but not those of a function that returns a pointer."""
        return [match.span(1) for match in _OLD_STYLE.finditer(text)]


RULES: Final = {"c": C()}
