"""What an oracle says of a file, so that it can be held against the extractor."""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """A named definition: the line is that of its name, 1-based; the kind is one of `grpc_backend.model.KINDS`."""

    name: str
    line: int
    kind: str
