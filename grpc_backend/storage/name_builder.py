"""Builds the index of all names of a store into a file, in a process of its own.

Millions of names take a gigabyte and most of a minute while they are sorted: neither is the daemon's to bear.
"""

from __future__ import annotations

import os
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Final

import numpy as np

from grpc_backend.storage import dictionary
from grpc_backend.storage.schema import open_reader
from grpc_backend.storage.segment import save
from grpc_backend.storage.segment_build import Borne, build_of

NICENESS: Final = 10


def begin(database: Path, target: Path) -> subprocess.Popen[bytes]:
    """Start to build. The file is whole when the process ends with 0."""
    # -P: never import from the folder we happen to stand in.
    return subprocess.Popen([sys.executable, "-P", "-m", __name__, database, target], stdin=subprocess.DEVNULL)


def write(database: Path, target: Path) -> None:
    """Write all names as they are now."""
    connection = open_reader(database)
    names: list[str] = []
    ids, bands, traits = array("q"), array("b"), array("q")
    with connection:
        serial = dictionary.last_serial(connection)
        for row in dictionary.borne(connection):
            names.append(row.name)
            ids.append(row.id)
            bands.append(row.band)
            traits.append(row.traits)
    connection.close()
    numbers = np.frombuffer(ids, np.int64)
    borne = Borne(names, numbers, np.frombuffer(bands, np.int8), np.frombuffer(traits, np.int64))
    save(build_of(borne, np.sort(numbers)), serial, target)


if __name__ == "__main__":
    os.nice(NICENESS)
    write(Path(sys.argv[1]), Path(sys.argv[2]))
