"""What surrounds every call: the token, the idle clock, errors to status."""

from __future__ import annotations

import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

import grpc

from grpc_backend.errors import CodeIndexError, Unauthenticated
from grpc_backend.rpc.status import CODE_TRAILER, status_of

log = logging.getLogger(__name__)

# Readiness probes carry no token and learn nothing but "serving".
OPEN_PREFIX = "/grpc.health.v1."
OWN_PREFIX = "/codeindex."

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Clock(Protocol):
    """What must know that somebody needs the daemon."""

    def in_use(self) -> AbstractContextManager[None]:
        """Entered while a call is open."""


class Guard(grpc.aio.ServerInterceptor):
    """Checks the bearer token (if one is required), holds the idle clock, translates errors."""

    def __init__(self, token: str, clock: Clock) -> None:
        self._expected = f"Bearer {token}" if token else ""
        self._clock = clock

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Wrap the method's handler; an unknown method stays unknown."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(OPEN_PREFIX):
            return handler
        if not self._authorized(handler_call_details):
            return _wrapped(handler, _refuse, _refuse_stream)
        if not method.startswith(OWN_PREFIX):
            return handler
        return _wrapped(handler, self._one_answer(handler), self._many_answers(handler))

    def _authorized(self, details: grpc.HandlerCallDetails) -> bool:
        if not self._expected:
            return True
        shown = dict(details.invocation_metadata or ()).get("authorization", "")
        return hmac.compare_digest(str(shown), self._expected)

    def _one_answer(self, handler: Handler) -> Callable[[Any, Any], Awaitable[Any]]:
        behavior: Any = handler.unary_unary or handler.stream_unary

        async def call(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            with self._clock.in_use():
                try:
                    return await behavior(request, context)
                except CodeIndexError as error:
                    await abort(context, error)

        return call

    def _many_answers(self, handler: Handler) -> Callable[[Any, Any], AsyncIterator[Any]]:
        behavior: Any = handler.unary_stream or handler.stream_stream

        async def call(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
            with self._clock.in_use():
                try:
                    async for answer in behavior(request, context):
                        yield answer
                except CodeIndexError as error:
                    await abort(context, error)

        return call


async def abort(context: grpc.aio.ServicerContext[Any, Any], error: CodeIndexError) -> None:
    """End the call with the error's status, text and code."""
    if error.code == "internal":
        log.error("call failed", exc_info=error)
    await context.abort(status_of(error), str(error), ((CODE_TRAILER, error.code),))


async def _refuse(_request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
    await abort(context, Unauthenticated("send metadata `authorization: Bearer TOKEN` with this daemon's token"))


async def _refuse_stream(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
    yield await _refuse(request, context)


def _wrapped(handler: Handler, one: Callable[..., Any], many: Callable[..., Any]) -> Handler:
    """The same kind of handler around another behaviour."""
    make: Any = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[handler.request_streaming, handler.response_streaming]
    wrapped: Handler = make(
        many if handler.response_streaming else one,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
    return wrapped
