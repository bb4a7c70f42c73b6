"""A real `codeindex lsp` process, driven by pytest-lsp's client with the capabilities of real editors."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities
from pytest_lsp.client import make_test_lsp_client

from bridge.editor.convert import uri_of

ENCODINGS = ("utf-8", "utf-16", "utf-32")
WITHIN_S = 60.0
CLIENTS = ("neovim@v0.11.0", "visual-studio-code")


def capabilities(client: str, *encodings: str) -> types.ClientCapabilities:
    """What a real editor says of itself. VS Code's record is from before it resolved workspace symbols."""
    found = client_capabilities(client)
    if client.startswith("visual"):
        found.workspace.symbol.resolve_support = types.ClientSymbolResolveOptions(["location.range"])
    if encodings:
        found.general = found.general or types.GeneralClientCapabilities()
        found.general.position_encodings = list(encodings)
    return found


@contextlib.asynccontextmanager
async def editing(
    home: Path,
    *folders: Path,
    client: str | types.ClientCapabilities = CLIENTS[0],
    encoding: str = "",
    options: Any = None,
    configuration: Any = None,
    **given: Any,
) -> AsyncIterator[LanguageClient]:
    """An editor with these folders open. At the end it shuts the server down, which must exit with 0."""
    editor = make_test_lsp_client()
    editor.set_configuration(configuration or {})
    await editor.start_io(sys.executable, "-m", "bridge", "--home", str(home), "lsp", "--stdio")
    try:
        editor.answer = await editor.initialize_session(
            types.InitializeParams(
                capabilities=capabilities(client, *filter(None, [encoding])) if isinstance(client, str) else client,
                workspace_folders=[types.WorkspaceFolder(uri_of(one), one.name) for one in folders],
                root_uri=uri_of(folders[0]) if folders else None,
                initialization_options=options,
            )
        )
        async with asyncio.timeout(WITHIN_S):
            yield editor
            await editor.shutdown_session()
        assert editor._server.returncode == 0
    finally:
        if editor._server.returncode is None:
            editor._server.kill()
        await editor.stop()


class File:
    """A document as an editor has it open."""

    def __init__(self, editor: LanguageClient, path: Path, language: str = "python") -> None:
        self.editor, self.path, self.language = editor, path, language
        self.uri = uri_of(path)
        self.version = 1

    @property
    def id(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri)

    def open(self, text: str | None = None) -> File:
        text = self.path.read_bytes().decode() if text is None else text
        item = types.TextDocumentItem(self.uri, self.language, self.version, text)
        self.editor.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return self

    def change(self, *changes: types.TextDocumentContentChangeEvent) -> None:
        self.version += 1
        identifier = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.editor.text_document_did_change(types.DidChangeTextDocumentParams(identifier, list(changes)))

    def replace(self, text: str) -> None:
        self.change(types.TextDocumentContentChangeWholeDocument(text))

    def save(self) -> None:
        self.editor.text_document_did_save(types.DidSaveTextDocumentParams(self.id))

    def close(self) -> None:
        self.editor.text_document_did_close(types.DidCloseTextDocumentParams(self.id))

    def at(self, line: int, character: int) -> dict[str, Any]:
        return {"text_document": self.id, "position": types.Position(line, character)}


async def indexed(editor: LanguageClient) -> dict[str, Any]:
    """The status, once all folders are complete."""
    async with asyncio.timeout(30):
        while True:
            status = await command(editor, "status")
            if status["folders"] and all(one["complete"] for one in status["folders"]):
                return status


async def command(editor: LanguageClient, name: str) -> Any:
    return await editor.workspace_execute_command_async(types.ExecuteCommandParams(f"codeindex.{name}"))


async def found(editor: LanguageClient, query: str) -> list[str]:
    """The names that a search finds."""
    answer = await editor.workspace_symbol_async(types.WorkspaceSymbolParams(query))
    return [one.name for one in answer or ()]


async def until_found(editor: LanguageClient, query: str, names: list[str]) -> None:
    """Search until exactly these are found, at most 400 times."""
    for _ in range(400):
        answer = await found(editor, query)
        if answer == names:
            return
    raise AssertionError(f"{query}: {answer}, not {names}")


@pytest.fixture(params=CLIENTS)
def client(request) -> str:
    return request.param
