import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from tests.kit.http_server import WAIT_SECONDS, serve_app

pytestmark = pytest.mark.anyio

HELLO = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def test_the_head_of_a_stream_comes_before_its_first_part() -> None:
    first_part = asyncio.Event()

    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await first_part.wait()
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        await send({"type": "http.response.body"})

    async with serve_app(stream) as server:
        client = await server.connect()
        assert (await client.ask(HELLO)).headers["transfer-encoding"] == "chunked"
        first_part.set()
        async with asyncio.timeout(WAIT_SECONDS):
            assert await client.reader.readuntil(b"0\r\n\r\n") == b"4\r\npart\r\n0\r\n\r\n"


async def test_an_answer_with_a_length_comes_whole_in_one_packet() -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.05)
        await send({"type": "http.response.body", "body": b"body"})

    async with serve_app(answer) as server:
        client = await server.connect()
        await client.send(HELLO)
        async with asyncio.timeout(WAIT_SECONDS):
            assert (await client.reader.read(10_000)).endswith(b"\r\n\r\nbody")


@pytest.mark.parametrize(
    "header",
    [(b"a", b"b\r\nset-cookie: c"), (b"a", b"b\nc"), (b"a", b"\0"), (b"a b", b"c"), (b"a:", b"b")],
)
async def test_a_header_that_would_forge_another_is_never_sent(
    header: tuple[bytes, bytes],
) -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [header]})
        await send({"type": "http.response.body"})

    async with serve_app(answer) as server:
        answered = await server.ask(HELLO)
        assert answered.status == 500
        assert set(answered.headers) == {"content-type", "content-length", "connection"}
