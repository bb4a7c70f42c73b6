"""universal-ctags on the same files, for comparison."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.truth.definition import Definition

# Our language → ctags' name, and the kinds that are uses or locals rather than definitions.
NAMES = {"cpp": "C++", "csharp": "C#", "tsx": "TypeScript", "bash": "Sh"}
NO_DEFINITIONS = {
    "local", "parameter", "macroparam", "tparam", "import", "header", "label", "unknown", "externvar", "receiver",
    "anonMember", "name", "using",
}  # fmt: skip


def definitions(language: str, paths: list[Path]) -> dict[Path, list[Definition]]:
    """What ctags finds; empty if it is not installed, or does not know the language."""
    program = shutil.which("ctags-universal") or shutil.which("ctags")
    if program is None:
        return {}
    name = NAMES.get(language, language)
    listed = subprocess.run([program, "--list-languages"], capture_output=True, text=True, check=True).stdout.split()
    if name.lower() not in map(str.lower, listed):
        return {}
    command = [
        program, "--output-format=json", "--fields=+n", "--kinds-all=*", f"--language-force={name}",
        "-f", "-", "-L", "-",
    ]  # fmt: skip
    listing = "\n".join(map(str, paths))
    result = subprocess.run(command, input=listing, capture_output=True, text=True, errors="replace", check=True)
    found: dict[Path, list[Definition]] = {path: [] for path in paths}
    for line in filter(None, result.stdout.split("\n")):
        tag = json.loads(line)
        if tag.get("_type") == "tag" and tag["kind"] not in NO_DEFINITIONS:
            found[Path(tag["path"])].append(Definition(tag["name"], tag["line"], tag["kind"]))
    return found
