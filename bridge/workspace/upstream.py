"""A team's server behind this machine's daemon: what it says of a content is had in place of parsing it.

Away, it costs one wait: the contents are parsed here, and it is asked again a while later. Until it has answered again,
answers say that it was away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final

import grpc

from bridge.daemon.client import WORKSPACE_KEY, stub_of, translated
from bridge.daemon.connector import Link
from bridge.errors import BridgeError
from protos import code_index_pb2 as pb

log = logging.getLogger(__name__)

ANSWERS_WITHIN_S: Final = 20.0
AWAY_FOR_S: Final = 30.0


class Upstream:
    """What a root's bridge asks of a server."""

    def __init__(self, link: Link, server: str, workspace: str, snapshot: str) -> None:
        """`workspace`: what the server calls the root; `snapshot`: what it has of it for everyone."""
        self.server = server
        self.away = ""  # why it was not reached the last time
        self._asking: asyncio.Task[object] | None = None
        self.link = link
        self._metadata = ((WORKSPACE_KEY, workspace),)
        self._base_metadata = ((WORKSPACE_KEY, snapshot),)
        self._not_before_s = 0.0

    async def extractions(self, need: pb.Need) -> list[pb.Extracted]:
        """What the server says of the contents that the daemon needs; nothing while it is away."""
        if not need.content_digests or time.monotonic() < self._not_before_s:
            return []
        pairs = zip(need.contents, need.content_digests, strict=True)
        files = [pb.FileState(path=path, digest=digest) for path, digest in pairs]
        return await self._ask(pb.FetchExtractionsRequest(extractor=need.extractor, files=files))

    async def base(self, wanted: pb.FetchBaseRequest) -> AsyncIterator[pb.BasePart]:
        """What an empty store can begin with, in parts; none where there is none, and no more once it is away."""
        if time.monotonic() < self._not_before_s:
            return
        try:
            stub = stub_of(await self.link.channel())
            call = stub.FetchBase(wanted, timeout=ANSWERS_WITHIN_S, metadata=self._base_metadata, wait_for_ready=False)
            async for part in call:
                yield part
        except (grpc.aio.AioRpcError, BridgeError) as error:
            if not (isinstance(error, grpc.aio.AioRpcError) and error.code() is grpc.StatusCode.UNIMPLEMENTED):
                self._note(error)

    def greet(self) -> None:
        """See in passing whether it is there, unless that was seen lately. Needs a running loop; returns at once."""
        if time.monotonic() >= self._not_before_s and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._ask(pb.FetchExtractionsRequest()))

    async def _ask(self, request: pb.FetchExtractionsRequest) -> list[pb.Extracted]:
        """What it answers; nothing where it does not, which is noted."""
        try:
            found = await self._fetch(request)
        except (grpc.aio.AioRpcError, BridgeError) as error:
            self._note(error)
            return []
        self.away = ""
        return found

    def _note(self, error: grpc.aio.AioRpcError | BridgeError) -> None:
        """It does not answer."""
        reason = translated(error) if isinstance(error, grpc.aio.AioRpcError) else error
        log.warning("%s is away (%s): parsing here", self.server, reason)
        self.away, self._not_before_s = str(reason), time.monotonic() + AWAY_FOR_S

    async def _fetch(self, request: pb.FetchExtractionsRequest) -> list[pb.Extracted]:
        stub = stub_of(await self.link.channel())
        call = stub.FetchExtractions(request, timeout=ANSWERS_WITHIN_S, metadata=self._metadata, wait_for_ready=False)
        return [one async for batch in call for one in batch.extracted]

    async def close(self) -> None:
        """Close the channel."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self.link.close()


def without(need: pb.Need, extracted: Sequence[pb.Extracted]) -> pb.Need:
    """What is still needed."""
    had = {one.path for one in extracted}
    return pb.Need(digests=need.digests, contents=[path for path in need.contents if path not in had])


def batches(extracted: Sequence[pb.Extracted], limit_bytes: int) -> list[pb.ContentBatch]:
    """In messages of about so many bytes."""
    made: list[pb.ContentBatch] = []
    size = limit_bytes
    for one in extracted:
        if size >= limit_bytes:
            made.append(pb.ContentBatch())
            size = 0
        made[-1].extracted.append(one)
        size += len(one.body)
    return made
