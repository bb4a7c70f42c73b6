"""All clients that `codeindex setup` knows, one entry each.

The places and forms are from each client's own documentation, as of autumn 2026; those of Claude Code,
Codex, Copilot CLI, Gemini CLI and opencode are tried with the programs themselves (tests/clients).
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from bridge.errors import InvalidRequest
from bridge.setup.client import Client, json_change, server, toml_change, whole_file
from bridge.setup.launch import Launch
from bridge.setup.places import Places
from bridge.setup.whole_files import codecompanion_module, continue_block, emacs_library


def _claude_code_files(places: Places) -> list[Path]:
    return [places.named("CLAUDE_CONFIG_DIR", "") / ".claude.json"]


def _opencode_files(places: Places) -> list[Path]:
    folder = places.config() / "opencode"
    return [folder / "opencode.json", folder / "opencode.jsonc"]


def _emacs_files(places: Places) -> list[Path]:
    """Emacs takes ~/.emacs.d where it exists, else the XDG folder where that does."""
    older, newer = places.home / ".emacs.d", places.config() / "emacs"
    return [(newer if newer.is_dir() and not older.is_dir() else older) / "codeindex-mcp.el"]


def _opencode_entry(launch: Launch) -> dict[str, object]:
    return {"type": "local", "command": [launch.command, *launch.arguments], "enabled": True}


CLIENTS = (
    Client(
        name="claude-code",
        title="Claude Code",
        user_files=_claude_code_files,
        project_file=".mcp.json",
        change=json_change("mcpServers", entry=lambda launch: server(launch, type="stdio")),
        on_path=True,
        next="`claude mcp list` shows it; a project's file asks for your consent first",
    ),
    Client(
        name="claude-desktop",
        title="Claude Desktop",
        user_files=lambda places: [places.application() / "Claude/claude_desktop_config.json"],
        change=json_change("mcpServers", entry=server),
        knows_project=False,
        next="restart Claude Desktop",
    ),
    Client(
        name="vscode",
        title="VS Code",
        user_files=lambda places: [places.application() / "Code/User/mcp.json"],
        project_file=".vscode/mcp.json",
        project_variable="${workspaceFolder}",
        change=json_change("servers", entry=lambda launch: server(launch, type="stdio")),
        next="start it by the command `MCP: List Servers`, or by the first chat message",
    ),
    Client(
        name="copilot-cli",
        title="GitHub Copilot CLI",
        user_files=lambda places: [places.named("COPILOT_HOME", ".copilot") / "mcp-config.json"],
        project_file=".github/mcp.json",
        change=json_change("mcpServers", entry=lambda launch: {**server(launch, type="local"), "tools": ["*"]}),
        on_path=True,
        next="`copilot mcp list` shows it",
    ),
    Client(
        name="cursor",
        title="Cursor",
        user_files=lambda places: [places.home / ".cursor/mcp.json"],
        project_file=".cursor/mcp.json",
        project_variable="${workspaceFolder}",
        change=json_change("mcpServers", entry=server),
        next="turn it on under Settings → MCP",
    ),
    Client(
        name="windsurf",
        title="Windsurf",
        user_files=lambda places: [places.home / ".codeium/windsurf/mcp_config.json"],
        change=json_change("mcpServers", entry=server),
        knows_project=False,
        next="refresh the list of MCP servers in Cascade",
    ),
    Client(
        name="zed",
        title="Zed",
        user_files=lambda places: [places.config() / "zed/settings.json"],
        project_file=".zed/settings.json",
        change=json_change("context_servers", entry=server),
        next="Zed starts it at once; Settings → AI → MCP Servers shows it",
    ),
    Client(
        name="jetbrains",
        title="JetBrains Junie",
        user_files=lambda places: [places.home / ".junie/mcp/mcp.json"],
        project_file=".junie/mcp/mcp.json",
        change=json_change("mcpServers", entry=server),
        knows_project=False,
        next="for AI Assistant, paste what `--print` shows: Settings → Tools → AI Assistant → MCP → As JSON",
    ),
    Client(
        name="codex",
        title="Codex",
        user_files=lambda places: [places.named("CODEX_HOME", ".codex") / "config.toml"],
        project_file=".codex/config.toml",
        change=toml_change("mcp_servers", entry=server),
        on_path=True,
        next="`codex mcp list` shows it; a project's file counts only in a trusted project",
    ),
    Client(
        name="gemini",
        title="Gemini CLI",
        user_files=lambda places: [places.home / ".gemini/settings.json"],
        project_file=".gemini/settings.json",
        change=json_change("mcpServers", entry=server),
        on_path=True,
        next="`gemini mcp list` shows it, in a trusted folder",
    ),
    Client(
        name="opencode",
        title="opencode",
        user_files=_opencode_files,
        project_file="opencode.json",
        change=json_change("mcp", entry=_opencode_entry),
        on_path=True,
        next="`opencode mcp list` shows it",
    ),
    Client(
        name="continue",
        title="Continue",
        user_files=lambda places: [places.home / ".continue/mcpServers/codeindex.yaml"],
        project_file=".continue/mcpServers/codeindex.yaml",
        change=whole_file(continue_block),
        next="use Continue's agent mode",
    ),
    Client(
        name="mcphub",
        title="Neovim, mcphub.nvim",
        user_files=lambda places: [places.config() / "mcphub/servers.json"],
        change=json_change("mcpServers", entry=lambda launch: {**server(launch), "cwd": "${workspaceFolder}"}),
        on_path=True,
        next="`:MCPHub` shows it",
    ),
    Client(
        name="codecompanion",
        title="Neovim, CodeCompanion",
        user_files=lambda places: [places.config() / "nvim/lua/codeindex_codecompanion.lua"],
        change=whole_file(codecompanion_module),
        on_path=True,
        next='in your configuration: require("codecompanion").setup({ mcp = require("codeindex_codecompanion") })',
    ),
    Client(
        name="emacs",
        title="Emacs, mcp.el and gptel",
        user_files=_emacs_files,
        change=whole_file(emacs_library),
        knows_project=False,
        next='in your init file: (load (locate-user-emacs-file "codeindex-mcp"))',
    ),
)


def client_named(name: str) -> Client:
    """The client of that name. Errors: InvalidRequest, with the nearest names."""
    for client in CLIENTS:
        if client.name == name:
            return client
    near = get_close_matches(name, [client.name for client in CLIENTS], n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`codeindex setup --list` shows those that are"
    raise InvalidRequest(f"no client is known by the name {name!r}: {hint}")
