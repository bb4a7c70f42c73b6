"""The tools' schemas: valid, true of every answer and of every argument, and small."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.assistant.tools import ALL
from bridge.errors import InvalidRequest
from tests.assistant.serving import ask, served
from tests.bench.tokens import listing, tokens
from tests.interaction._requirements import requirement

BY_NAME = {tool.name: tool for tool in ALL}
MAX_TOKENS = 1_500
MAX_HITS_TOKENS = 700

# Found, not found, cut, ambiguous, empty: whatever an answer can look like.
CALLS = [
    ("search_symbols", {"query": "HttpResponse"}),
    ("search_symbols", {"query": "many", "limit": 3}),
    ("search_symbols", {"query": "nowhere_to_be_found", "kind": "class"}),
    ("find_definition", {"symbol": "HttpResponse"}),
    ("find_definition", {"symbol": "app/views.py#nope"}),
    ("find_definition", {"path": "app/views.py", "line": 7, "column": 16}),
    ("find_definition", {"path": "app/views.py", "line": 9999}),
    ("find_references", {"symbol": "set_cookie"}),
    ("find_references", {"symbol": "nowhere_to_be_found"}),
    ("outline", {}),
    ("outline", {"path": "app/http/response.py"}),
    ("outline", {"path": "nowhere"}),
    ("read_symbol", {"symbols": ["index", "HttpResponse", "nope", "app/views.py#nope", "tricky", "long"]}),
    ("overview", {}),
    ("overview", {"path": "nowhere"}),
    ("index_status", {}),
]


@pytest.mark.parametrize("tool", ALL, ids=lambda tool: tool.name)
def test_schemas_are_valid_and_say_what_is_required(tool):
    for schema in (tool.input_schema(), tool.output_schema):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
    assert tool.input_schema()["additionalProperties"] is False
    assert "freshness" in tool.output_schema["required"]
    for argument in tool.input_schema()["properties"].values():
        if "default" in argument:
            jsonschema.validate(argument["default"], argument)


@requirement("tools:list")
def test_the_design_names_these_tools():
    names = "search_symbols find_definition find_references outline read_symbol overview index_status"
    assert [tool.name for tool in ALL] == names.split()
    assert [tool.name for tool in ALL if tool.main] == ["search_symbols"]


@requirement("tools:small")
def test_schemas_and_instructions_are_small():
    assert sum(listing().values()) <= MAX_TOKENS


@requirement("tools:small")
async def test_twenty_hits_are_small(shared_home, shared_project):
    async with served(shared_home, shared_project) as client:
        text, answer = await ask(client, "search_symbols", query="many_", limit=20)
        assert len(answer["symbols"]) == 20
        assert tokens(text) <= MAX_HITS_TOKENS


@requirement("tools:schemas")
async def test_every_answer_fits_its_schema_and_covers_something(shared_home, shared_project):
    async with served(shared_home, shared_project) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        for name, arguments in CALLS:
            result = await client.call_tool(name, arguments)
            assert not result.is_error, (name, arguments, result.content)
            answer = result.structured_content
            jsonschema.validate(answer, listed[name].output_schema)
            assert answer["freshness"]["complete"] is True
            assert answer["freshness"]["indexed_files"] == answer["freshness"]["total_files"] > 0
            declared = listed[name].output_schema["properties"].keys()
            undeclared = answer.keys() - declared
            assert declared <= answer.keys(), (name, arguments)
            assert undeclared <= {"absence", "areas", "counted"}, (name, arguments)


async def test_what_is_listed_is_what_the_tools_say(shared_home, shared_project):
    async with served(shared_home, shared_project) as client:
        for tool in (await client.list_tools()).tools:
            ours = BY_NAME[tool.name]
            assert (tool.input_schema, tool.output_schema) == (ours.input_schema(), ours.output_schema)
            assert tool.annotations.read_only_hint is True


NAMES = sorted({name for tool in ALL for name in tool.input_schema()["properties"]} | {"unknown"})
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 40_000),
    st.sampled_from([0.5, 1.0, "", "x", "x" * 513, "x" * 4097]),
    st.lists(st.sampled_from(["a", "", 1, None]), max_size=22),
)


@settings(max_examples=400)
@given(st.sampled_from(ALL), st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_a_tool_takes_exactly_what_its_schema_allows(tool, arguments):
    if jsonschema.Draft202012Validator(tool.input_schema()).is_valid(arguments):
        tool.parse(arguments)
    else:
        with pytest.raises(InvalidRequest, match=rf"^{tool.name}: .* It takes: "):
            tool.parse(arguments)
