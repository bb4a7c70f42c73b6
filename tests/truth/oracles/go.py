"""Go's own parser (`go/parser`); needs `go` 1.18 or later on the path (Debian: golang-go).

Counted: functions and methods, types at any depth with their fields (embedded ones too) and interface methods;
constants and variables outside functions, with the members of types without a name there. Members of a type
without a name within a function or its signature count as local, like its variables.
`_` is no name, and nothing reaches what is in it. A file that the parser reports an error in is not judged.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = Path(__file__).with_name("go_oracle.go")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    result = subprocess.run(["go", "run", PROGRAM], input=listing, capture_output=True, text=True, check=True)
    parsed = map(json.loads, result.stdout.splitlines())
    return {Path(path): [Definition(*one) for one in found] for path, found in parsed}
