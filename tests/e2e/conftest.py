"""What several end-to-end tests need and is worth making once."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.npm import npm_environment, npm_installed

__all__ = ["npm_environment", "npm_installed"]


@pytest.fixture(scope="session")
def django(tmp_path_factory) -> Path:
    """The newest Django 5.2, as its source distribution has it."""
    folder = tmp_path_factory.mktemp("django")
    # Its sdist is asked for by name: nothing is built or run but what pip needs to read its metadata.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-binary", ":all:", "--no-deps", "django==5.2.*"]
    subprocess.run([*command, "--dest", str(folder)], check=True, timeout=300)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as sources:
        sources.extractall(folder, filter="data")
    archive.unlink()
    (root,) = folder.iterdir()
    return root
