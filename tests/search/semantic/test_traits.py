"""What is known of a symbol besides its words."""

from __future__ import annotations

import pytest

from grpc_backend.extract.extractor import extract
from grpc_backend.search.semantic.texts import texts
from grpc_backend.search.semantic.traits import Trait, traits

TYPESCRIPT = b"""
export function of(value: null): Observable<null>;
export function of<T>(
  value: T,
): Observable<T>;
export function of<T>(...values: T[]): Observable<T> {
  function popped() { return values.pop(); }
  return from(values);
}
declare function alone(value: string): void;
class Held { private hidden(): void { this.forget(); } }
"""
PYTHON = b"""
@overload
def get(key: int) -> str: ...
def get(key):
    return look_up(key)
def _inner():
    return 1
def __enter__(self):
    return self
"""


def traits_of(dialect, source):
    extraction = extract(dialect, source)
    said = list(texts(extraction))
    found = zip(said, traits(extraction, said), strict=True)
    return [(one.name, Trait(bits)) for one, bits in found]


@pytest.mark.parametrize(
    ("dialect", "source", "expected"),
    [
        (
            "typescript",
            TYPESCRIPT,
            [
                ("of", Trait.DECLARED | Trait.EXPORTED),
                ("of", Trait.DECLARED | Trait.EXPORTED),
                ("of", Trait.EXPORTED),
                ("popped", Trait.INNER),
                ("alone", Trait(0)),
                ("Held", Trait(0)),
                ("hidden", Trait.HIDDEN),
            ],
        ),
        (
            "python",
            PYTHON,
            [("get", Trait.DECLARED), ("get", Trait(0)), ("_inner", Trait.HIDDEN), ("__enter__", Trait(0))],
        ),
    ],
)
def test_traits(dialect, source, expected):
    assert traits_of(dialect, source) == expected
