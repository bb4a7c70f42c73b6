"""OCaml's own parser (compiler-libs); needs `ocaml` 4.13 on the path (Debian: ocaml-nox).

Counted: values, modules (functors' too, `let module`), module types, classes and class types with their members, types
with their constructors and fields, exceptions, externals, at any depth; of what is set inside a value, a function or
a method only functions. Patterns count with each name that they bind, a test with the text that names it. What a
preprocessor (ppx) makes is not there on either side.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.truth.definition import Definition, listed

PROGRAM = Path(__file__).with_name("ocaml_oracle.ml")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    command = ["ocaml", "-I", "+compiler-libs", "ocamlcommon.cma", str(PROGRAM)]
    answer = subprocess.run(command, input=listing, capture_output=True, text=True, check=True)
    return listed(answer.stdout)
