"""Files that are wholly ours are read by the programs that they are for, whatever is in their words."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
import yaml

from bridge.setup.launch import Launch
from bridge.setup.whole_files import codecompanion_module, continue_block, emacs_library
from tests.editor.nvim import PROGRAM as NVIM

LAUNCH = Launch('/opt/my "tools"/codeindex', ("mcp", "--workspace", "/home/zoë/a: b\\c#d"))
TIMEOUT_S = 30


def test_continue_reads_the_block_as_yaml():
    block = yaml.safe_load(continue_block(LAUNCH))
    assert {"name", "version", "schema"} < block.keys()
    (server,) = block["mcpServers"]
    assert server == {"name": "codeindex", "command": LAUNCH.command, "args": list(LAUNCH.arguments)}


@pytest.mark.skipif(NVIM is None, reason="Neovim is not installed")
def test_neovim_loads_the_module_and_it_tells_the_repository(project):
    (project / "module.lua").write_text(codecompanion_module(LAUNCH))
    (project / "ask.lua").write_text(
        'local mcp = dofile("module.lua")\nlocal server = mcp.servers.codeindex\n'
        "io.stdout:write(vim.json.encode({ server.cmd, server.roots(), mcp.opts.default_servers }))\n"
    )
    ran = subprocess.run(
        [NVIM, "--clean", "-l", "ask.lua"], cwd=project, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    command, roots, servers = json.loads(ran.stdout)
    assert command == [LAUNCH.command, *LAUNCH.arguments]
    assert roots == [{"uri": project.as_uri(), "name": "project"}]
    assert servers == ["codeindex"]


@pytest.mark.skipif(shutil.which("emacs") is None, reason="Emacs is not installed")
def test_emacs_loads_the_library_and_another_server_stays(tmp_path):
    (tmp_path / "mcp-hub.el").write_text(
        '(defvar mcp-hub-servers \'(("codeindex" . (:command "old")) ("other" . (:command "x"))))\n'
        "(defun mcp-hub-start-all-server ())\n(provide 'mcp-hub)\n"
    )
    (tmp_path / "codeindex-mcp.el").write_text(emacs_library(LAUNCH))
    ask = "(princ (json-encode (list mcp-hub-servers (memq 'mcp-hub-start-all-server after-init-hook))))"
    command = ["emacs", "--batch", "-Q", "-L", ".", "-l", "codeindex-mcp.el", "-l", "json", "--eval", ask]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    servers, started = json.loads(ran.stdout)
    assert servers == {
        "codeindex": {"command": LAUNCH.command, "args": list(LAUNCH.arguments)},
        "other": {"command": "x"},
    }
    assert started
