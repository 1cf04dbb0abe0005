import asyncio
import inspect
import re

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.kit.http.answer_cycle import AnswerCycle
from tests.kit.http_server import WAIT_SECONDS, serve_app

pytestmark = pytest.mark.anyio

INHERITED_METHODS = ("run_asgi", "receive", "send_500_response")
SELF_MEMBER = re.compile(r"self\.(\w+)")
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


async def test_an_answer_that_fails_before_its_body_still_has_its_head() -> None:
    async def fail(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        raise RuntimeError("the body cannot be had")

    async with serve_app(fail) as server:
        client = await server.connect()
        await client.send(HELLO)
        assert (await client.wait_for_close()).startswith(b"HTTP/1.1 200 ")


def test_a_cycle_of_ours_has_all_that_the_methods_of_uvicorn_use() -> None:
    inherited = [getattr(RequestResponseCycle, name) for name in INHERITED_METHODS]
    used = set(SELF_MEMBER.findall("".join(map(inspect.getsource, inherited))))
    own = set(SELF_MEMBER.findall(inspect.getsource(AnswerCycle.__init__)))
    assert used - own - set(dir(AnswerCycle)) == set()


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
