"""A real uvicorn connection class on a real loopback socket, without uvicorn's polling loop."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from gateway.kit.http.protocol import ConnectionLimits, build_protocol

WAIT_SECONDS = 5


@dataclass
class Answer:
    """One answer, with its header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document in the body, once its form is checked."""
        assert self.headers["content-type"] == "application/problem+json"
        document: dict[str, Any] = json.loads(self.body)
        assert document["status"] == self.status
        assert document["requestId"] == self.headers["x-request-id"]
        return document


@dataclass
class Client:
    """One raw connection; every wait is bounded."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: str | bytes) -> None:
        self.writer.write(data.encode("latin-1") if isinstance(data, str) else data)
        async with asyncio.timeout(WAIT_SECONDS):
            await self.writer.drain()

    async def read(self) -> Answer:
        async with asyncio.timeout(WAIT_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, *lines = head.strip().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
            }
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(status.split()[1]), headers, body)

    async def wait_for_close(self) -> bytes:
        """Wait until the server closes; return what it still sent."""
        async with asyncio.timeout(WAIT_SECONDS):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def ask(self, data: str | bytes) -> Answer:
        """Send a request and read its answer."""
        await self.send(data)
        return await self.read()


@dataclass
class Server:
    """A listening socket, and the clients that tests connected to it."""

    port: int
    state: ServerState
    clients: list[Client] = field(default_factory=list)

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client

    async def ask(self, data: str | bytes) -> Answer:
        """Send a request over a new connection and read its answer."""
        return await (await self.connect()).ask(data)


@asynccontextmanager
async def serve_app(
    app: ASGIApp,
    limits: ConnectionLimits | None = None,
    max_connections: int | None = None,
    proxies: str = "",
    keep_alive_seconds: int = 5,
    send_buffer_bytes: int | None = None,
) -> AsyncIterator[Server]:
    """Serve this app until the block ends, `max_connections` connections at a time."""
    protocol = build_protocol(limits or ConnectionLimits(), proxies)
    config = Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        limit_concurrency=max_connections,
        timeout_keep_alive=keep_alive_seconds,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
    if send_buffer_bytes is not None:
        listener.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    server = Server(listener.sockets[0].getsockname()[1], state)
    try:
        yield server
    finally:
        listener.close()
        for client in server.clients:
            client.writer.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        await listener.wait_closed()
