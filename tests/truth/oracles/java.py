"""javac's parser (`com.sun.source`), run by `JavaOracle.java` beside this file. Needs a JDK of at least 17.

Counted: modules; classes, interfaces, enums, records and annotation types at any depth, local ones too; their
constructors (compact ones by the record's name), methods, annotation elements, fields, record components and enum
constants, those of anonymous classes and of constants with a body included.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.truth.definition import Definition

PROGRAM = Path(__file__).with_name("JavaOracle.java")
TREES = [f"--add-exports=jdk.compiler/com.sun.tools.javac.{part}=ALL-UNNAMED" for part in ("tree", "code")]


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    command = ["java", *TREES, str(PROGRAM)]
    listing = "\n".join(map(str, paths))
    result = subprocess.run(command, input=listing, capture_output=True, text=True, encoding="utf-8", check=True)
    found: dict[Path, list[Definition]] = {}
    path = Path()
    for line in result.stdout.splitlines():
        sign, _, rest = line.partition(" ")
        if sign == "F":
            path = Path(rest)
            found[path] = []
        else:
            kind, number, name = rest.split(" ", 2)
            found[path].append(Definition(name, int(number), kind))
    return found
