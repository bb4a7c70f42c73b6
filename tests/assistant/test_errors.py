"""A refusal says what to do; it is a readable answer, never a broken protocol."""

from __future__ import annotations

from tests.assistant.serving import connected, refused, served

REFUSED = [
    ("search_symbols", {}, ["query", "query (required), kind, language"]),
    ("search_symbols", {"query": ""}, ["$.query", "length >= 1"]),
    ("search_symbols", {"query": "x", "limit": 0}, ["$.limit", ">= 1"]),
    ("search_symbols", {"query": "x", "limit": "10"}, ["$.limit", "int"]),
    ("search_symbols", {"query": "x", "colour": "red"}, ["colour", "It takes: query (required)"]),
    ("search_symbols", {"query": "x", "kind": "klass"}, ["klass", "use one of", "class", "function"]),
    ("search_symbols", {"query": "x", "wait_ms": 10_000_000}, ["$.wait_ms", "<= 30000"]),
    ("search_symbols", {"query": "x", "path": "/etc"}, ["/etc", "relative to"]),
    ("find_definition", {}, ["`symbol`, or `path` and `line`"]),
    ("find_definition", {"path": "app/views.py"}, ["`symbol`, or `path` and `line`"]),
    ("find_definition", {"path": "app/none.py", "line": 1, "column": 1}, ["app/none.py", "no file"]),
    ("find_references", {"symbol": "x", "path": "../y"}, ["'..'"]),
    ("outline", {"path": "/etc"}, ["outside the workspace", "relative to"]),
    ("read_symbol", {"symbol": "x"}, ["symbols (required)"]),
    ("read_symbol", {"symbols": []}, ["$.symbols", "length >= 1"]),
    ("read_symbol", {"symbols": ["x"] * 21}, ["$.symbols", "length <= 20"]),
    ("overview", {"path": "a/../../b"}, ["'..'"]),
    ("no_such_tool", {}, ["no_such_tool", "search_symbols"]),
]


async def test_refusals_say_what_to_do(shared_home, shared_project):
    async with served(shared_home, shared_project) as client:
        for tool, arguments, words in REFUSED:
            said = await refused(client, tool, **arguments)
            for word in words:
                assert word in said, (tool, arguments, said)


async def test_without_a_workspace_the_answer_says_how_to_give_one(shared_home):
    async with connected(shared_home) as client:
        assert "--workspace DIR" in await refused(client, "overview")
