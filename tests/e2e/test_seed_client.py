"""A client generated from the interface that the product started with drives all four methods, without metadata."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from bridge.daemon.endpoint import find_or_start

HERE = Path(__file__).parent


def test_a_client_of_the_seed_interface_works_unchanged(home, tmp_path):
    shutil.copy(HERE / "seed.proto", tmp_path / "code_index.proto")
    subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc", f"-I{tmp_path}", f"-I{files('grpc_tools') / '_proto'}"),
            *(f"--python_out={tmp_path}", f"--grpc_python_out={tmp_path}", "code_index.proto"),
        ],
        check=True,
    )
    address = find_or_start(home).address
    ran = subprocess.run(
        [sys.executable, str(HERE / "seed_client.py"), str(tmp_path), address],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["indexed"] == [True, 2, "a.py", True]
    assert said["bulk"] == [2, 1, 1, 1]
    assert said["found"][0] == ["a.py", "Alpha", "class", 1]
    assert sorted(said["sync"]) == ["ack", "ack", "error", "progress"]
    assert said["acks"] == [["d.py", True], ["b.py", True]]
    assert said["after"] == {"gamma": [], "delta": ["d.py"]}
