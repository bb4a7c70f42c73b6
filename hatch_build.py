"""Compiles what extraction spends its time in, when a wheel is built where there is a C compiler.

The modules are compiled with mypyc, and run as they are where that is not done: in a checkout, in an editable install
(what is compiled would not follow the edits), and in a wheel if it cannot be done. What is written in C is built with
them, and what there is in Python takes its place elsewhere (see extract/compiled.py). CODEINDEX_COMPILE=0 leaves a
wheel plain (it fits every platform then), CODEINDEX_COMPILE=1 makes it an error when it cannot be compiled.

As a program it compiles, in place, what it finds in a folder: `python hatch_build.py FOLDER`.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

PACKAGES: Final = ("bridge", "grpc_backend", "protos")
# The modules of extraction that pay for it: those whose time goes in regular expressions or in a grammar do not.
# A class that is compiled has its subclasses compiled, too (c, cpp); ecmascript has some in languages that are not.
CORE: Final = "definitions docs draft hints lines memories receivers references stretches symbols"
LANGUAGES: Final = "c c_family cpp ecmascript_bodies ecmascript_drafts ecmascript_words python python_text"
COMPILED: Final = (*CORE.split(), *(f"languages/{name}" for name in LANGUAGES.split()))
# What is written in C, and its sources.
EXTENSION: Final = "grpc_backend.extract._scan"
SOURCES: Final = tuple(f"grpc_backend/extract/{name}.c" for name in ("_scan", "_scan_words"))
CHOICE: Final = "CODEINDEX_COMPILE"
# What compiles, and what the compiled modules' types come from.
COMPILER: Final = ("mypy>=2.4", "setuptools>=77")
TYPES_FROM: Final = re.compile(r"(?:msgspec|tree-sitter)(?![\w-])")
# The compiler itself comes as a wheel for these; elsewhere fetching it might fail.
MACHINES: Final = frozenset({"x86_64", "amd64", "aarch64", "arm64"})
NEWEST: Final = (3, 14)
SHOWN_CHARACTERS: Final = 160


def is_wanted() -> bool:
    """Whether a wheel that is built here is to be compiled."""
    choice = os.environ.get(CHOICE, "")
    if choice in ("0", "1"):
        return choice == "1"
    is_known = sys.implementation.name == "cpython" and sys.version_info[:2] <= NEWEST
    return is_known and platform.machine().lower() in MACHINES and _has_compiler()


def _has_compiler() -> bool:
    """Whether there is a C compiler, and Python's headers, as far as can be told without trying."""
    named = os.environ.get("CC") or sysconfig.get_config_var("CC") or ""
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    return bool(named) and shutil.which(shlex.split(named)[0]) is not None and headers.exists()


def compile_in(folder: Path) -> None:
    """Compile the modules of a folder in place. Errors: SystemExit with what the compiler says."""
    from mypyc.build import mypycify
    from setuptools import Extension, setup

    os.chdir(folder)
    modules = [f"grpc_backend/extract/{name}.py" for name in COMPILED]
    options = ["--config-file=", "--ignore-missing-imports", "--no-warn-unused-ignores"]
    extensions = mypycify([*options, *modules], opt_level="2", debug_level="0", group_name="codeindex_extract")
    extensions.append(Extension(EXTENSION, list(SOURCES)))
    setup(name="codeindex", packages=[], ext_modules=extensions, script_args=["--quiet", "build_ext", "--inplace"])


if __name__ == "__main__":
    compile_in(Path(sys.argv[1]))
else:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class CompilingHook(BuildHookInterface[Any]):
        """Puts the compiled modules into a wheel, beside their sources."""

        PLUGIN_NAME = "custom"

        def dependencies(self) -> list[str]:
            """What has to be fetched before the build."""
            if not is_wanted():
                return []
            needed = [one for one in self.metadata.core.dependencies if TYPES_FROM.match(one)]
            return [*COMPILER, *needed]

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Compile a copy of the sources, and say what of it goes where."""
            if version == "editable" or not is_wanted():
                self.app.display_info("extraction is not compiled: it runs as plain Python")
                return
            self._scratch = TemporaryDirectory(prefix="codeindex-compile-")
            folder = Path(self._scratch.name)
            for package in PACKAGES:
                shutil.copytree(Path(self.root) / package, folder / package, ignore=shutil.ignore_patterns("data"))
            done = subprocess.run([sys.executable, __file__, folder], capture_output=True, text=True, check=False)
            if done.returncode:
                self._failed((done.stdout + done.stderr).strip())
                return
            shutil.rmtree(folder / "build")
            found = folder.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}")
            build_data["force_include"].update({str(one): str(one.relative_to(folder)) for one in found})
            build_data["infer_tag"], build_data["pure_python"] = True, False

        def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
            """Remove the copy."""
            del version, build_data, artifact_path
            if (scratch := getattr(self, "_scratch", None)) is not None:
                scratch.cleanup()

        def _failed(self, said: str) -> None:
            """Go on without, unless it was asked for."""
            last = said.splitlines()[-1][:SHOWN_CHARACTERS] if said else "no word why"
            if os.environ.get(CHOICE) == "1":
                self.app.display_error(said)
                raise RuntimeError(f"extraction could not be compiled: {last}")
            self.app.display_warning(f"extraction is not compiled, it runs as plain Python: {last}")
