"""OCaml's interfaces: see ocaml.py."""

from tests.truth.oracles.ocaml import definitions

__all__ = ["definitions"]
