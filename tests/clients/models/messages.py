"""Anthropic's Messages: what Claude Code speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.clients.models.scripted import Call, Json, Tool, Turn, text_of


class Messages:
    """POST /v1/messages."""

    def speaks(self, path: str) -> bool:
        return path.split("?", maxsplit=1)[0].endswith("/messages")

    def read(self, body: Json) -> Turn:
        results = [
            part
            for message in body["messages"]
            if isinstance(message["content"], list)
            for part in message["content"]
            if part["type"] == "tool_result"
        ]
        tools = [Tool(tool["name"]) for tool in body.get("tools", [])]
        return Turn(tools, text_of(results[-1]["content"]) if results else None)

    def call(self, call: Call, model: str) -> Iterator[Json]:
        block = {"type": "tool_use", "id": "toolu_1", "name": call.tool.name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}
        yield from _message(model, block, delta, "tool_use")

    def say(self, text: str, model: str) -> Iterator[Json]:
        yield from _message(model, {"type": "text", "text": ""}, {"type": "text_delta", "text": text}, "end_turn")

    def whole(self, events: list[Json]) -> Json:
        start, opened, piece, _, end, _ = events
        block = dict(opened["content_block"])
        if block["type"] == "text":
            block["text"] = piece["delta"]["text"]
        else:
            block["input"] = json.loads(piece["delta"]["partial_json"])
        return {**start["message"], "content": [block], "stop_reason": end["delta"]["stop_reason"]}


def _message(model: str, block: Json, delta: Json, reason: str) -> Iterator[Json]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    usage = {"input_tokens": 1, "output_tokens": 1}
    yield {"type": "message_start", "message": {**message, "stop_reason": None, "usage": usage}}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}
