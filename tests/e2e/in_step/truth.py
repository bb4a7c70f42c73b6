"""What an index must say: made from scratch, out of what is on disk and what is open in editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from bridge.workspace.filter import WorkspaceFilter
from bridge.workspace.manifest import scan
from grpc_backend.extract import detect
from grpc_backend.extract.extractor import extract

LIMIT_BYTES = 5 * 1024 * 1024

# Path, qualified name, line.
Place = tuple[str, str, int]


def text_of(number: int, large_lines: int = 0) -> bytes:
    """A source by its number. All are of one size, so that a rewrite may leave size and time as they were.

    Every twentieth has so many lines more.
    """
    below = f"def below_{number:03}():\n    return shared_{number % 4}()\n"
    above = f"class Above_{number:03}:\n    def method_{number:03}(self): pass\n"
    parts = (above, below) if number % 2 else (below, above)
    large = f'LARGE_{number:03} = """\n' + "line\n" * large_lines + '"""\n'
    return ("\n".join(parts) + (large if large_lines and number % 20 == 19 else "")).encode()


def truth(root: Path, overlays: Mapping[str, bytes]) -> dict[str, set[Place]]:
    """All symbols by path, of the files that have any."""
    texts = {file.path: (root / file.path).read_bytes() for file in scan(WorkspaceFilter(root), LIMIT_BYTES).files}
    texts.update(overlays)
    found = {path: set(_symbols(path, text)) for path, text in texts.items()}
    return {path: symbols for path, symbols in found.items() if symbols}


def symbols_of(root: Path, paths: Iterable[str]) -> set[Place]:
    """What files say that are there, ignored or not."""
    files = {path: root / path for path in paths}
    read = {path: file.read_bytes() for path, file in files.items() if file.resolve() == file and file.is_file()}
    return {place for path, text in read.items() for place in _symbols(path, text)}


def top_level(symbols: Mapping[str, set[Place]]) -> set[Place]:
    """Those that stand in nothing else."""
    return {place for places in symbols.values() for place in places if "." not in place[1]}


def _symbols(path: str, text: bytes) -> list[Place]:
    dialect = detect.dialect_of(path)
    return [(path, name, line) for name, line in _extracted(dialect, text)] if dialect else []


@lru_cache(maxsize=10_000)
def _extracted(dialect: str, text: bytes) -> tuple[tuple[str, int], ...]:
    return tuple((one.qualified_name, one.line) for one in extract(dialect, text).symbols)
