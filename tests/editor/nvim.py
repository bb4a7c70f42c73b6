"""A real Neovim without a screen, driven over its own RPC (msgpack on a Unix socket)."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.conftest import wait_for

CONFIG = Path(__file__).parents[2] / "editor-configs/neovim"
PROGRAM = shutil.which("nvim", path=str(Path(sys.executable).parent)) or shutil.which("nvim")
WITHIN_S = 20.0


class Nvim:
    """One running Neovim."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._asked = 0

    def lua(self, code: str, *args: Any) -> Any:
        """Run Lua in it; what it returns, or None if that ended it."""
        self._asked += 1
        self._connection.sendall(msgspec.msgpack.encode([0, self._asked, "nvim_exec_lua", [code, list(args)]]))
        received = b""
        while True:
            more = self._connection.recv(65536)
            if not more:
                return None
            received += more
            with contextlib.suppress(msgspec.DecodeError):
                _, _, error, result = msgspec.msgpack.decode(received)
                assert error is None, error
                return result

    def until(self, code: str) -> Any:
        """Run Lua until it returns something true; what it returned."""
        return wait_for(lambda: self.lua(code), WITHIN_S)

    def quit(self, command: str = "qa!") -> None:
        """Leave without saving, if that is not done yet."""
        with contextlib.suppress(ConnectionError):
            self.lua("vim.cmd(...)", command)


@contextlib.contextmanager
def neovim(home: Path, folder: Path, *arguments: str, options: str = "") -> Iterator[Nvim]:
    """Neovim in a folder, with our file set up as its users do. Whatever is left of it is killed."""
    command = f'{{ "{sys.executable}", "-m", "bridge", "--home", "{home}", "lsp" }}'
    init = home / "init.lua"
    init.write_text(
        f'vim.opt.runtimepath:append("{CONFIG}")\nrequire("codeindex").setup({{ cmd = {command}, {options} }})\n'
    )
    address = home / "nvim.sock"
    own = {"XDG_STATE_HOME": str(home / "state"), "XDG_DATA_HOME": str(home / "data"), "HOME": str(home)}
    python_path = {"PYTHONPATH": str(CONFIG.parents[1])}
    process = subprocess.Popen(
        [PROGRAM, "--headless", "--clean", "-n", "-u", str(init), "--listen", str(address), *arguments],
        cwd=folder,
        env={**os.environ, **own, **python_path},
        stdin=subprocess.DEVNULL,
    )
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(WITHIN_S)
            wait_for(lambda: connection.connect_ex(str(address)) == 0)
            nvim = Nvim(connection)
            yield nvim
            nvim.quit()
        assert process.wait(WITHIN_S) == 0
    finally:
        process.kill()
        process.wait()
