"""Gemini's generateContent: what Gemini CLI speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.clients.models.scripted import Call, Json, Tool, Turn


class GenerateContent:
    """POST …:generateContent and …:streamGenerateContent."""

    def speaks(self, path: str) -> bool:
        return path.split("?", maxsplit=1)[0].endswith((":generateContent", ":streamGenerateContent"))

    def read(self, body: Json) -> Turn:
        parts = [part for content in body["contents"] for part in content.get("parts", [])]
        results = [part["functionResponse"]["response"] for part in parts if "functionResponse" in part]
        tools = [
            Tool(declared["name"])
            for tool in body.get("tools", [])
            for declared in tool.get("functionDeclarations", [])
        ]
        return Turn(tools, _text(results[-1]) if results else None)

    def call(self, call: Call, model: str) -> Iterator[Json]:
        yield _content(model, {"functionCall": {"name": call.tool.name, "args": call.arguments}})

    def say(self, text: str, model: str) -> Iterator[Json]:
        yield _content(model, {"text": text})

    def whole(self, events: list[Json]) -> Json:
        return events[0]


def _text(response: Json) -> str:
    """What the client puts in for the model to read."""
    output = response.get("output")
    return output if isinstance(output, str) else json.dumps(response)


def _content(model: str, part: Json) -> Json:
    return {
        "candidates": [{"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        "modelVersion": model,
    }
