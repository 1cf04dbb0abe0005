import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from gateway.kit.http.guard import HttpGuard
from gateway.kit.http.protocol import MAX_PIPELINED_REQUESTS, ConnectionLimits
from tests.kit.http_server import Server, serve_app

pytestmark = pytest.mark.anyio

QUICK = ConnectionLimits(head_seconds=0.15, write_seconds=0.2)
HELLO = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


async def answer_hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
    )
    await send({"type": "http.response.body"})


@pytest.mark.parametrize("beginning", ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX-A"])
async def test_a_connection_without_a_whole_head_is_closed(beginning: str) -> None:
    async with serve_app(answer_hello, QUICK) as server:
        client = await server.connect()
        await client.send(beginning)
        assert await client.wait_for_close() == b""


async def test_a_head_that_trickles_is_closed() -> None:
    async with serve_app(answer_hello, QUICK) as server:
        client = await server.connect()
        await client.send("GET /")
        closed = asyncio.ensure_future(client.wait_for_close())
        for _ in range(100):
            client.writer.write(b"a")
            done, _pending = await asyncio.wait([closed], timeout=0.02)
            if done:
                break
        assert closed.result() == b""


async def test_a_second_request_gets_its_own_time() -> None:
    async with serve_app(answer_hello, QUICK) as server:
        client = await server.connect()
        for _ in range(3):
            assert (await client.ask(HELLO)).status == 200
        await client.send("GET ")
        assert await client.wait_for_close() == b""


async def test_a_handler_that_works_longer_than_a_head_may_take_is_left_alone() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.4)
        await answer_hello(scope, receive, send)

    async with serve_app(slow, QUICK) as server:
        assert (await server.ask(HELLO)).status == 200


async def test_a_body_sent_after_the_answer_does_not_keep_the_connection() -> None:
    async with serve_app(answer_hello, QUICK) as server:
        client = await server.connect()
        await client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n")
        closed = asyncio.ensure_future(client.wait_for_close())
        for _ in range(100):
            client.writer.write(b"a")
            done, _pending = await asyncio.wait([closed], timeout=0.02)
            if done:
                break
        assert closed.result() == b""


async def test_a_refusal_reaches_a_client_that_still_sends_its_body() -> None:
    async def refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body"})

    async with serve_app(refuse, QUICK) as server:
        client = await server.connect()
        await client.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {50 * 2**20}\r\n\r\n")
        for _ in range(50):
            await client.send(bytes(2**20))
        assert (await client.read()).status == 413
        assert await client.wait_for_close() == b""


async def test_a_client_that_does_not_read_is_dropped() -> None:
    ended = asyncio.Event()

    async def flood(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.ensure_future(receive())
        while not gone.done():
            await send({"type": "http.response.body", "body": bytes(2**20), "more_body": True})
            await asyncio.sleep(0)
        ended.set()

    async with serve_app(flood, QUICK) as server:
        client = await server.connect()
        await client.send(HELLO)
        async with asyncio.timeout(5):
            await ended.wait()


async def test_a_broken_body_ends_the_request_without_a_second_answer() -> None:
    seen: list[str] = []
    first, ended = asyncio.Event(), asyncio.Event()

    async def reading(_scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            seen.append((await receive())["type"])
            first.set()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        ended.set()

    async with serve_app(reading, QUICK) as server, asyncio.timeout(5):
        client = await server.connect()
        await client.send(f"{CHUNKED}1\r\na\r\n")
        await first.wait()
        assert (await client.ask("zz\r\n")).problem["code"] == "bad_request"
        await ended.wait()
    assert seen == ["http.request", "http.disconnect"]


async def test_a_broken_body_adds_nothing_to_an_answer_that_has_begun() -> None:
    async def early(_scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serve_app(early) as server, asyncio.timeout(5):
        client = await server.connect()
        await client.send(CHUNKED)
        await client.reader.readuntil(b"\r\n\r\n")
        await client.send("zz\r\n")
        assert await client.wait_for_close() == b"a"


async def test_a_head_after_a_slow_answer_has_its_deadline_too() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.3)
        await answer_hello(scope, receive, send)

    async with serve_app(slow, QUICK) as server:
        client = await server.connect()
        assert (await client.ask(HELLO)).status == 200
        await client.send("GET ")
        assert await client.wait_for_close() == b""


async def test_a_large_head_may_come_in_pieces() -> None:
    async with serve_app(answer_hello) as server:
        client = await server.connect()
        await client.send(f"GET / HTTP/1.1\r\nHost: a\r\nX-A: {'a' * 20_000}")
        unread = asyncio.ensure_future(client.read())
        await asyncio.wait([unread], timeout=0.05)
        await client.send(f"{'a' * 10_000}\r\n\r\n")
        assert (await unread).status == 200


async def test_more_connections_than_are_served_are_refused_as_a_problem() -> None:
    guard = HttpGuard(answer_hello, hosts=frozenset({"a"}))
    async with serve_app(guard, max_connections=2) as server:
        first, second, third = [await server.connect() for _ in range(3)]
        assert (await third.ask(HELLO.replace("/", "/healthz", 1))).status == 200
        refused = await third.ask(HELLO)
        assert refused.problem["code"] == "unavailable"
        assert refused.problem["retryAfterSeconds"] == int(refused.headers["retry-after"])
        assert await third.wait_for_close() == b""
        for client in (first, second):
            assert (await client.ask(HELLO)).status == 200


async def test_a_half_open_connection_of_a_full_address_makes_room_after_its_grace() -> None:
    guard = HttpGuard(answer_hello, hosts=frozenset({"a"}))
    limits = ConnectionLimits(connections_per_address=2, grace_seconds=0.1)
    async with serve_app(guard, limits) as server:
        oldest, asking = await server.connect(), await server.connect()
        assert (await asking.ask(HELLO)).status == 200
        late = await server.connect()
        assert (await late.ask(HELLO.replace("/", "/healthz", 1))).status == 200
        assert (await late.ask(HELLO)).problem["code"] == "unavailable"
        silent = await server.connect()
        assert await silent.wait_for_close() == b"", "it had its grace"
        assert (await server.ask(HELLO)).status == 200
        assert await oldest.wait_for_close() == b"", "it made room"
        assert (await asking.ask(HELLO)).status == 200


async def test_a_half_open_connection_makes_room_on_a_full_server() -> None:
    guard = HttpGuard(answer_hello, hosts=frozenset({"a"}))
    limits = ConnectionLimits(connections_per_address=9, grace_seconds=0)
    async with serve_app(guard, limits, max_connections=1) as server:
        silent = await server.connect()
        assert (await server.ask(HELLO)).status == 200
        assert await silent.wait_for_close() == b""


async def test_connections_of_a_full_address_end_and_those_of_a_trusted_proxy_are_not_counted() -> (
    None
):
    limits = ConnectionLimits(connections_per_address=1, grace_seconds=60)
    async with serve_app(answer_hello, limits) as server:
        many = [await server.connect() for _ in range(53)]
        for dropped in many[51:]:
            assert await dropped.wait_for_close() == b""
        assert (await many[0].ask(HELLO)).status == 200
    async with serve_app(answer_hello, limits, proxies="127.0.0.0/8") as server:
        many = [await server.connect() for _ in range(53)]
        assert (await many[-1].ask(HELLO)).status == 200


async def test_a_trailer_adds_nothing_to_the_head() -> None:
    seen: list[bytes] = []
    whole = asyncio.Event()

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            whole.set()
        seen.extend(name for name, _ in scope["headers"])
        await answer_hello(scope, receive, send)

    async with serve_app(reading) as server, asyncio.timeout(5):
        client = await server.connect()
        await client.send(f"{CHUNKED}1\r\na\r\n")
        await whole.wait()
        assert (await client.ask("0\r\nAuthorization: Bearer a\r\n\r\n")).status == 200
    assert seen == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("beginning", ["1;", "0\r\nX-A: "], ids=["chunk", "trailer"])
async def test_what_stands_between_the_parts_of_a_body_has_an_end(beginning: str) -> None:
    begun = asyncio.Event()

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        while (await receive()).get("more_body"):
            pass
        await answer_hello(scope, receive, send)

    async with serve_app(reading) as server, asyncio.timeout(5):
        client = await server.connect()
        await client.send(CHUNKED + beginning)
        await begun.wait()
        answer = await client.ask("a" * (2 * ConnectionLimits().header_bytes + 1))
        assert answer.problem["code"] == "headers_too_large"
        assert await client.wait_for_close() == b""


async def test_a_target_without_end_is_called_too_long_and_not_its_headers() -> None:
    async with serve_app(answer_hello) as server, asyncio.timeout(5):
        client = await server.connect()
        answer = await client.ask(
            "GET /jobs?cursor=" + "a" * (2 * ConnectionLimits().header_bytes + 1)
        )
        assert (answer.status, answer.problem["code"]) == (414, "uri_too_long")
        assert await client.wait_for_close() == b""


@pytest.mark.parametrize("kind", ["h2c", "websocket"])
async def test_a_wish_for_another_protocol_is_passed_over(kind: str) -> None:
    wish = HELLO.replace("\r\n\r\n", f"\r\nConnection: Upgrade\r\nUpgrade: {kind}\r\n\r\n")
    async with serve_app(answer_hello) as server:
        client = await server.connect()
        assert (await client.ask(wish)).status == 200
        assert (await client.ask(wish + HELLO)).status == 200
        assert (await client.read()).status == 200


@pytest.mark.parametrize("kind", ["h2c", "websocket"])
async def test_a_wish_for_another_protocol_does_not_make_requests_of_a_body(kind: str) -> None:
    asked: list[tuple[str, str, bytes]] = []

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        asked.append((scope["method"], scope["path"], body + message["body"]))
        await answer_hello(scope, receive, send)

    smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    size, head = len(smuggled), f"Host: a \r\nConnection: Upgrade\r\nUpgrade: {kind}\r\n"
    async with serve_app(reading) as server:
        client = await server.connect()
        plain = f"POST /a HTTP/1.1\r\n{head}Content-Length: {size}\r\n\r\n{smuggled}"
        parts = f"POST /b HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n"
        assert (await client.ask(plain)).status == 200
        assert (await client.ask(f"{parts}{size:x}\r\n{smuggled}\r\n0\r\n\r\n")).status == 200
        assert (await client.ask("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n")).status == 400
    body = smuggled.encode()
    assert asked == [("POST", "/a", body), ("POST", "/b", body)]


@pytest.mark.parametrize("ahead", ["", HELLO], ids=["half", "queued"])
async def test_what_comes_behind_an_open_answer_has_an_end_and_a_lost_client_is_told(
    ahead: str, caplog: pytest.LogCaptureFixture
) -> None:
    begun, told = asyncio.Event(), asyncio.Event()

    async def endless(_scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()
        begun.set()
        lost = asyncio.ensure_future(receive())
        while not lost.done():
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
            await asyncio.wait([lost], timeout=0.01)
        assert lost.result()["type"] == "http.disconnect"
        told.set()

    async with serve_app(endless) as server, asyncio.timeout(5):
        client = await server.connect()
        await client.send(HELLO)
        await begun.wait()
        await client.send(ahead)
        await client.send(
            "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a" * (3 * ConnectionLimits().header_bytes)
        )
        await client.send("a" * ConnectionLimits().header_bytes)
        client.writer.transport.abort()
        await told.wait()
    assert caplog.text.count("refused before it was a request") <= 1


async def test_a_body_that_nobody_waited_for_is_not_read_as_the_next_request() -> None:
    expects = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    async with serve_app(HttpGuard(answer_hello, hosts=frozenset({"a"}))) as server:
        client = await server.connect()
        answer = await client.ask(expects)
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await client.wait_for_close() == b""


async def test_a_length_of_many_digits_is_refused() -> None:
    async with serve_app(answer_hello) as server:
        head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {'0' * 5_000}5\r\n\r\n"
        assert (await server.ask(head)).problem["code"] == "bad_request"


async def test_nonsense_after_a_request_does_not_take_its_answer() -> None:
    async with serve_app(answer_hello) as server:
        client = await server.connect()
        answer = await client.ask(HELLO + "what?\r\n\r\n")
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await client.wait_for_close() == b""


async def test_who_sends_too_many_requests_ahead_gets_the_first_answers() -> None:
    async with serve_app(answer_hello) as server:
        client = await server.connect()
        await client.send(HELLO * 1_000)
        assert (await client.wait_for_close()).count(b"200 OK") == 1 + MAX_PIPELINED_REQUESTS


async def test_a_stop_answers_a_request_that_is_just_arriving() -> None:
    async with serve_app(answer_hello) as server:
        fresh, begun, idle = [await server.connect() for _ in range(3)]
        await begun.ask(HELLO)
        await begun.send(HELLO[:9])
        await idle.ask(HELLO)
        stop_connections(server)
        assert await idle.wait_for_close() == b""
        assert (await begun.ask(HELLO[9:])).status == 200
        assert (await fresh.ask(HELLO)).status == 200


async def test_a_stop_does_not_wait_for_a_request_that_never_comes() -> None:
    async with serve_app(answer_hello, ConnectionLimits(grace_seconds=0.05)) as server:
        fresh, asked = await server.connect(), await server.connect()
        await asked.ask(HELLO)
        await asked.send(HELLO[:9])
        stop_connections(server)
        assert await fresh.wait_for_close() == b""
        assert await asked.wait_for_close() == b""


def stop_connections(server: Server) -> None:
    """Ask every connection to end, as the server does when it stops."""
    for connection in list(server.state.connections):
        connection.shutdown()
