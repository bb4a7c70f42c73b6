"""OpenAI's Responses: what Codex speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.clients.models.scripted import Call, Json, Tool, Turn, text_of


class Responses:
    """POST …/responses. Tools of an MCP server come in a namespace, which a call repeats."""

    def speaks(self, path: str) -> bool:
        return path.endswith("/responses")

    def read(self, body: Json) -> Turn:
        outputs = [item for item in body["input"] if item.get("type") == "function_call_output"]
        return Turn(list(_tools(body.get("tools", []), "")), text_of(outputs[-1]["output"]) if outputs else None)

    def call(self, call: Call, model: str) -> Iterator[Json]:
        named = {"name": call.tool.name, **({"namespace": call.tool.namespace} if call.tool.namespace else {})}
        item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed"}
        yield from _response(model, {**item, **named, "arguments": json.dumps(call.arguments)})

    def say(self, text: str, model: str) -> Iterator[Json]:
        content = [{"type": "output_text", "text": text, "annotations": []}]
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
        yield from _response(model, {**message, "content": content})

    def whole(self, events: list[Json]) -> Json:
        completed: Json = events[-1]["response"]
        return completed


def _tools(offered: list[Json], namespace: str) -> Iterator[Tool]:
    for tool in offered:
        if tool["type"] == "namespace":
            yield from _tools(tool["tools"], tool["name"])
        elif tool["type"] == "function":
            yield Tool(tool["name"], namespace)


def _response(model: str, item: Json) -> Iterator[Json]:
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    response = {"id": "resp_1", "object": "response", "created_at": 0, "model": model}
    yield {"type": "response.created", "response": {**response, "status": "in_progress", "output": []}}
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    done = {**response, "status": "completed", "output": [item], "usage": usage}
    yield {"type": "response.completed", "response": done}
