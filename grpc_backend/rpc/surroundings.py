"""What surrounds every call of ours, right for all four kinds: one chain of context managers a call.

A surrounding is entered before the method's own code runs and left after its last answer, with the exception that
ended it, if one did. What it puts into context variables is seen by everything that serves the call.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import grpc

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

# Readiness probes carry no token and learn nothing but "serving".
OPEN_PREFIX = "/grpc.health.v1."
HEAR_WITHIN_S = 0.5
# gRPC tells of a caller that hangs up that he has sent all, first; and that he hung up a moment later, by cancelling.
HUNG_UP_WITHIN_S = 0.01
_STATUS_NAMES = {code.value[0]: code.name for code in grpc.StatusCode if code is not grpc.StatusCode.OK}


class Call:
    """One call under way. `on_message` runs at every message of a stream, either way: what it raises ends the call.

    `outcome` is the status that the caller sees, by name, once the method is done. `admitted`: the guard let it in.
    """

    def __init__(self, method: str, context: Context) -> None:
        self.method = method
        self.name = name_of(method)
        self.metadata = {key: str(value) for key, value in context.invocation_metadata() or ()}
        self.context = context
        # Asked now: gRPC 1.85 dies (SIGSEGV) of being asked for the peer of a call that is over.
        self.peer: str = context.peer()
        self.on_message: Callable[[], None] = lambda: None
        self.requests: AsyncIterator[Any] | None = None
        self.admitted = False
        self.outcome = "UNKNOWN"

    async def hear_out(self) -> None:
        """Before a stream is refused, let what the caller says first arrive, if it comes soon.

        A grpc.aio client that is still sending when the status comes reports an internal error in place of it: 5 of
        250 refused streams did.
        """
        if self.requests is not None:
            with contextlib.suppress(TimeoutError, StopAsyncIteration):
                async with asyncio.timeout(HEAR_WITHIN_S):
                    await anext(self.requests)

    def ended(self, error: BaseException | None) -> None:
        """The method is done: with an answer, or with this."""
        if error is None:
            self.outcome = self._status() or "OK"
        elif isinstance(error, asyncio.CancelledError | GeneratorExit):
            self.outcome = "CANCELLED"  # a caller that waits no longer, for lack of time too, hangs up
        else:
            self.outcome = self._status() or "UNKNOWN"

    def _status(self) -> str:
        """The status that was set, by an abort or otherwise."""
        code: Any = self.context.code()
        return code.name if isinstance(code, grpc.StatusCode) else _STATUS_NAMES.get(code, "")


def name_of(method: str) -> str:
    """`/package.Service/Method`, in short."""
    return method.rpartition("/")[2]


Surrounding: TypeAlias = Callable[[Call], AbstractAsyncContextManager[None]]
# (method, "received" or "sent", bytes)
Weigh: TypeAlias = Callable[[str, str, int], None]


class Surroundings(grpc.aio.ServerInterceptor):
    """Serves every call inside `surroundings`, the first of which is outermost; `weigh` is told of every message."""

    def __init__(self, surroundings: Sequence[Surrounding], weigh: Weigh | None = None) -> None:
        self._surroundings = surroundings
        self._weigh = weigh
        self._wrapped: dict[str, Handler] = {}  # by method: there are few, and unknown ones have no handler

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Wrap the method's handler; an unknown method stays unknown."""
        method = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None or method.startswith(OPEN_PREFIX):
                return handler
            answer = self._many(handler, method) if handler.response_streaming else self._one(handler, method)
            wrapped = self._wrapped[method] = self._rebuilt(handler, method, answer)
        return wrapped

    def _one(self, handler: Handler, method: str) -> Callable[[Any, Context], Awaitable[Any]]:
        behavior: Any = handler.stream_unary if handler.request_streaming else handler.unary_unary

        async def serve(request: Any, context: Context) -> Any:
            call = Call(method, context)
            call.requests = request if handler.request_streaming else None
            async with contextlib.AsyncExitStack() as stack:
                await self._enter(stack, call)
                return await behavior(_followed(request, call) if handler.request_streaming else request, context)

        return serve

    def _many(self, handler: Handler, method: str) -> Callable[[Any, Context], AsyncIterator[Any]]:
        behavior: Any = handler.stream_stream if handler.request_streaming else handler.unary_stream

        async def serve(request: Any, context: Context) -> AsyncIterator[Any]:
            call = Call(method, context)
            call.requests = request if handler.request_streaming else None
            async with contextlib.AsyncExitStack() as stack:
                await self._enter(stack, call)
                requests = _followed(request, call) if handler.request_streaming else request
                async for answer in behavior(requests, context):
                    call.on_message()
                    yield answer

        return serve

    async def _enter(self, stack: contextlib.AsyncExitStack, call: Call) -> None:
        for surrounding in self._surroundings:
            await stack.enter_async_context(surrounding(call))

    def _rebuilt(self, handler: Handler, method: str, behavior: Callable[..., Any]) -> Handler:
        """The same kind of handler around another behaviour."""
        make: Any = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]
        decode: Any = handler.request_deserializer
        encode: Any = handler.response_serializer
        weigh = self._weigh
        if weigh is not None:
            decode = _weighing(decode, lambda raw: weigh(method, "received", len(raw)))
            encode = _weighed(encode, lambda raw: weigh(method, "sent", len(raw)))
        rebuilt: Handler = make(behavior, request_deserializer=decode, response_serializer=encode)
        return rebuilt


async def _followed(requests: AsyncIterator[Any], call: Call) -> AsyncIterator[Any]:
    async for request in requests:
        call.on_message()
        yield request
    await asyncio.sleep(HUNG_UP_WITHIN_S)  # so that a stream that was broken off is not taken for one that is whole


def _weighing(decode: Callable[[bytes], Any], tell: Callable[[bytes], None]) -> Callable[[bytes], Any]:
    def weighing(raw: bytes) -> Any:
        tell(raw)
        return decode(raw)

    return weighing


def _weighed(encode: Callable[[Any], bytes], tell: Callable[[bytes], None]) -> Callable[[Any], bytes]:
    def weighed(message: Any) -> bytes:
        raw = encode(message)
        tell(raw)
        return raw

    return weighed
