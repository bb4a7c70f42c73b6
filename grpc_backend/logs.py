"""The daemon's log: text for people, or one JSON object a line; each line says which request it is about."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

LOG_BYTES: Final = 5_000_000
TEXT: Final = "%(asctime)s %(process)d %(levelname)s %(name)s [%(request)s]: %(message)s"

_request: ContextVar[str] = ContextVar("request", default="-")


def serve_request(identifier: str) -> None:
    """What is logged in this task from now on is about this request."""
    _request.set(identifier)


def start_log(level: str, file: Path | None, *, as_json: bool) -> None:
    """Log to stderr, or to a file that is rotated."""
    handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=1) if file else logging.StreamHandler()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter(TEXT))
    handler.addFilter(_with_request)
    logging.basicConfig(level=level.upper(), handlers=[handler])


class JsonLines(logging.Formatter):
    """One object a line. What is logged with `extra={"fields": {…}}` stands beside the rest."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "request": getattr(record, "request", "-"),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def _with_request(record: logging.LogRecord) -> bool:
    record.request = _request.get()
    return True
