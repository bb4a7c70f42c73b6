"""What an oracle says of a file, so that it can be held against the extractor."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Definition(NamedTuple):
    """A named definition: the line is that of its name, 1-based; the kind is one of `grpc_backend.model.KINDS`."""

    name: str
    line: int
    kind: str


def listed(text: str) -> dict[Path, list[Definition]]:
    """What a program without JSON says: a line for each path, then one for each definition, a tab before each part."""
    found: dict[Path, list[Definition]] = {}
    current: list[Definition] = []
    for line in text.splitlines():
        if line.startswith("\t"):
            _, name, number, kind = line.split("\t")
            current.append(Definition(name, int(number), kind))
        else:
            current = found[Path(line)] = []
    return found
