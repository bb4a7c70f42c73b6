"""A line in the log for every call, and the call's id in every line that serving it gives.

The id comes in metadata, so that a bridge's log and the daemon's can be read together; without one it is ours.
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator
from typing import Final

from grpc_backend.access.grant import current_grant
from grpc_backend.logs import serve_request
from grpc_backend.rpc.guard import WORKSPACE_KEY
from grpc_backend.rpc.surroundings import Call

log = logging.getLogger(__name__)

REQUEST_KEY: Final = "codeindex-request"
# A caller's text goes into our log: nothing that could pose as another line, or fill it.
_ID: Final = re.compile(r"[\w.:/-]{1,64}")


@contextlib.asynccontextmanager
async def journaled(call: Call) -> AsyncIterator[None]:
    """Log a call when it has ended: those of others at INFO, those of this machine's own clients at DEBUG."""
    given = call.metadata.get(REQUEST_KEY, "")
    serve_request(given if _ID.fullmatch(given) else secrets.token_hex(8))
    began = time.perf_counter()
    try:
        yield
    finally:
        level = logging.DEBUG if call.peer.startswith("unix:") else logging.INFO
        if log.isEnabledFor(level):
            _tell(level, call, (time.perf_counter() - began) * 1000)


def _tell(level: int, call: Call, took_ms: float) -> None:
    fields = {
        "method": call.name,
        "code": call.outcome,
        "took_ms": round(took_ms, 3),
        "caller": current_grant().principal if call.admitted else "-",
        "peer": call.peer,
        "repository": call.metadata.get(WORKSPACE_KEY, ""),
    }
    text = "%(method)s %(code)s in %(took_ms).1f ms for %(caller)s on %(repository)r"
    log.log(level, text, fields, extra={"fields": fields})
