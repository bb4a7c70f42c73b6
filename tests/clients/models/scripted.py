"""A model on loopback that calls one tool, once, and keeps what came back.

It is asked as a real one is: by HTTP, by an agent that believes it. Requests in which the tool is not
offered (agents ask for titles and summaries too) get a sentence.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from msgspec import Struct

Json = dict[str, Any]


class Tool(Struct, frozen=True):
    """A tool as it is offered. `namespace` is what some clients put it in."""

    name: str
    namespace: str = ""


class Call(Struct, frozen=True):
    """What the model wants done."""

    tool: Tool
    arguments: Json


class Turn(Struct, frozen=True):
    """What a request says: the tools on offer, and the result of the call before, if there was one."""

    tools: list[Tool]
    result: str | None


class Dialect(Protocol):
    """How one maker's requests and answers are written."""

    def speaks(self, path: str) -> bool:
        """Whether a request to this path asks for an answer of the model's."""

    def read(self, body: Json) -> Turn:
        """What a request says."""

    def call(self, call: Call, model: str) -> Iterator[Json]:
        """The events of an answer that calls a tool."""

    def say(self, text: str, model: str) -> Iterator[Json]:
        """The events of an answer in words."""

    def whole(self, events: list[Json]) -> Json:
        """The same answer in one piece, for those who want no stream."""


class ScriptedModel:
    """What was offered to the model, and what its calls brought."""

    def __init__(self, dialect: Dialect, tool: str, arguments: Json) -> None:
        self.dialect = dialect
        self.offered: set[str] = set()
        self.results: list[str] = []
        self.paths: list[str] = []
        self._tool = tool
        self._arguments = arguments

    def answer(self, body: Json) -> list[Json]:
        """The events with which a request is answered."""
        turn = self.dialect.read(body)
        self.offered |= {tool.name for tool in turn.tools}
        model = str(body.get("model", "scripted"))
        wanted = next((tool for tool in turn.tools if tool.name.endswith(self._tool)), None)
        if turn.result is not None:
            self.results.append(turn.result)
            return list(self.dialect.say(f"DONE {turn.result[:200]}", model))
        if wanted is None:
            return list(self.dialect.say("The tool is not on offer.", model))
        return list(self.dialect.call(Call(wanted, self._arguments), model))


@contextlib.contextmanager
def serving(model: ScriptedModel) -> Iterator[str]:
    """The model's address, for as long as it is served."""
    handler = type("Handler", (_Handler,), {"model": model})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    model: ScriptedModel

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.model.paths.append(self.path)
        if not self.model.dialect.speaks(self.path):
            return self._send(404, "application/json", b'{"error": {"message": "not here"}}')
        request = json.loads(body)
        events = self.model.answer(request)
        if request.get("stream") or "alt=sse" in self.path:
            return self._send(200, "text/event-stream", b"".join(map(_event, events)))
        return self._send(200, "application/json", json.dumps(self.model.dialect.whole(events)).encode())

    def do_GET(self) -> None:
        self.model.paths.append(self.path)
        self._send(404, "application/json", b'{"error": {"message": "not here"}}')

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the test says what matters."""


def _event(event: Json) -> bytes:
    """One event of a stream; those with a type say it in their own line too."""
    named = f"event: {event['type']}\n" if "type" in event else ""
    return f"{named}data: {json.dumps(event)}\n\n".encode()


def text_of(content: Any) -> str:
    """The text of a result, which is a string, or a list of parts of which some have text."""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or [])
