"""The agents that run offline against a model of ours: what each is called, how it is asked and pointed to the model.

Each is set up by `codeindex setup`, as a user would. What is added here is only what a real user's account
stands for: a model's address, a key that is none, and consent to the tool's use.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from tests.clients.models.chat_completions import ChatCompletions
from tests.clients.models.generate_content import GenerateContent
from tests.clients.models.messages import Messages
from tests.clients.models.responses import Responses
from tests.clients.models.scripted import Dialect

PROMPT = "Where is that defined?"
MODEL = "scripted-1"


class Agent(Struct, frozen=True):
    """One agent. `arguments` and `environment` are told the model's address; `prepare` gets a home to write into."""

    client: str  # as `codeindex setup` calls it
    package: str
    command: str
    dialect: type[Dialect]
    arguments: Callable[[str], list[str]]
    environment: Callable[[str], dict[str, str]] = lambda _address: {}
    prepare: Callable[[Path, str], None] = lambda _home, _address: None


def _codex_arguments(address: str) -> list[str]:
    provider = f'{{name="scripted",base_url="{address}/v1",wire_api="responses"}}'
    options = (
        f"model={MODEL}",
        "model_provider=scripted",
        f"model_providers.scripted={provider}",
        "mcp_servers.codeindex.required=true",
        'mcp_servers.codeindex.default_tools_approval_mode="approve"',
    )
    return ["exec", "--skip-git-repo-check", *(word for option in options for word in ("-c", option)), PROMPT]


def _gemini_settings(home: Path, _address: str) -> None:
    security = {"folderTrust": {"enabled": False}, "auth": {"selectedType": "gemini-api-key"}}
    _write(home / ".gemini/settings.json", {"security": security})


def _opencode_settings(home: Path, address: str) -> None:
    options = {"baseURL": f"{address}/v1", "apiKey": "none"}
    models = {MODEL: {"tool_call": True}}
    provider = {"scripted": {"npm": "@ai-sdk/openai-compatible", "options": options, "models": models}}
    named = f"scripted/{MODEL}"
    _write(
        home / ".config/opencode/opencode.json",
        {"provider": provider, "model": named, "small_model": named, "autoupdate": False, "share": "disabled"},
    )


def _write(file: Path, document: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2))


AGENTS = (
    Agent(
        "claude-code",
        "@anthropic-ai/claude-code@2.1.332",
        "claude",
        Messages,
        lambda _: ["-p", PROMPT, "--model", MODEL, "--allowedTools", "mcp__codeindex"],
        lambda address: {
            "ANTHROPIC_BASE_URL": address,
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "ENABLE_TOOL_SEARCH": "false",  # all tools are on offer, not only those that are always loaded
            "MCP_CONNECTION_NONBLOCKING": "0",
        },
    ),
    Agent("codex", "@openai/codex@0.171.0", "codex", Responses, _codex_arguments),
    Agent(
        "copilot-cli",
        "@github/copilot@1.0.102",
        "copilot",
        ChatCompletions,
        lambda _: ["-p", PROMPT, "--allow-all-tools"],
        lambda address: {
            "COPILOT_OFFLINE": "true",
            "COPILOT_PROVIDER_BASE_URL": f"{address}/v1",
            "COPILOT_MODEL": MODEL,
        },
    ),
    Agent(
        "gemini",
        "@google/gemini-cli@0.61.0",
        "gemini",
        GenerateContent,
        lambda _: ["-p", PROMPT, "-m", "gemini-2.5-flash", "-y"],
        lambda address: {"GOOGLE_GEMINI_BASE_URL": address, "GEMINI_API_KEY": "none"},
        _gemini_settings,
    ),
    Agent(
        "opencode",
        "opencode-ai@1.18.33",
        "opencode",
        ChatCompletions,
        lambda _: ["run", PROMPT],
        prepare=_opencode_settings,
    ),
)
