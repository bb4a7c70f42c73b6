"""A JSON document is changed where it has to be, and nowhere else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.setup.jsonc import Malformed, merge, parse

ENTRY = {"mcpServers": {"codeindex": {"command": "codeindex", "args": ["mcp"]}}}

COMMENTED = """// Mine.
{
    "theme": "dark", // at night
    /* servers */
    "mcpServers": {
        "other": {"command": "x"} // keep me
        // "old": {}
    },
}
"""


def test_comments_order_and_indentation_stay():
    added = """
        "codeindex": {
            "command": "codeindex",
            "args": ["mcp"]
        }
"""
    expected = COMMENTED.replace('"x"} //', '"x"}, //').replace('// "old": {}\n', '// "old": {}' + added)
    assert merge(COMMENTED, ENTRY) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "{}",
        "// nothing yet\n",
        '{"mcpServers": {}}',
        '{"mcpServers": {"a": {"b": 1}}, "c": [1, 2,], }',
        '{\r\n\t"a": 1\r\n}\r\n',
        '{\n  "mcpServers": {\n    // none\n  }\n}',
        '{"a": 1\n}',
        '\ufeff{\n  "a": 1 }',
        COMMENTED,
    ],
)
def test_what_was_there_stays_and_a_second_time_changes_nothing(text):
    before = parse(text)
    once = merge(text, ENTRY)
    expected = {**(before.value if before else {})}
    expected["mcpServers"] = {**expected.get("mcpServers", {}), **ENTRY["mcpServers"]}
    assert parse(once).value == expected
    assert merge(once, ENTRY) is once
    assert re.findall(r"//.*|/\*.*?\*/", once) == re.findall(r"//.*|/\*.*?\*/", text)
    assert once.count("\r\n") in (0, once.count("\n"))


def test_an_entry_is_brought_up_to_date_and_keeps_what_others_added():
    text = '{"mcpServers": {"codeindex": {"command": "/old/codeindex", "env": {"A": "b"}, "args": ["mcp"]}}}'
    assert merge(text, ENTRY) == text.replace("/old/codeindex", "codeindex")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{\n  'a': 1\n}", "line 2, column 3"),
        ('{"a": 1', "line 1, column 8"),
        ('{"a" 1}', "line 1, column 6"),
        ('{"a": 01}', "line 1, column 7"),
        ("{} {}", "line 1, column 4"),
        ("{,}", "line 1, column 2"),
        ("[1]", "line 1, column 1"),
        ('"a"', "line 1, column 1"),
        ('{"mcpServers": []}', "line 1, column 16"),
        ('{"mcpServers": {"codeindex": null}}', "line 1, column 30"),
        ("{" + '"a":{' * 300, "nested too deep"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text, place):
    with pytest.raises(Malformed, match=place):
        merge(text, ENTRY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=4)


@given(OBJECTS, OBJECTS, st.sampled_from([None, 2, 4, "\t"]))
def test_any_document_is_read_as_json_reads_it_and_takes_any_other(document, wanted, indent):
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    assert parse(text).value == document
    try:
        after = merge(text, wanted)
    except Malformed:
        assert any(isinstance(wanted[key], dict) and key in document for key in wanted)
        return
    assert json.loads(after) == _merged(document, wanted)
    assert merge(after, wanted) is after


def _merged(document, wanted):
    both = dict(document)
    for key, value in wanted.items():
        both[key] = _merged(document[key], value) if isinstance(value, dict) and key in document else value
    return both
