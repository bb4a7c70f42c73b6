"""Build the bundle that Claude Desktop and others install: `python editor-configs/mcpb/build.py [OUT.mcpb]`.

A bundle is a ZIP archive of the manifest and of our sources; uv fetches what they need at the first start.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bridge", "grpc_backend", "protos")


def build(out: Path) -> None:
    """Write the bundle, always with the same bytes for the same sources."""
    files = [ROOT / name for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE")]
    for package in PACKAGES:
        files += sorted(
            file for file in (ROOT / package).rglob("*") if file.is_file() and "__pycache__" not in file.parts
        )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, Path(__file__).with_name("manifest.json"), "manifest.json")
        for file in files:
            _add(bundle, file, file.relative_to(ROOT).as_posix())


def _add(bundle: zipfile.ZipFile, file: Path, name: str) -> None:
    entry = zipfile.ZipInfo(name)  # of 1980: the time of a checkout says nothing
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    bundle.writestr(entry, file.read_bytes())


if __name__ == "__main__":
    build(Path(sys.argv[1] if len(sys.argv) > 1 else "codeindex.mcpb"))
