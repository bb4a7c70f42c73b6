"""One daemon and one project for all tests of this folder: they only read, unless they make a project of their own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FILES, stop_daemon

MORE = {
    "app/many.py": "".join(f"def many_{number:03}():\n    pass\n\n\n" for number in range(120)),
    "app/twice.py": "class Twice:\n    def same(self):\n        pass\n\n    def same(self):\n        return 2\n",
    "app/hidden.py": 'def tricky():\n    """Read\u202e me\u200b well."""\n    return "\x1b[31mred\u2066"\n',
    "app/long.py": "def long():\n" + "".join(f'    print("line {number:05} {"x" * 60}")\n' for number in range(1200)),
    "app/nothing.py": "# no symbols\n",
    "AUTHORS": "Nobody and no one.\n",
    "app/min.js": "var a=1;" * 4000,
    "lib/response.py": "class HttpResponse:\n    pass\n",
}


@pytest.fixture(scope="package")
def shared_home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="ci-home-"))
    yield path
    stop_daemon(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="package")
def shared_project(tmp_path_factory) -> Path:
    """The small project with what is hard about rendering: many, twice, hidden, long, nothing."""
    root = tmp_path_factory.mktemp("assistant") / "project"
    for name, text in {**FILES, **MORE}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root
