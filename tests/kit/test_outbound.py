"""Bounds of a service's answer: bytes after decompression, and time in all."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from gateway.kit.outgoing.bounded_client import AnswerLimits, AnswerTooLarge, build_http_client

pytestmark = pytest.mark.anyio
LIMITS = AnswerLimits(max_bytes=1_000, seconds=5)
HURRIED = replace(LIMITS, seconds=0.3)
DRIP_SECONDS = 0.05


class DrippingService:
    """A service that answers with `head`, then slowly with `pieces`; then it closes or hangs."""

    def __init__(self) -> None:
        self.head, self.pieces, self.hangs = b"", [b""], False
        self.asked = b""
        self.url = ""
        self.open: set[asyncio.StreamWriter] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        self.asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + self.head + b"\r\n")
        for piece in self.pieces:
            writer.write(piece)
            await asyncio.sleep(DRIP_SECONDS if len(self.pieces) > 1 else 0)
        if self.hangs:
            await reader.read()
        writer.close()


@pytest.fixture
async def service(anyio_backend: str) -> AsyncIterator[DrippingService]:
    one = DrippingService()
    async with await asyncio.start_server(one.answer, "127.0.0.1", 0) as server:
        one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield one
        for writer in one.open:
            writer.transport.abort()


async def fetch_body(service: DrippingService, limits: AnswerLimits = LIMITS) -> bytes:
    async with build_http_client(limits, base_url=service.url) as client:
        return (await client.get("/")).content


async def test_an_answer_is_read_whether_it_is_compressed_or_not(service: DrippingService) -> None:
    service.pieces = [b"x" * 1_000]
    assert await fetch_body(service) == b"x" * 1_000
    service.head, service.pieces = b"Content-Encoding: gzip\r\n", [gzip.compress(b"x" * 1_000)]
    assert await fetch_body(service) == b"x" * 1_000
    assert b"accept-encoding: gzip\r\n" in service.asked.lower()


async def test_bytes_are_counted_after_decompression(service: DrippingService) -> None:
    service.head, service.pieces = b"Content-Encoding: gzip\r\n", [gzip.compress(b"x" * 1_001)]
    with pytest.raises(AnswerTooLarge):
        await fetch_body(service)


async def test_what_says_that_it_is_too_long_is_not_read(service: DrippingService) -> None:
    service.head, service.hangs = b"Content-Length: 1001\r\n", True
    with pytest.raises(AnswerTooLarge):
        await fetch_body(service)


async def test_a_compression_that_nobody_asked_for_is_refused(service: DrippingService) -> None:
    service.head, service.pieces = b"Content-Encoding: deflate\r\n", [zlib.compress(b"x")]
    with pytest.raises(httpx2.DecodingError):
        await fetch_body(service)


async def test_what_is_no_gzip_is_refused(service: DrippingService) -> None:
    service.head, service.pieces = b"Content-Encoding: gzip\r\n", [b"x" * 100]
    with pytest.raises(httpx2.DecodingError):
        await fetch_body(service)


@pytest.mark.parametrize("where", ["head", "body"])
async def test_a_drip_ends_with_the_time_of_the_whole(service: DrippingService, where: str) -> None:
    service.pieces = [b"X: y\r\n" if where == "head" else b"x"] * 100
    service.head = b"X: y" if where == "head" else b""  # a head that never ends
    with pytest.raises(httpx2.ReadTimeout):
        await fetch_body(service, HURRIED)


async def test_silence_has_a_limit_of_its_own(service: DrippingService) -> None:
    service.hangs = True
    with pytest.raises(httpx2.ReadTimeout):
        await fetch_body(service, replace(LIMITS, silence_seconds=0.1))


async def test_what_comes_fast_enough_may_take_longer(service: DrippingService) -> None:
    service.pieces = [b"x" * 100] * 10
    assert len(await fetch_body(service, replace(HURRIED, bytes_per_second=1_000))) == 1_000
    with pytest.raises(httpx2.ReadTimeout):
        await fetch_body(service, HURRIED)


async def test_a_request_may_have_limits_of_its_own(service: DrippingService) -> None:
    service.pieces = [b"x" * 2_000]
    async with build_http_client(LIMITS, base_url=service.url) as client:
        larger = replace(LIMITS, max_bytes=2_000)
        answer = await client.get("/", extensions=larger.extensions)
        assert len(answer.content) == 2_000
        with pytest.raises(AnswerTooLarge):
            await client.get("/")
