"""Which files may hold symbols, by their names alone: the daemon says so when it greets."""

from __future__ import annotations

from collections.abc import Callable

from protos import code_index_pb2 as pb

IsSource = Callable[[str], bool]


def every_file(_path: str) -> bool:
    """For a daemon that does not say."""
    return True


def is_source_of(said: pb.Sources) -> IsSource:
    """How to tell by its path whether the daemon wants a file; the wire's Sources says the rule."""
    extensions, names, others = frozenset(said.extensions), frozenset(said.names), frozenset(said.other_names)

    def is_source(path: str) -> bool:
        name = path.rpartition("/")[2]
        if name in names or name in others:
            return name in names
        stem, dot, extension = name.rpartition(".")
        return not dot or (bool(stem) and (extension in extensions or extension.lower() in extensions))

    return is_source
