"""Kotlin's own parser, in its compiler.

Install it with `npm install --prefix FOLDER kotlin-compiler@2.4` (it brings all of the compiler, nothing else is
fetched) and set CODEINDEX_KOTLIN to FOLDER; `java` 17 or later runs it.

Counted: classes, interfaces, objects (a companion without a name as Companion), enums with their entries, aliases
and functions at any depth; secondary constructors; properties of files, classes and objects and those that a
constructor declares, but not those of an object without a name in a function. A name between backquotes counts
without them. A script, and a file that the parser reports an error in, is not judged.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.truth.definition import Definition, listed

PROGRAM = Path(__file__).with_name("KotlinOracle.java")
JARS = ("kotlin-compiler", "kotlin-stdlib", "kotlin-reflect", "annotations-13.0", "kotlinx-coroutines-core-jvm")


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    library = Path(os.environ.get("CODEINDEX_KOTLIN", "."), "node_modules", "kotlin-compiler", "lib")
    classes = os.pathsep.join(str(library / f"{name}.jar") for name in JARS)
    listing = "".join(f"{path}\n" for path in paths if path.suffix == ".kt")
    command = ["java", "-Dfile.encoding=UTF-8", "-cp", classes, str(PROGRAM)]
    answer = subprocess.run(command, input=listing, capture_output=True, text=True, encoding="utf-8", check=True)
    return listed(answer.stdout)
