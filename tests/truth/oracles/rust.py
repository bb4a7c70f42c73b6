"""The parser that Rust's own procedural macros use (`syn`), in the small crate `rust_oracle` beside this file.

Needs cargo and Debian's librust-syn-dev, whose crates it is built from, offline. What syn cannot parse is left out.

Counted: functions, methods, structs, unions, enums, variants, named fields, traits, type aliases, associated types,
constants (but `_`), statics, modules, `macro_rules!`, at any depth; names that a `pub use` (however restricted) gives;
the same inside macros that stand where items stand, as far as they hold items (see `tokens` in main.rs).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tests.truth.definition import Definition

CRATE = Path(__file__).with_name("rust_oracle")
# The folder that Debian keeps crates' sources in, in place of the network.
CRATES = 'source.debian.directory="/usr/share/cargo/registry"'
KINDS = {"macro": "function", "reexport": "variable"}


def definitions(paths: list[Path]) -> dict[Path, list[Definition]]:
    listing = "\n".join(map(str, paths))
    result = subprocess.run([_program()], input=listing, capture_output=True, text=True, encoding="utf-8", check=True)
    found: dict[Path, list[Definition]] = {}
    path = Path()
    for line in result.stdout.splitlines():
        sign, _, rest = line.partition(" ")
        if sign == "F":
            path = Path(rest)
            found[path] = []
        else:
            kind, number, name = rest.split(" ", 2)
            found[path].append(Definition(name, int(number), KINDS.get(kind, kind)))
    return found


@cache
def _program() -> Path:
    """Build the crate (seconds; once, as long as the temporary folder lives)."""
    folder = Path(tempfile.gettempdir()) / "codeindex-rust-oracle"
    shutil.copytree(CRATE, folder, dirs_exist_ok=True)
    replaced = 'source.crates-io.replace-with="debian"'
    subprocess.run(
        ["cargo", "build", "--offline", "--quiet", "--config", replaced, "--config", CRATES], cwd=folder, check=True
    )
    return folder / "target" / "debug" / "rust-oracle"
