"""Real Neovim with `editor-configs/neovim`."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import time

import pytest

from bridge.daemon.endpoint import find
from tests.conftest import is_running, wait_for
from tests.e2e.mcp_client import ask, connected, until
from tests.editor.nvim import CONFIG, PROGRAM, neovim

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no wheel of Neovim for this platform")

VIEWS = "app/views.py"
READY = "local c = vim.lsp.get_clients({name = 'codeindex'})[1]; return c and c.initialized or false"
ATTACHED = "return #vim.lsp.get_clients({name = 'codeindex', bufnr = 0}) > 0"
COMPLETE = "return require('codeindex').statusline() == 'codeindex ✓'"
SYMBOLS = """
    local client = vim.lsp.get_clients({ name = "codeindex" })[1]
    local answer = client:request_sync("workspace/symbol", { query = ... }, 5000)
    return vim.tbl_map(function(one) return one.name end, answer and answer.result or {})
"""
TYPE = "vim.api.nvim_buf_set_lines(0, 0, 0, true, { ... })"
PICK = """
    _G.shown, _G.went = {}, false
    vim.ui.select = function(items, options, choose)
      _G.shown = vim.tbl_map(options.format_item, items)
      choose(items[1])
      _G.went = vim.api.nvim_buf_get_name(0) .. ":" .. vim.api.nvim_win_get_cursor(0)[1]
    end
    vim.cmd("CodeIndex " .. ...)
"""


def test_a_folder_that_is_opened_is_indexed_before_any_file_is(home, project):
    with neovim(home, project) as nvim:
        nvim.until(READY)
        wait_for(lambda: nvim.lua(SYMBOLS, '"set_cookie"') == ["set_cookie"])
        nvim.until(COMPLETE)
        nvim.lua(PICK, "set_cookie")
        assert nvim.until("return _G.went") == f"{project}/app/http/response.py:7"
        assert nvim.lua("return _G.shown") == ["HttpResponseBase.set_cookie  [Method]  app/http/response.py:7"]
        assert nvim.until(ATTACHED)
        assert nvim.lua("return #vim.lsp.get_clients({name = 'codeindex'})") == 1


def test_symbols_of_a_real_repository_are_found_while_it_is_indexed(home, tmp_path, capsys):
    root = tmp_path / "real"
    for part in ("bridge", "grpc_backend", "protos"):
        shutil.copytree(CONFIG.parents[1] / part, root / part)
    (root / ".git").mkdir()
    with neovim(home, root, "bridge/cli.py") as nvim:
        nvim.until(ATTACHED)
        wait_for(lambda: "SyncSession" in nvim.lua(SYMBOLS, "SyncSession"))
        state = nvim.lua("return require('codeindex').statusline()")
        nvim.until(COMPLETE)
        with capsys.disabled():
            print(f"\nfirst found at: {state}")
        assert "converse" in nvim.lua(SYMBOLS, "in:SyncSession kind:method conv")


def test_a_file_that_is_opened_has_its_features(home, project):
    with neovim(home, project, VIEWS) as nvim:
        nvim.until(ATTACHED)
        nvim.until(COMPLETE)
        assert nvim.lua("return vim.lsp.get_clients({name = 'codeindex'})[1].offset_encoding") == "utf-8"
        nvim.lua("vim.api.nvim_win_set_cursor(0, {7, 14}); vim.lsp.buf.definition()")
        nvim.until("return vim.api.nvim_win_get_cursor(0)[1] == 7 and vim.fn.expand('%:t') == 'response.py'")
        nvim.lua("vim.cmd.edit('app/views.py')")
        nvim.lua("vim.lsp.buf.document_symbol({ on_list = function(list) _G.list = list.items end })")
        assert nvim.until("return _G.list and _G.list[1].text") == "[Function] index"


def test_check_health(home, project):
    with neovim(home, project, VIEWS) as nvim:
        nvim.until(ATTACHED)
        nvim.until(COMPLETE)
        nvim.lua("vim.cmd('checkhealth codeindex')")
        text = nvim.lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\\n')")
        assert "ERROR" not in text
        assert "WARNING" not in text
        assert f"{project}: 3 of 3 files" in text


async def test_an_assistant_sees_what_is_typed_until_neovim_is_left(home, project, capsys):
    async with connected(home, project) as reader:
        with neovim(home, project, VIEWS) as nvim:
            nvim.until(ATTACHED)
            nvim.until(COMPLETE)
            await ask(reader, "search_symbols", query="index", wait_ms=10_000)
            took = []
            for number in range(10):
                began = time.perf_counter()
                nvim.lua(TYPE, f"def typed_{number}(): pass")
                await until(reader, "search_symbols", lambda answer: answer["symbols"], query=f'"typed_{number}"')
                took.append(1000 * (time.perf_counter() - began))
            with capsys.disabled():
                each = ", ".join(f"{one:.0f}" for one in took)
                print(f"\nfrom a key in Neovim to an MCP answer, ms: {each}; median {statistics.median(took):.0f}")
            assert statistics.median(took) < 1000  # the bound of the product is 100; a loaded machine is not a fault
            nvim.quit("q!")
        await until(reader, "search_symbols", lambda answer: not answer["symbols"], query='"typed_9"')


def test_a_killed_daemon_is_no_matter_to_neovim(home, project):
    with neovim(home, project, VIEWS) as nvim:
        nvim.until(ATTACHED)
        nvim.until(COMPLETE)
        nvim.lua(TYPE, "def typed_before(): pass")
        pid = find(home).pid
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not is_running(pid))
        wait_for(lambda: nvim.lua(SYMBOLS, '"typed_before"') == ["typed_before"])
        assert nvim.lua("return vim.api.nvim_exec2('messages', {output = true}).output") == ""
