"""Elixir's own parser (`Code.string_to_quoted`); needs `elixir` 1.14 or later on the path (Debian: elixir).

Counted: modules, protocols and implementations (the last part of the name; of `defimpl P, for: T` that of T);
functions, macros, guards and delegations, one for each name and number of arguments in a module, at its first
clause; types and callbacks; attributes with a value that are the module's own, where they first are; fields of
structs and exceptions. What a macro quotes counts, names that are put together (`unquote`) do not.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.truth.definition import Definition, listed

PROGRAM = Path(__file__).with_name("elixir_oracle.exs")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    command = ["elixir", str(PROGRAM)]
    answer = subprocess.run(command, input=listing, capture_output=True, text=True, check=True, env=environment)
    return listed(answer.stdout)
