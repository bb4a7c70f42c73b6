"""TypeScript's own parser, for JavaScript, TypeScript and TSX.

Install it with `npm install --prefix FOLDER typescript@5` and set CODEINDEX_TYPESCRIPT to FOLDER; `node` runs it.

Counted: functions, classes, interfaces, enums, enum members, type aliases, namespaces (of `a.b.c` the last) at any
depth; members of classes and interfaces; members of object types that are not within a function's signature or body;
methods of object literals, and their keys with a function or class as value; parameters that are properties;
variables outside functions (in blocks and heads of `for (;;)` too), inside only those whose value is a function or
a class; functions' and classes' own names in expressions, unless they are the value of what names them already;
assignments to members: to `exports` (the first of a name; not `void 0`), of functions and classes to anything written
as a chain of names, and to `this` in a constructor where the class has no such member above. Computed names count
nowhere. A file that the parser reports a syntax error in is not judged.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = Path(__file__).with_suffix(".cjs")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "".join(f"{path}\n" for path in paths)
    result = subprocess.run(["node", PROGRAM], input=listing, capture_output=True, text=True, check=True)
    parsed = map(json.loads, result.stdout.splitlines())
    return {Path(path): [Definition(*one) for one in found] for path, found in parsed}
