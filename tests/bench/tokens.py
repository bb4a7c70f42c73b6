"""How many tokens a model pays, by the o200k_base vocabulary (the `bpe-openai` package, exact):

    python -m tests.bench.tokens [DIR] [QUERY …]

Prints what the tools' schemas and the instructions take together; with DIR, which is indexed if it is not yet, what
answers of twenty hits take, text and structure apart: a client shows its model one of them, or both.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import bpe_openai

from bridge.assistant.tools import ALL
from tests.assistant.serving import ask, served
from tests.conftest import stop_daemon

ENCODING = bpe_openai.get_encoding("o200k_base")
QUERIES = ("HttpResponse", "get_", "Field", "parse", "test_")


def tokens(text: str) -> int:
    """How many tokens a text has."""
    return len(ENCODING.encode_ordinary(text))


def compact(value: object) -> str:
    """A structure as clients show it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def listing() -> dict[str, int]:
    """The tokens of each tool as a model sees it, and of the instructions."""
    shown = {
        tool.name: compact(
            {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": tool.input_schema(),
                "outputSchema": tool.output_schema,
            }
        )
        for tool in ALL
    }
    shown["instructions"] = files("bridge.assistant").joinpath("instructions.md").read_text(encoding="utf-8")
    return {name: tokens(text) for name, text in shown.items()}


async def answers(root: Path, queries: list[str]) -> None:
    """Print what each query's answer takes."""
    home = Path(tempfile.mkdtemp(prefix="ci-home-"))
    try:
        async with served(home, root) as client:
            for query in queries:
                text, structure = await ask(client, "search_symbols", query=query, limit=20)
                json_text = compact(structure)
                print(
                    f"{query!r}: {len(structure['symbols'])} hits, text {tokens(text)}, structure {tokens(json_text)}"
                    f" ({len(json_text) / tokens(json_text):.2f} characters a token)"
                )
    finally:
        stop_daemon(home)
        shutil.rmtree(home)


def main() -> None:
    """See the module."""
    listed = listing()
    for name, count in listed.items():
        print(f"{name:16} {count:5}")
    print(f"{'together':16} {sum(listed.values()):5}")
    if len(sys.argv) > 1:
        asyncio.run(answers(Path(sys.argv[1]), sys.argv[2:] or list(QUERIES)))


if __name__ == "__main__":
    main()
