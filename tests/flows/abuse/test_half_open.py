"""Connections that never ask: they cost their own address its room, and nobody else theirs."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx2
import pytest

from tests.gateway import Gateway

MANY = 1_000


@pytest.fixture
def silent(gateway: Gateway) -> Iterator[list[socket.socket]]:
    """1,000 connections of one address that send half a head at most."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_half_request(gateway, number)) for number in range(MANY)]


def open_half_request(gateway: Gateway, number: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", gateway.port), 5, ("127.0.0.2", 0))
    with suppress(ConnectionError):  # it may have been dropped at once
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "[: number % 40])
    return one


@pytest.mark.promise("limits: half-open")
@pytest.mark.usefixtures("silent")
def test_half_open_connections_of_one_address_refuse_nobody_at_another(gateway: Gateway) -> None:
    from_ = httpx2.HTTPTransport(local_address="127.0.0.3")
    with httpx2.Client(base_url=gateway.base, transport=from_, timeout=5, trust_env=False) as http:
        for _ in range(5):
            assert http.get("/api/v1/health").status_code == 200
