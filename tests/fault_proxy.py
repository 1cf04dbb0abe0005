"""A TCP proxy between two processes that breaks their answers in the way a test sets.

The faults are `pass`; `latency:MS` before each part of an answer; `reset`; `half:N`, which cuts the
answer after N bytes (`half:0`: the work is done, its answer is lost); `garbage`, a `page`, `502`
or `503` in place of the answer; and `blackhole`, where bytes vanish and nothing is closed. A
connection that was once in a black hole stays there, as behind a firewall that drops packets.
"""

import asyncio
import socket
import threading
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS, PART_BYTES = 10, 65_536
TICKS = 5
# Without it a client may send its next request on a connection that we are about to close.
CLOSE_HEADER = b"Connection: close\r\n"
REPLACEMENT_ANSWERS = {
    "garbage": b"\x00\xffnobody speaks like this\r\n\r\n",
    "page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    + CLOSE_HEADER
    + b"Content-Length: 6\r\n\r\n<html>",
    "502": b"HTTP/1.1 502 Bad Gateway\r\nRetry-After: 0.01\r\n"
    + CLOSE_HEADER
    + b"Content-Length: 0\r\n\r\n",
    "503": b"HTTP/1.1 503 Service Unavailable\r\n" + CLOSE_HEADER + b"Content-Length: 0\r\n\r\n",
}


class FaultProxy:
    """A proxy on a port of loopback; `upstream` is a port there too, or the path of a socket."""

    def __init__(self, upstream: int | Path) -> None:
        self.upstream = upstream
        self.port = 0
        self.hits = 0
        self._fault, self._matching, self._left = "pass", b"", 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listening = threading.Event()
        self._busy: set[asyncio.Task[None]] = set()
        self._exchanges: set[_Exchange] = set()

    def set_fault(self, fault: str, matching: bytes = b"", times: int = 1_000_000) -> None:
        """Break the next `times` exchanges whose request has `matching` in it."""
        self._matching, self._left, self.hits = matching, times, 0
        self._fault = fault

    def heal(self) -> None:
        """Let all traffic pass again."""
        self._fault = "pass"

    def swallow_open_connections(self) -> None:
        """Put all connections of now into a black hole; later ones pass.

        A firewall that lost its state does this.
        """
        for exchange in [*self._exchanges]:
            exchange.fall_silent()

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
        """Stop, and close all connections."""
        self._loop.call_soon_threadsafe(self._set_ended)
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
        for _ in range(TICKS):  # a connection that was just accepted gets its task, which closes it
            await asyncio.sleep(0)
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    def _set_ended(self) -> None:
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
        self._exchanges.add(exchange)
        pumps = [
            asyncio.create_task(exchange.ask(reader, asks)),
            asyncio.create_task(exchange.answer(answers, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._exchanges.discard(exchange)
            # First, since the wait for the pumps is cut short when the proxy ends meanwhile.
            asks.transport.abort()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    def use_up_fault(self, request: bytes) -> str:
        """Return the fault for the answer to this request, and count it as used."""
        if self._fault == "pass" or self._left <= 0 or self._matching not in request:
            return "pass"
        self._left -= 1
        self.hits += 1
        return self._fault


class _Exchange:
    """One connection: the request since the last answer began, and the fault of that answer."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._proxy = proxy
        self._asked, self._answering = b"", False
        self._fault, self._left = "pass", 0

    def fall_silent(self) -> None:
        self._fault = "blackhole"

    async def ask(self, reader: StreamReader, asks: StreamWriter) -> None:
        while part := await reader.read(PART_BYTES):
            if self._answering:
                self._asked, self._answering = b"", False
            self._asked = (self._asked + part)[:PART_BYTES]
            asks.write(part)
            await asks.drain()

    async def answer(self, answers: StreamReader, writer: StreamWriter) -> None:
        while part := await answers.read(PART_BYTES):
            if not self._answering and self._fault != "blackhole":
                self._answering = True
                self._fault = self._proxy.use_up_fault(self._asked)
                self._left = int(self._fault.partition(":")[2] or 0)
            name = self._fault.partition(":")[0]
            if name == "reset":
                _reset_connection(writer)
                return
            if name in REPLACEMENT_ANSWERS:
                await _write_and_close(writer, REPLACEMENT_ANSWERS[name])
                return
            if name == "blackhole":
                continue
            if name == "latency":
                await asyncio.sleep(self._left / 1_000)
            if name == "half":
                part, self._left = part[: self._left], self._left - len(part)
            if name == "half" and self._left <= 0:
                await _write_and_close(writer, part)
                return
            writer.write(part)
            await writer.drain()


async def _write_and_close(writer: StreamWriter, part: bytes) -> None:
    """Write the last bytes and close in order, so that they still arrive."""
    writer.write(part)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def _reset_connection(writer: StreamWriter) -> None:
    """Close a connection with RST, as a machine does that does not know it."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, for 0 seconds: RST in place of FIN
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
