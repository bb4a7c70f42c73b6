"""What an assistant asks about Django, and what each answer must hold: the same for every client."""

from __future__ import annotations

from typing import Any

RESPONSE = "django/http/response.py"
CALLS: dict[str, dict[str, Any]] = {
    "search_symbols": {"query": "HttpResponse"},
    "find_definition": {"symbol": "HttpResponseBase.set_cookie"},
    "find_references": {"symbol": "set_cookie"},
    "outline": {"path": RESPONSE},
    "read_symbol": {"symbols": [f"{RESPONSE}#HttpResponseBase.set_cookie"]},
    "overview": {},
    "index_status": {},
}


def check(tool: str, answer: dict[str, Any]) -> None:
    """Fail unless a tool's structured answer is the one to be expected."""
    assert answer["freshness"]["complete"] is True, answer["freshness"]
    assert answer["freshness"]["indexed_files"] > 2000
    _CHECKS[tool](answer)


def _search(answer: dict[str, Any]) -> None:
    first = answer["symbols"][0]
    assert (first["symbol"], first["kind"]) == (f"{RESPONSE}#HttpResponse", "class")


def _definition(answer: dict[str, Any]) -> None:
    assert [one["symbol"] for one in answer["symbols"]] == [f"{RESPONSE}#HttpResponseBase.set_cookie"]


def _references(answer: dict[str, Any]) -> None:
    assert answer["resolution"] == "name"
    callers = {(one["path"], one.get("in")) for one in answer["references"]}
    assert (RESPONSE, "HttpResponseBase.set_signed_cookie") in callers
    assert ("django/middleware/csrf.py", "CsrfViewMiddleware._set_csrf_cookie") in callers


def _outline(answer: dict[str, Any]) -> None:
    top = [one["name"] for one in answer["symbols"] if one["depth"] == 0 and one["kind"] == "class"]
    assert top[:4] == ["ResponseHeaders", "BadHeaderError", "HttpResponseBase", "HttpResponse"]
    assert {one["path"] for one in answer["symbols"]} == {RESPONSE}


def _read(answer: dict[str, Any]) -> None:
    (one,) = answer["symbols"]
    assert one["text"].startswith("    def set_cookie(\n")
    assert one["text"].endswith('self.cookies[key]["samesite"] = samesite')


def _overview(answer: dict[str, Any]) -> None:
    assert [area["path"] for area in answer["areas"][:2]] == ["tests", "django"]
    assert answer["symbols"]


def _status(answer: dict[str, Any]) -> None:
    (workspace,) = answer["workspaces"]
    assert workspace["languages"]["python"] > 50_000


_CHECKS = {
    "search_symbols": _search,
    "find_definition": _definition,
    "find_references": _references,
    "outline": _outline,
    "read_symbol": _read,
    "overview": _overview,
    "index_status": _status,
}
