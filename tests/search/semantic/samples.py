"""A model of a few words whose directions are known, and contents to derive from."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from grpc_backend.model import ContentKey, Extraction
from grpc_backend.search.semantic.model import Model, Settings, digest
from tests.storage.samples import extraction, key, symbol

DIMENSIONS = 64
BUCKETS = 16
# Words of a group mean the same.
GROUPS = ("fetch download retrieve", "delete remove erase", "cookie", "user person", "file document", "the a of from")
RANKING = {
    "words": 1.0,
    "meaning": 0.5,
    "closest": 0.6,
    "named": 0.1,
    "asked": 0.1,
    "whole": 0.3,
    "path": 0.1,
    "aside": -0.3,
    "kind": 0.1,
}


def model_in(folder: Path, note: str = "") -> Model:
    """Write and read a model: each group of words has an axis of its own; those of the last have hardly any length."""
    listed = sorted(word for group in GROUPS for word in group.split())
    vectors = np.zeros((len(listed) + BUCKETS, DIMENSIONS), np.int8)
    for axis, group in enumerate(GROUPS):
        for number, word in enumerate(group.split()):
            vectors[listed.index(word), axis] = 127
            vectors[listed.index(word), 20 + number] = 20
    scales = np.full(len(vectors), 1 / 127, np.float16)
    scales[[listed.index(word) for word in GROUPS[-1].split()]] = 0.01 / 127
    matches = np.array([20 if word in GROUPS[-1].split() else 200 for word in listed], np.uint8)
    kinds = np.zeros((2 * len(listed) + 2, 3), np.float16)
    kinds[len(listed) + listed.index("a"), 0] = 3  # what begins with "a" means a type
    kinds[len(listed) + listed.index("from"), 1] = 3
    kinds[-1] = np.log([0.2, 0.6, 0.2])
    kinds[-2] = kinds[-1]
    folder.mkdir(exist_ok=True)
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "scales.npy", scales)
    np.save(folder / "matches.npy", matches)
    np.save(folder / "kinds.npy", kinds)
    (folder / "words.txt").write_text("\n".join([*listed, *note.split()]))
    settings = Settings(BUCKETS, DIMENSIONS, (3.0, 1.2, 1.0, 0.8, 0.8, 0.6), RANKING, digest(folder))
    (folder / "model.json").write_bytes(msgspec.json.encode(settings))
    return Model(folder)


CONTENTS: list[tuple[ContentKey, Extraction]] = [
    (key("http"), extraction(symbol("download_cookie"), symbol("remove_cookie", line=4))),
    (key("users"), extraction(symbol("User", kind="class"), symbol("erase", kind="method", line=3, owner="User"))),
    (key("empty"), Extraction("python")),
]
PATHS = ["app/http.py", "app/users.py", "app/empty.py"]
