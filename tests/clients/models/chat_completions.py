"""OpenAI's chat completions: what Copilot CLI and opencode speak to a provider of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.clients.models.scripted import Call, Json, Tool, Turn, text_of


class ChatCompletions:
    """POST …/chat/completions."""

    def speaks(self, path: str) -> bool:
        return path.endswith("/chat/completions")

    def read(self, body: Json) -> Turn:
        results = [message for message in body["messages"] if message["role"] == "tool"]
        tools = [Tool(tool["function"]["name"]) for tool in body.get("tools", []) if tool["type"] == "function"]
        return Turn(tools, text_of(results[-1]["content"]) if results else None)

    def call(self, call: Call, model: str) -> Iterator[Json]:
        function = {"name": call.tool.name, "arguments": json.dumps(call.arguments)}
        calls = [{"index": 0, "id": "call_1", "type": "function", "function": function}]
        yield _chunk(model, {"role": "assistant", "content": None, "tool_calls": calls}, None)
        yield _chunk(model, {}, "tool_calls")

    def say(self, text: str, model: str) -> Iterator[Json]:
        yield _chunk(model, {"role": "assistant", "content": text}, None)
        yield _chunk(model, {}, "stop")

    def whole(self, events: list[Json]) -> Json:
        message, end = (event["choices"][0] for event in events)
        choice = {"index": 0, "message": message["delta"], "finish_reason": end["finish_reason"]}
        return {**events[0], "object": "chat.completion", "choices": [choice]}


def _chunk(model: str, delta: Json, reason: str | None) -> Json:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
