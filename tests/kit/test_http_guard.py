import asyncio
import errno
import re
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from gateway.kit.errors import RateLimited
from gateway.kit.http.guard import HttpGuard, RouteLimits
from gateway.kit.http.protocol import ConnectionLimits
from tests.kit.http_server import serve_app

pytestmark = pytest.mark.anyio

HOST = "Host: gate.example\r\n"
POST = f"POST /echo HTTP/1.1\r\n{HOST}"
QUICK = ConnectionLimits(body_idle_seconds=0.1, body_seconds=0.3, body_bytes_per_second=1000)


async def answer_echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse({"bytes": len(body), "id": request.state.request_id})


async def answer_item(request: Request) -> Response:
    return Response(request.path_params["id"], headers={"Cache-Control": "private"})


async def wait_forever(_: Request) -> Response:
    await asyncio.Event().wait()
    return Response()


async def raise_secret(_scope: Scope, _receive: Receive, _send: Send) -> None:
    message = "kt_live_secret in the traceback"
    raise ValueError(message)


async def raise_rate_limited(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RateLimited(retry_after_seconds=7)


ROUTES = [
    Route("/echo", answer_echo, methods=["GET", "POST"]),
    Route("/items/{id}", answer_item),
    Route("/stuck", wait_forever, methods=["GET", "POST"]),
    Route("/healthz", answer_echo),
]


def find_limits_by_path(scope: Scope) -> RouteLimits:
    return RouteLimits(
        body_bytes=3000 if scope["path"] == "/echo" else 10,
        handler_seconds=0.15 if scope["path"] == "/stuck" else None,
    )


def build_guard(
    *,
    limits: ConnectionLimits | None = None,
    loopback: bool = False,
    https: bool = False,
    routes: Callable[[Scope], RouteLimits] = find_limits_by_path,
    draining: bool = False,
) -> HttpGuard:
    return HttpGuard(
        Starlette(routes=ROUTES),
        hosts=frozenset({"gate.example", "[fd00::1]", "files.example:8443"}),
        serves_loopback=loopback,
        limits=limits or ConnectionLimits(),
        is_https=https,
        find_route_limits=routes,
        is_draining=lambda: draining,
    )


async def test_an_answer_carries_the_request_id_and_the_safe_headers() -> None:
    async with serve_app(build_guard(https=True)) as server:
        answer = await server.ask(f"GET /echo HTTP/1.1\r\n{HOST}\r\n")
    assert answer.status == 200
    assert re.fullmatch(r"rid_[0-9A-Z]{26}", answer.headers["x-request-id"])
    assert answer.headers["x-request-id"].encode() in answer.body
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_a_route_may_declare_its_own_caching_and_http_has_no_hsts() -> None:
    async with serve_app(build_guard()) as server:
        answer = await server.ask(f"GET /items/7 HTTP/1.1\r\n{HOST}\r\n")
    assert answer.headers["cache-control"] == "private"
    assert "strict-transport-security" not in answer.headers


async def test_a_draining_gateway_closes_each_connection() -> None:
    async with serve_app(build_guard(draining=True)) as server:
        client = await server.connect()
        answer = await client.ask(f"GET /items/7 HTTP/1.1\r\n{HOST}\r\n")
        assert answer.headers["connection"] == "close"
        assert await client.wait_for_close() == b""


@pytest.mark.parametrize(
    ("request_text", "status", "code"),
    [
        (
            f"{POST}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            400,
            "bad_request",
        ),
        (f"GET /echo HTTP/1.1\r\n{HOST}X-A: {'a' * 33000}\r\n\r\n", 431, "headers_too_large"),
        (f"GET /echo HTTP/1.1\r\n{HOST}X-A: {'a' * 66000}", 431, "headers_too_large"),
        (f"GET /echo?{'a' * 8200} HTTP/1.1\r\n{HOST}\r\n", 414, "uri_too_long"),
        ("GET /echo HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (f"GET /echo HTTP/1.1\r\n{HOST}{HOST}\r\n", 400, "bad_request"),
        (
            f"{POST}Transfer-Encoding: gzip, chunked\r\n\r\n",
            400,
            "bad_request",
        ),
        (f"{POST}Content-Length: 3, 4\r\n\r\nabc", 400, "bad_request"),
        (f"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n", 400, "bad_request"),
        (f"GET /echo HTTP/1.1\n{HOST}\n".replace("\r", ""), 400, "bad_request"),
        ("\x16\x03\x01 hello\r\n\r\n", 400, "bad_request"),
    ],
    ids=[
        "te+cl",
        "headers",
        "headers never ending",
        "target",
        "no host",
        "two hosts",
        "odd te",
        "two lengths",
        "chunked twice",
        "bare line feeds",
        "no http",
    ],
)
async def test_a_head_that_is_wrong_gets_a_problem_and_a_closed_connection(
    request_text: str, status: int, code: str
) -> None:
    async with serve_app(build_guard()) as server:
        client = await server.connect()
        answer = await client.ask(request_text)
        assert (answer.problem["code"], answer.headers["connection"]) == (code, "close")
        assert answer.status == status
        assert await client.wait_for_close() == b""


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "gate.example.evil.example",
        "127.0.0.1",
        "",
        "gate.example:80:80",
        "a@gate.example",
        "user:gate.example",
    ],
)
async def test_another_host_is_421(host: str) -> None:
    async with serve_app(build_guard()) as server:
        answer = await server.ask(f"GET /echo HTTP/1.1\r\nHost: {host}\r\n\r\n")
    assert answer.status == 421
    assert answer.problem["code"] == "misdirected_request"


async def test_http_1_0_without_a_host_is_421() -> None:
    async with serve_app(build_guard()) as server:
        assert (await server.ask("GET /echo HTTP/1.0\r\n\r\n")).status == 421


@pytest.mark.parametrize(
    "host",
    [
        "gate.example",
        "GATE.example:8000",
        "[fd00::1]:80",
        "files.example",
        "localhost:8000",
        "127.0.0.1",
        "[::1]:1",
    ],
)
async def test_our_hosts_and_this_machine_are_served(host: str) -> None:
    async with serve_app(build_guard(loopback=True)) as server:
        assert (await server.ask(f"GET /echo HTTP/1.1\r\nHost: {host}\r\n\r\n")).status == 200


async def test_a_probe_may_come_by_any_host() -> None:
    async with serve_app(build_guard()) as server:
        assert (await server.ask("GET /healthz HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n")).status == 200
        assert (await server.ask("GET /healthz/ HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n")).status == 421


async def test_a_control_character_in_the_path_is_422() -> None:
    async with serve_app(build_guard()) as server:
        answer = await server.ask(f"GET /items/a%00b HTTP/1.1\r\n{HOST}\r\n")
    assert (answer.status, answer.problem["field"]) == (422, "path")


async def test_a_body_declared_too_large_is_413_before_it_is_sent() -> None:
    async with serve_app(build_guard()) as server:
        answer = await server.ask(f"{POST}Content-Length: 3001\r\n\r\n")
    assert answer.problem["limitBytes"] == 3000
    assert answer.status == 413


async def test_a_chunked_body_is_counted() -> None:
    chunk = b"7d0\r\n" + b"a" * 2000 + b"\r\n"
    head = f"{POST}Transfer-Encoding: chunked\r\n\r\n".encode()
    async with serve_app(build_guard()) as server:
        assert (await server.ask(head + chunk + b"0\r\n\r\n")).status == 200
        assert (await server.ask(head + chunk + chunk + b"0\r\n\r\n")).problem[
            "code"
        ] == "payload_too_large"


async def test_a_client_that_asks_before_sending_is_refused_without_sending() -> None:
    head = f"{POST}Expect: 100-continue\r\nContent-Length: 9999\r\n\r\n"
    async with serve_app(build_guard()) as server:
        assert (await server.ask(head)).status == 413


async def test_a_body_that_stops_is_408_and_closed() -> None:
    async with serve_app(build_guard(limits=QUICK)) as server:
        client = await server.connect()
        answer = await client.ask(f"{POST}Content-Length: 9\r\n\r\nabc")
        assert (answer.problem["code"], answer.headers["connection"]) == (
            "request_timeout",
            "close",
        )
        assert await client.wait_for_close() == b""


async def test_a_body_that_trickles_is_408_when_its_whole_time_is_over() -> None:
    async with serve_app(build_guard(limits=QUICK)) as server:
        client = await server.connect()
        await client.send(f"{POST}Content-Length: 2999\r\n\r\n")
        answer = asyncio.ensure_future(client.read())
        for _ in range(100):
            await client.send("a")
            done, _pending = await asyncio.wait([answer], timeout=0.02)
            if done:
                break
        assert answer.result().status == 408


async def test_an_application_that_swallows_the_refusal_cannot_replace_it() -> None:
    async def swallowing(_scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive()
        except Exception:  # noqa: BLE001 - what careless applications do
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"fine"})

    guard = HttpGuard(swallowing, hosts=frozenset({"gate.example"}), limits=QUICK)
    async with serve_app(guard) as server:
        answer = await server.ask(f"POST / HTTP/1.1\r\n{HOST}Content-Length: 9\r\n\r\n")
    assert answer.status == 408


async def test_a_handler_that_takes_too_long_is_503_with_retry_after() -> None:
    async with serve_app(build_guard()) as server:
        answer = await server.ask(f"GET /stuck HTTP/1.1\r\n{HOST}\r\n")
    assert answer.problem["code"] == "unavailable"
    assert answer.headers["retry-after"] == str(answer.problem["retryAfterSeconds"])


async def test_the_time_of_a_slow_body_is_not_taken_from_the_handler() -> None:
    def routes(_scope: Scope) -> RouteLimits:
        return RouteLimits(handler_seconds=0.1)

    async with serve_app(build_guard(routes=routes)) as server:
        client = await server.connect()
        await client.send(f"{POST}Content-Length: 2\r\n\r\na")
        unread = asyncio.ensure_future(client.read())
        await asyncio.wait([unread], timeout=0.3)
        await client.send("b")
        assert (await unread).status == 200


async def test_a_stream_may_be_silent_longer_than_a_body_may() -> None:
    async def events(_scope: Scope, receive: Receive, send: Send) -> None:
        assert await receive() == {"type": "http.request", "body": b"", "more_body": False}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone: asyncio.Task[Message] = asyncio.ensure_future(receive())
        done, _pending = await asyncio.wait([gone], timeout=0.4)
        gone.cancel()
        await send({"type": "http.response.body", "body": b"early" if done else b"late"})

    guard = HttpGuard(events, hosts=frozenset({"gate.example"}), limits=QUICK)
    async with serve_app(guard) as server:
        client = await server.connect()
        await client.send(f"GET / HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n")
        assert b"late" in await client.wait_for_close()


async def test_an_error_is_a_problem_and_its_traceback_goes_to_the_log_only() -> None:
    with capture_logs() as lines:
        async with serve_app(HttpGuard(raise_secret, hosts=frozenset({"gate.example"}))) as server:
            answer = await server.ask(f"GET / HTTP/1.1\r\n{HOST}\r\n")
    assert (answer.problem["code"], b"secret" in answer.body) == ("internal_error", False)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["unhandled_error"]


async def test_a_problem_of_the_application_is_rendered_with_its_headers() -> None:
    async with serve_app(
        HttpGuard(raise_rate_limited, hosts=frozenset({"gate.example"}))
    ) as server:
        answer = await server.ask(f"GET / HTTP/1.1\r\n{HOST}\r\n")
    assert (answer.problem["code"], answer.headers["retry-after"]) == ("rate_limited", "7")


async def test_a_client_that_leaves_is_an_info_line_without_traceback() -> None:
    gone = asyncio.Event()

    def note(*_: object) -> None:
        gone.set()

    guard = HttpGuard(Starlette(routes=ROUTES), hosts=frozenset({"gate.example"}), report=note)
    with capture_logs() as lines:
        async with serve_app(guard) as server:
            client = await server.connect()
            await client.send(f"{POST}Content-Length: 9\r\n\r\nabc")
            client.writer.close()
            async with asyncio.timeout(5):
                await gone.wait()
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("client_disconnected", "info")
    ]


async def test_a_request_is_one_line_with_the_route_template() -> None:
    with capture_logs() as lines:
        async with serve_app(build_guard()) as server:
            await server.ask(f"GET /items/7?token=secret HTTP/1.1\r\n{HOST}\r\n")
            await server.ask(f"GET /healthz HTTP/1.1\r\n{HOST}\r\n")
    assert [(x["route"], x["status"], x["log_level"]) for x in lines] == [
        ("/items/{id}", 200, "info"),
        ("/healthz", 200, "debug"),
    ]
    assert "secret" not in str(lines)


async def test_a_websocket_is_refused_and_a_lifespan_passes() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def receive() -> Message:
        return {}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    guard = HttpGuard(app, hosts=frozenset())
    await guard({"type": "websocket"}, receive, send)
    await guard({"type": "lifespan"}, receive, send)
    assert (seen, sent) == (["lifespan"], [{"type": "websocket.close", "code": 1008}])


async def test_a_disk_that_is_full_is_a_507_wherever_it_is_noticed() -> None:
    async def full(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise OSError(errno.ENOSPC, "no space")

    async with serve_app(HttpGuard(full, hosts=frozenset({"a"}))) as server:
        answer = await server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (answer.status, answer.problem["code"]) == (507, "storage_full")
    assert answer.problem["retryAfterSeconds"] == int(answer.headers["retry-after"])
