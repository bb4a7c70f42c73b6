"""The services that every gRPC server has: grpc.health.v1 and reflection."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from grpc_backend.errors import InvalidRequest
from protos import code_index_pb2 as pb

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["CodeIndexService"].full_name


async def add_standard_services(server: grpc.aio.Server) -> health.aio.HealthServicer:
    """Health and reflection; returns the health servicer."""
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    for name in ("", SERVICE_NAME):
        await servicer.set(name, health_pb2.HealthCheckResponse.SERVING)
    names = (SERVICE_NAME, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(names, server)
    return servicer


@contextlib.asynccontextmanager
async def health_alone(address: str, servicer: health.aio.HealthServicer) -> AsyncIterator[None]:
    """The same health on a port that has nothing else: a kubelet's probe speaks neither TLS nor tokens.

    Errors: InvalidRequest if the address cannot be used.
    """
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise InvalidRequest(f"--health {address}: {error}") from None
    await server.start()
    try:
        yield
    finally:
        await server.stop(0)
