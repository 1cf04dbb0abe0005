"""A proxy of TCP between two processes that breaks what passes, in the way a test says.

`pass`; `latency:MS` before each part of an answer; `reset`; `half:N`, cut after N bytes of the
answer (`half:0`: done, but the answer is lost); `garbage`, a `page` or `502` instead of the answer;
`blackhole`, in which bytes vanish and nothing is closed. A connection that was once
in a black hole stays there.
"""

import asyncio
import socket
import threading
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS, PART = 10, 65_536
LAST = b"Connection: close\r\n"  # else the client may ask again before it has seen the end
INSTEAD = {
    "garbage": b"\x00\xffnobody speaks like this\r\n\r\n",
    "page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    + LAST
    + b"Content-Length: 6\r\n\r\n<html>",
    "502": b"HTTP/1.1 502 Bad Gateway\r\nRetry-After: 0.01\r\n"
    + LAST
    + b"Content-Length: 0\r\n\r\n",
}


class FaultProxy:
    """Listens on a port of loopback; `upstream` is a port there too, or the path of a socket."""

    def __init__(self, upstream: int | Path) -> None:
        self.upstream = upstream
        self.port = 0
        self.hits = 0
        self._fault, self._only, self._left = "pass", b"", 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listening = threading.Event()
        self._busy: set[asyncio.Task[None]] = set()

    def break_(self, fault: str, only: bytes = b"", times: int = 1_000_000) -> None:
        """From now on break exchanges so, those whose request holds `only`, so many times."""
        self._only, self._left, self.hits = only, times, 0
        self._fault = fault

    def heal(self) -> None:
        """Let everything pass."""
        self._fault = "pass"

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        if not self._listening.wait(START_SECONDS):
            raise AssertionError("the proxy did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and close what is open."""
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(START_SECONDS)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._ended.wait()
        server.close()
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    def _end(self) -> None:
        self._ended.set()

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._forward(reader, writer)
        finally:
            self._busy.discard(task)
            writer.transport.abort()

    async def _forward(self, reader: StreamReader, writer: StreamWriter) -> None:
        if isinstance(self.upstream, Path):
            answers, asks = await asyncio.open_unix_connection(str(self.upstream))
        else:
            answers, asks = await asyncio.open_connection("127.0.0.1", self.upstream)
        exchange = _Exchange(self)
        pumps = [
            asyncio.create_task(exchange.ask(reader, asks)),
            asyncio.create_task(exchange.answer(answers, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            asks.transport.abort()

    def struck(self, request: bytes) -> str:
        """Return the fault that hits the answer to this request, and use it up."""
        if self._fault == "pass" or self._left <= 0 or self._only not in request:
            return "pass"
        self._left -= 1
        self.hits += 1
        return self._fault


class _Exchange:
    """One connection: what was asked since the last answer began, and what befell that answer."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy
        self._asked, self._answering = b"", False
        self._fault, self._left = "pass", 0

    async def ask(self, reader: StreamReader, asks: StreamWriter) -> None:
        while part := await reader.read(PART):
            if self._answering:
                self._asked, self._answering = b"", False
            self._asked = (self._asked + part)[:PART]
            asks.write(part)
            await asks.drain()

    async def answer(self, answers: StreamReader, writer: StreamWriter) -> None:
        while part := await answers.read(PART):
            if not self._answering and self._fault != "blackhole":
                self._answering = True
                self._fault = self._proxy.struck(self._asked)
                self._left = int(self._fault.partition(":")[2] or 0)
            name = self._fault.partition(":")[0]
            if name == "reset":
                _reset(writer)
                return
            if name in INSTEAD:
                await _end(writer, INSTEAD[name])
                return
            if name == "blackhole":
                continue
            if name == "latency":
                await asyncio.sleep(self._left / 1_000)
            if name == "half":
                part, self._left = part[: self._left], self._left - len(part)
            if name == "half" and self._left <= 0:
                await _end(writer, part)
                return
            writer.write(part)
            await writer.drain()


async def _end(writer: StreamWriter, part: bytes) -> None:
    """Close a connection so that what was written before still arrives."""
    writer.write(part)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def _reset(writer: StreamWriter) -> None:
    """Close a connection as a machine does that knows nothing of it."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
