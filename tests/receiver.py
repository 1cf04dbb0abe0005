"""A webhook receiver on loopback that answers as the test sets, and keeps each delivery."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

PATIENCE_SECONDS = 15


@dataclass
class ReceivedWebhook:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> dict[str, Any]:
        """Verify the signature with the public library and return the message."""
        message: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return message


@dataclass
class WebhookReceiver:
    """A receiver; `answer` is its status line with more headers, or None never to answer."""

    port: int = 0
    answer: str | None = "200 OK"
    received: asyncio.Queue[ReceivedWebhook] = field(default_factory=asyncio.Queue)
    server: asyncio.Server | None = None
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=mine"

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
            for writer in self.writers:
                writer.transport.abort()
            await self.server.wait_closed()

    def hang_up(self) -> None:
        """Close the connections that it never answered; answer 200 from now on."""
        self.answer = "200 OK"
        for writer in self.writers:
            writer.close()

    async def wait_for_webhook(self) -> ReceivedWebhook:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.received.get()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.put_nowait(ReceivedWebhook(headers, body))
        if self.answer is None:
            await reader.read()
        else:
            writer.write(f"HTTP/1.1 {self.answer}\r\nContent-Length: 2\r\n\r\nno".encode())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def serve_receiver(answer: str | None = "200 OK") -> AsyncIterator[WebhookReceiver]:
    """Run a receiver for the block."""
    receiver = WebhookReceiver(answer=answer)
    await receiver.open()
    try:
        yield receiver
    finally:
        await receiver.close()


async def wait_for_value(read_value: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - the look's own
    """Call `read_value` until it returns a true value, and return that; fail after 15 seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := await read_value()):
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.02)
    return value
