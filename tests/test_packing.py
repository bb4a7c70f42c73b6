"""Uses of names, kept and taken out again."""

from __future__ import annotations

from grpc_backend.model import Occurrence, Role
from grpc_backend.packing import ROLE_BITS, Layout, count, encode, joined, overlaid, unpacked

# Lines of 10 bytes; from 15 to 25 a symbol stands, with another in it from 18 to 20.
LAYOUT = encode(Layout([10, 10, 10], [15, 18, 20, 25], [0, 1, 0, -1]))


def use(offset: int, role: Role = Role.READ) -> int:
    return offset << ROLE_BITS | role


def test_uses_come_by_position_with_line_column_and_enclosing_symbol():
    packed = encode({"": [use(3), use(19, Role.CALL)], "a.b": [use(10, Role.WRITE), use(27)]})
    assert count(packed) == 4
    assert unpacked(packed, LAYOUT) == [
        Occurrence(Role.READ, 1, 3),
        Occurrence(Role.WRITE, 2, 0, -1, "a.b"),
        Occurrence(Role.CALL, 2, 9, 1),
        Occurrence(Role.READ, 3, 7, -1, "a.b"),
    ]


def test_uses_in_two_languages_are_joined():
    both = joined(encode({"": [use(3)]}), encode({"": [use(1)], "a": [use(2)]}))
    assert [one.column for one in unpacked(both, LAYOUT)] == [1, 2, 3]


def test_of_two_layouts_the_inner_ones_symbols_count_before_the_outer_ones():
    inner = encode(Layout([30], [16, 17], [0, -1]))
    packed = encode({"": [use(15), use(16), use(17), use(18), use(26)]})
    assert [one.enclosing for one in unpacked(packed, overlaid(LAYOUT, inner, 2))] == [0, 2, 0, 1, -1]
