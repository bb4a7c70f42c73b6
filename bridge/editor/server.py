"""The language server: lifecycle, open folders, and a handler for every request of `features/`."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.io_ import StdinAsyncReader, StdoutWriter, run_async
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from bridge import __version__
from bridge.editor.commands import COMMANDS, Command
from bridge.editor.convert import path_of
from bridge.editor.editor import Editor
from bridge.editor.feature import Feature, Handler
from bridge.editor.features import ALL
from bridge.editor.folders import Folder
from bridge.editor.indexing import Indexing
from bridge.editor.settings import settings_from
from bridge.errors import BridgeError
from bridge.session import Session

log = logging.getLogger(__name__)

PART: Final = 100  # a partial result has at most so many


class _Protocol(LanguageServerProtocol):
    """Documents are kept by `Overlays`: pygls's own end lines where LSP does not (at U+2028, for one)."""

    _server: CodeIndexServer

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Any:
        """A document was opened."""
        return self._server.opened(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Any:
        """A document was edited."""
        self._server.editor.overlays.change(params, self._server.editor.encoding)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Any:
        """A document was closed."""
        self._server.editor.overlays.close(params.text_document.uri)


class CodeIndexServer(LanguageServer):
    """One editor's server."""

    def __init__(self, session: Session) -> None:
        super().__init__("codeindex", __version__, protocol_cls=_Protocol)
        self.editor = Editor(session)
        self.indexing = Indexing(self, self.editor)
        self._added: list[Folder] = []
        self._adopting: asyncio.Task[None] | None = None
        self._on(types.INITIALIZE, self._initialize)
        self._on(types.INITIALIZED, self._initialized)
        self._on(types.SHUTDOWN, self._shutdown)
        self._on(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        self._on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._change_folders)
        self._on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._change_configuration)
        for name, command in COMMANDS.items():
            self.command(name)(self._commanded(name, command))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Only the log is told: what fails here is mended here, or asked for again."""
        log.warning("%s: %s", getattr(source, "__name__", source), error)

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take a document; where no folder is open, its repository becomes one."""
        self.editor.overlays.open(params.text_document)
        file = path_of(params.text_document.uri)
        if file is not None and not self.editor.folders.all:
            self._adopting = asyncio.get_running_loop().create_task(self._adopt(file))

    def _on(self, method: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        async def handle(params: Any) -> Any:  # pygls marks the function, which a bound method does not allow
            return await handler(params)

        self.feature(method)(handle)

    async def _initialize(self, params: types.InitializeParams) -> None:
        """Begin to sync the folders, and offer what is not off in every language."""
        editor = self.editor
        editor.capabilities = params.capabilities
        editor.encoding = str(self.workspace.position_encoding)
        editor.settings = settings_from(params.initialization_options)
        for feature in ALL:
            if editor.settings.answers(feature.name):
                for method, handler in feature.handlers.items():
                    self._on(method, self._guarded(feature, handler))
        folders = [one.uri for one in params.workspace_folders or ()]
        root = params.root_uri or (f"file://{params.root_path}" if params.root_path else None)
        self._added = await editor.folders.add(folders or ([root] if root else []))

    async def _initialized(self, _params: types.InitializedParams) -> None:
        """Now the editor may be asked and told things."""
        self._follow(self._added)
        await self._pull_configuration()

    async def _shutdown(self, _params: None) -> None:
        """Progress is ended while there is someone to tell."""
        self.indexing.close()

    async def _adopt(self, file: Path) -> None:
        added = await self.editor.folders.add_for(file)
        self.editor.overlays.tell_again()
        self._follow(added)

    async def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self.editor.overlays.save(params.text_document.uri)

    async def _change_folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        if params.event.removed:
            for folder in await self.editor.folders.remove(one.uri for one in params.event.removed):
                self.indexing.leave(folder.root)
        added = await self.editor.folders.add(one.uri for one in params.event.added)
        self.editor.overlays.tell_again()
        self._follow(added)

    async def _change_configuration(self, params: types.DidChangeConfigurationParams) -> None:
        """Editors send what changed, or have it asked for."""
        if isinstance(params.settings, dict) and "codeindex" in params.settings:
            self.editor.settings = settings_from(params.settings)
        else:
            await self._pull_configuration()

    async def _pull_configuration(self) -> None:
        workspace = self.editor.capabilities.workspace
        if not (workspace and workspace.configuration):
            return
        item = types.ConfigurationItem(section="codeindex")
        try:
            (given,) = await self.workspace_configuration_async(types.ConfigurationParams([item]))
        except (JsonRpcException, ValueError) as error:
            log.info("the editor gave no configuration: %s", error)
            return
        if given:
            self.editor.settings = settings_from(given)

    def _follow(self, folders: list[Folder]) -> None:
        for folder in folders:
            self.indexing.follow(folder)

    def _guarded(self, feature: Feature, handler: Handler) -> Callable[[Any], Awaitable[Any]]:
        """A handler whose failures are told to the log, not to the user."""

        async def handle(params: Any) -> Any:
            if not self._answers(feature, params):
                return None
            try:
                return self._in_parts(params, await handler(self.editor, params))
            except BridgeError as error:
                log.warning("%s: %s", feature.name, error)
                return None

        return handle

    def _answers(self, feature: Feature, params: Any) -> bool:
        """Whether the feature is on in the language of the document that is asked about."""
        about = getattr(params, "text_document", None)
        document = self.editor.overlays.get(about.uri) if about is not None else None
        return self.editor.settings.answers(feature.name, document.language if document else "")

    def _in_parts(self, params: Any, result: Any) -> Any:
        """Send a list in parts, if the client asked for them; then nothing is left to answer with."""
        token = getattr(params, "partial_result_token", None)
        if token is None or not isinstance(result, list):
            return result
        for start in range(0, len(result), PART):
            self.protocol.notify(types.PROGRESS, types.ProgressParams(token, result[start : start + PART]))
        return []

    def _commanded(self, name: str, command: Command) -> Callable[..., Awaitable[Any]]:
        async def run(*_arguments: Any) -> Any:
            try:
                return await command(self.editor, self.indexing)
            except BridgeError as error:
                log.warning("%s: %s", name, error)
                return {"error": str(error)}

        return run


async def serve_stdio(session: Session) -> None:
    """Serve until the editor says `exit`, or is gone."""
    server = CodeIndexServer(session)
    server.protocol.set_writer(StdoutWriter(sys.stdout.buffer))
    reader = StdinAsyncReader(sys.stdin.buffer, server.thread_pool)
    await run_async(Event(), reader, server.protocol, log, server.report_server_error)
