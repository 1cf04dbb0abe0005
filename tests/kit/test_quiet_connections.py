"""Connections on which nothing moves any more: each is closed in its time."""

import asyncio
import socket

import pytest
from starlette.types import Receive, Scope, Send

from gateway.kit.http.protocol import ConnectionLimits
from tests.kit.http_server import WAIT_SECONDS, serve_app
from tests.waiting import await_condition

pytestmark = pytest.mark.anyio

QUICK = ConnectionLimits(head_seconds=0.15, write_seconds=0.2)
HELLO = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


async def answer_hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body"})


async def test_a_client_that_asks_nothing_more_is_let_go_before_its_head_is_overdue() -> None:
    limits = ConnectionLimits(head_seconds=WAIT_SECONDS * 10)
    async with serve_app(answer_hello, limits, keep_alive_seconds=1) as server:
        client = await server.connect()
        for _ in range(2):
            assert (await client.ask(HELLO)).status == 200
        assert await client.wait_for_close() == b""


async def test_a_client_that_does_not_read_the_end_of_its_answer_is_dropped() -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"50000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": bytes(50_000)})

    loop = asyncio.get_running_loop()
    async with serve_app(answer, QUICK, keep_alive_seconds=1, send_buffer_bytes=4_096) as server:
        clients = [socket.socket() for _ in range(2)]
        for client, closing in zip(clients, ("", "Connection: close\r\n"), strict=True):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
            client.settimeout(0)
            await loop.sock_connect(client, ("127.0.0.1", server.port))
            await loop.sock_sendall(client, f"GET / HTTP/1.1\r\nHost: a\r\n{closing}\r\n".encode())
        await await_condition(lambda: server.state.total_requests == len(clients))
        async with asyncio.timeout(2 * WAIT_SECONDS):
            await await_condition(lambda: not server.state.connections)
        for client in clients:
            client.close()


async def test_the_end_of_a_body_begins_the_time_for_the_next_request() -> None:
    limits = ConnectionLimits(head_seconds=WAIT_SECONDS * 10)

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await answer_hello(scope, receive, send)

    async with serve_app(reading, limits, keep_alive_seconds=1) as server:
        client = await server.connect()
        await client.send(f"{CHUNKED}1\r\na\r\n")
        await await_condition(lambda: bool(server.state.tasks))
        assert (await client.ask("0\r\n\r\n")).status == 200
        assert await client.wait_for_close() == b""
