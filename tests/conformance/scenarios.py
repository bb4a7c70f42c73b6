"""The suite's server scenarios: those that our server must pass, and why the others do not apply.

Most scenarios call tools, resources or prompts of a server made for the suite. On a server with tools of its own some
of them fail for want of these, and some pass because an error was answered, which shows nothing: none of them applies.
What they are about is shown for our own tools, resources and prompts in `tests/interaction`.
"""

from __future__ import annotations

from typing import Final

APPLICABLE: Final = frozenset(
    {
        "caching",
        "completion-complete",
        "dns-rebinding-protection",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "ping",
        "prompts-list",
        "resources-list",
        "sep-2164-resource-not-found",
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "server-stateless",
        "tools-list",
    }
)
# Checks within applicable scenarios that need a tool of the suite's.
EXCEPTED: Final = {
    "sep-2575-server-rejects-undeclared-capability": "calls a tool of the suite's that needs sampling",
    "sep-2575-missing-capability-http-400": "the same",
}

_FIXTURE: Final = "calls a tool of the suite's own server"
_CONTENT: Final = f"{_FIXTURE}; ours answer in text and structure"
_RESOURCE: Final = "reads or watches a test:// resource of the suite's own server"
_PROMPT: Final = "gets a prompt of the suite's own server"
_ASKS: Final = (
    "needs a tool that asks the client something; ours ask for roots alone, and only if no workspace was named"
)
_SKILLS: Final = "an extension that we do not offer: skills"
_TASKS: Final = "an extension that we do not offer: tasks"


def _each(reason: str, prefix: str, names: str) -> dict[str, str]:
    return {f"{prefix}{name}": reason for name in names.split()}


INAPPLICABLE: Final[dict[str, str]] = {
    "http-custom-header-server-validation": "needs a tool with x-mcp-header annotations; ours is a server for stdio",
    "json-schema-2020-12": _FIXTURE,
    "logging-set-level": "protocol logging is deprecated; we log to stderr and do not announce it",
    "server-sse-polling": f"{_FIXTURE} that closes its HTTP stream; ours is a server for stdio",
    **_each(_FIXTURE, "tools-call-", "simple-text error with-progress with-logging"),
    **_each(_CONTENT, "tools-call-", "image audio embedded-resource mixed-content"),
    **_each(_ASKS, "tools-call-", "sampling elicitation"),
    **_each(_RESOURCE, "resources-", "read-text read-binary templates-read subscribe unsubscribe"),
    **_each(_PROMPT, "prompts-get-", "simple with-args embedded-resource with-image"),
    **_each(_ASKS, "elicitation-", "sep1034-defaults sep1330-enums"),
    **_each(
        _ASKS,
        "input-required-result-",
        "basic-elicitation basic-sampling basic-list-roots request-state multiple-input-requests multi-round"
        " missing-input-response non-tool-request result-type tampered-state capability-check ignore-extra-params"
        " validate-input",
    ),
    **_each(_SKILLS, "sep-2640-skills-", "directory enumeration manifest"),
    **_each(
        _TASKS,
        "tasks-",
        "lifecycle capability-negotiation wire-fields request-state-removal mrtr-input request-headers"
        " dispatch-and-envelope status-notifications required-task-error mrtr-composition",
    ),
}
