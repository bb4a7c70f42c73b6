"""The daemon put together: lock, engine, service, gRPC server, endpoint file, orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from grpc_backend import __version__
from grpc_backend.access.listening import Listening
from grpc_backend.access.tokens import TokenFile
from grpc_backend.config import MIB, DaemonConfig
from grpc_backend.errors import InvalidRequest
from grpc_backend.extract.version import EXTRACTOR_VERSION
from grpc_backend.index.service import IndexService, database_path
from grpc_backend.lifetime import (
    EndpointFile,
    HomeLock,
    IdleClock,
    private_directory,
    socket_path,
    sweep_sockets,
    wait_until_unneeded,
)
from grpc_backend.rpc.admin_servicer import Servicer
from grpc_backend.rpc.certificates import server_credentials
from grpc_backend.rpc.guard import Guard, TokenDoor, errors_to_status
from grpc_backend.rpc.standard import add_standard_services, health_alone
from grpc_backend.rpc.surroundings import Surrounding
from grpc_backend.rpc.watching import watched
from grpc_backend.storage.engine import Engine
from grpc_backend.storage.sqlite import SqliteEngine
from protos.code_index_pb2_grpc import add_CodeIndexServiceServicer_to_server

log = logging.getLogger(__name__)

GRACE_MS = 2000
# A daemon that drains holds its home for its grace and finishes what it writes, on a busy machine slowly.
HANDOVER_S = 15.0
OPTIONS = (
    ("grpc.max_send_message_length", 50 * MIB),
    ("grpc.max_receive_message_length", 50 * MIB),
    ("grpc.so_reuseport", 0),  # two daemons on one port must not share it silently
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


async def serve(config: DaemonConfig, ready: Callable[[str], None]) -> None:
    """Run a daemon until it is told to stop or nobody needs it.

    `ready` is called once with the address that it listens on. Errors: AlreadyRunning,
    InvalidRequest (a home or an address that cannot be used), StorageFailed.
    """
    lock = HomeLock(config.home)
    await lock.acquire(within_s=HANDOVER_S)
    try:
        await _serve_locked(config, ready)
    finally:
        lock.release()


async def _serve_locked(config: DaemonConfig, ready: Callable[[str], None]) -> None:
    stop: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    instance_id = secrets.token_hex(8)
    clock = IdleClock(config.idle_s)
    service = IndexService(await asyncio.to_thread(_engine, config), config)
    async with contextlib.AsyncExitStack() as until:
        surroundings = watched(_guards(config, clock), config, service, until.enter_context(contextlib.ExitStack()))
        server = grpc.aio.server(interceptors=[surroundings], options=OPTIONS)
        add_CodeIndexServiceServicer_to_server(Servicer(service, instance_id, stop), server)
        healthy = await add_standard_services(server)
        place = _bind_socket(server, config.home)
        address = _bind(server, config.listening) if config.listening else f"unix:{place}"
        if config.health:
            await until.enter_async_context(health_alone(config.health, healthy))
        endpoint = EndpointFile(config.home, f"unix:{place}", instance_id)
        service.start()
        await server.start()
        endpoint.write()
        _stop_on_signals(stop)
        log.info("daemon %s listens on %s", __version__, address)
        ready(address)
        grace_ms = await _until_stopped(stop, clock, endpoint)
        endpoint.remove()
        await healthy.enter_graceful_shutdown()
        await server.stop(grace_ms / 1000)
    await service.close()
    place.unlink(missing_ok=True)
    log.info("daemon stopped")


def _engine(config: DaemonConfig) -> Engine:
    """The store that the configuration names. Errors: StorageFailed, InvalidRequest (its driver is not installed)."""
    if not config.store:
        return SqliteEngine(database_path(config.home), EXTRACTOR_VERSION)
    try:
        from grpc_backend.storage.postgres.engine import PostgresEngine
    except ImportError as error:
        raise InvalidRequest(f"--store needs `pip install 'codeindex-sidecar[team]'` ({error})") from None
    return PostgresEngine(config.store, EXTRACTOR_VERSION)


def _guards(config: DaemonConfig, clock: IdleClock) -> list[Surrounding]:
    """What stands between every call and its method, from the outside in."""
    door = TokenDoor(config.listening.token, TokenFile(config.listening.tokens)) if config.listening else None
    return [errors_to_status, Guard(door, clock).admit]


def _bind_socket(server: grpc.aio.Server, home: Path) -> Path:
    """Listen on a socket of our own; return its place. Errors: RuntimeError from gRPC."""
    private_directory(home)
    path = socket_path(home)
    server.add_insecure_port(f"unix:{path}")
    sweep_sockets(path)
    return path


def _bind(server: grpc.aio.Server, listening: Listening) -> str:
    """Listen on TCP; return the address. Errors: InvalidRequest, RuntimeError from gRPC."""
    if listening.tls is not None:
        port = server.add_secure_port(listening.address, server_credentials(listening.tls))
    else:
        port = server.add_insecure_port(listening.address)
    return f"{listening.address.rpartition(':')[0]}:{port}"


def _stop_on_signals(stop: asyncio.Future[int]) -> None:
    def told() -> None:
        if not stop.done():
            stop.set_result(GRACE_MS)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)


async def _until_stopped(stop: asyncio.Future[int], clock: IdleClock, endpoint: EndpointFile) -> int:
    """Wait for a reason to go; return the grace in milliseconds for the calls under way."""
    unneeded = asyncio.create_task(wait_until_unneeded(clock, endpoint))
    try:
        reasons: set[asyncio.Future[Any]] = {stop, unneeded}
        await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
        if stop.done():
            log.info("told to stop")
            return stop.result() or GRACE_MS
        log.info("leaving: %s", unneeded.result())
        return 0
    finally:
        unneeded.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await unneeded
