"""Where programs keep their configuration, by system and environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


class Places(Struct, frozen=True):
    """A user's folders. `platform` is `sys.platform`."""

    home: Path
    environ: Mapping[str, str]
    platform: str

    def named(self, variable: str, default: str) -> Path:
        """The folder that a variable names, else `default` under the home."""
        named = self.environ.get(variable)
        return Path(named).expanduser() if named else self.home / default

    def config(self) -> Path:
        """Where programs of the terminal keep their configuration, on a Mac too."""
        return self.named("XDG_CONFIG_HOME", ".config")

    def application(self) -> Path:
        """Where programs with windows keep theirs."""
        return self.home / "Library/Application Support" if self.platform == "darwin" else self.config()
