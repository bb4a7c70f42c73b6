"""What the build compiles, and when."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import hatch_build
from grpc_backend.extract.form import extraction_form

EXTRACT = Path(hatch_build.__file__).parent / "grpc_backend" / "extract"


def test_every_module_that_is_compiled_exists():
    assert not [name for name in hatch_build.COMPILED if not (EXTRACT / f"{name}.py").exists()]
    assert {EXTRACT.parents[1] / source for source in hatch_build.SOURCES} == {*EXTRACT.glob("*.c")}


def test_no_class_that_is_compiled_has_a_plain_subclass():
    """It could not be imported."""
    compiled = [EXTRACT / f"{name}.py" for name in hatch_build.COMPILED]
    names = {node.name for path in compiled for node in _classes(path)}
    plain = [path for path in EXTRACT.rglob("*.py") if path not in compiled]
    bases = {ast.unparse(base) for path in plain for node in _classes(path) for base in node.bases}
    assert "CFamily" in names
    assert not names & bases


def _classes(path):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize(("choice", "wanted"), [("0", False), ("1", True)])
def test_the_choice_counts_before_what_is_there(monkeypatch, choice, wanted):
    monkeypatch.setenv("CODEINDEX_COMPILE", choice)
    monkeypatch.setenv("CC", "/nonexistent/cc")
    assert hatch_build.is_wanted() is wanted


def test_without_a_compiler_a_wheel_is_plain(monkeypatch):
    monkeypatch.delenv("CODEINDEX_COMPILE", raising=False)
    monkeypatch.setenv("CC", "/nonexistent/cc")
    assert not hatch_build.is_wanted()


def test_without_headers_a_wheel_is_plain(monkeypatch, tmp_path):
    monkeypatch.delenv("CODEINDEX_COMPILE", raising=False)
    monkeypatch.setattr(hatch_build.sysconfig, "get_path", lambda _: str(tmp_path))
    assert not hatch_build.is_wanted()


def test_the_form_is_told_by_what_would_be_imported():
    """`python -m tests.compiled` runs this as well, beside compiled modules."""
    assert extraction_form() == ("compiled" if list(EXTRACT.glob("references*.so")) else "plain")


def test_a_checkout_holds_nothing_compiled():
    """It would be taken in place of a source that was edited since."""
    if (EXTRACT.parents[1] / ".ci").exists():
        assert not [*EXTRACT.rglob("*.so"), *EXTRACT.rglob("*.pyd")]
