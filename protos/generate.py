"""Generate the Python code of `code_index.proto`, or check that it is fresh.

`python -m protos.generate` writes; `--check` exits 1 when what is committed differs.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PROTO = "protos/code_index.proto"
OUTPUTS = ("code_index_pb2.py", "code_index_pb2.pyi", "code_index_pb2_grpc.py", "code_index_pb2_grpc.pyi")


def generate(into: Path) -> None:
    """Run protoc with the mypy plugins; the outputs land in `into`/protos."""
    from grpc_tools import protoc

    well_known = str(files("grpc_tools") / "_proto")
    outputs = [f"--{kind}_out={into}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    if protoc.main(["protoc", f"-I{ROOT}", f"-I{well_known}", *outputs, PROTO]) != 0:
        raise SystemExit(f"protoc failed on {PROTO}")


def stale(fresh: Path) -> list[str]:
    """Names of the committed outputs that differ from those in `fresh`."""

    def text(path: Path) -> str | None:
        return path.read_text(encoding="utf-8") if path.exists() else None

    return [name for name in OUTPUTS if text(fresh / name) != text(HERE / name)]


def main() -> int:
    """Write, or with --check compare; return the exit code."""
    if "--check" not in sys.argv[1:]:
        generate(ROOT)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        different = stale(Path(scratch) / "protos")
    for name in different:
        print(f"protos/{name} is stale: run `python -m protos.generate`", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
