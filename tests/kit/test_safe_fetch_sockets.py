"""On real loopback sockets, reached by the operator's exceptions."""

import asyncio
import hashlib
import resource
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.kit.errors import RateLimited, StorageFull
from gateway.kit.outgoing.fetch_turns import FetchTurns
from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.public_address import FetchAllowList
from gateway.kit.outgoing.safe_fetch import FetchLimits, SafeFetch
from tests.fakes.site import Answer, answer_plainly, serve_site, write_certificate

pytestmark = pytest.mark.anyio

QUICK = FetchLimits(idle_seconds=0.15, whole_seconds=0.5)


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def fetch_refused(safe: SafeFetch, url: str, folder: Path, cap_bytes: int = 1000) -> str:
    async with asyncio.timeout(5):
        with pytest.raises(FetchRefused) as caught:
            await safe.fetch(url, folder=folder, max_bytes=cap_bytes)
    assert is_empty(folder)
    return caught.value.reason


async def test_a_file_is_fetched_and_hashed(tmp_path: Path) -> None:
    body = bytes(range(256)) * 8192
    async with serve_site(answer_plainly("Content-Type: image/png", body=body)) as served:
        fetched = await served.build_fetcher().fetch(
            f"{served.url}/a?b=c", folder=tmp_path, max_bytes=len(body)
        )
    assert fetched.path.read_bytes() == body
    assert fetched.sha256 == hashlib.sha256(body).hexdigest()
    assert (fetched.size_bytes, fetched.declared_type) == (len(body), "image/png")
    request = served.requests[0].decode().lower()
    assert request.startswith("get /a?b=c http/1.1\r\n")
    assert f"\r\nhost: 127.0.0.1:{served.port}\r\n" in request
    assert "\r\naccept-encoding: identity\r\n" in request
    assert "cookie" not in request
    assert "authorization" not in request


async def test_a_file_declared_too_large_is_not_read(tmp_path: Path) -> None:
    async with serve_site(answer_plainly("Content-Length: 1001", body=b"a")) as served:
        assert await fetch_refused(served.build_fetcher(), served.url, tmp_path) == "too large"


async def test_a_file_that_grows_too_large_is_stopped(tmp_path: Path) -> None:
    async def endless(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(2**16))
            await writer.drain()

    async with serve_site(endless) as served:
        assert (
            await fetch_refused(served.build_fetcher(), served.url, tmp_path, 2**20) == "too large"
        )


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 401, 404, 500])
async def test_only_200_is_an_answer(tmp_path: Path, status: int) -> None:
    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())

    async with serve_site(answer) as served:
        assert await fetch_refused(served.build_fetcher(), served.url, tmp_path) == "status"


async def test_a_compressed_answer_is_refused(tmp_path: Path) -> None:
    async with serve_site(answer_plainly("Content-Encoding: gzip", body=b"\x1f\x8b")) as served:
        assert await fetch_refused(served.build_fetcher(), served.url, tmp_path) == "encoding"


@pytest.mark.parametrize(
    "said",
    [
        b"garbage\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ],
)
async def test_a_broken_answer_is_refused(tmp_path: Path, said: bytes) -> None:
    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    async with serve_site(answer) as served:
        assert await fetch_refused(served.build_fetcher(), served.url, tmp_path) == "connection"


def build_redirect(location: Callable[[bytes], str]) -> Answer:
    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: {location(request)}\r\n"
        writer.write(f"{head}Content-Length: 0\r\n\r\n".encode())

    return answer


async def test_three_redirects_are_followed_without_cookies(tmp_path: Path) -> None:
    hops = {b"/0": "/1", b"/1": "./2", b"/2": "/3"}
    move = build_redirect(lambda request: hops[request.split()[1]])
    stay = answer_plainly(body=b"here")

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        await (stay if request.startswith(b"GET /3 ") else move)(request, writer)

    async with serve_site(answer) as served:
        fetched = await served.build_fetcher().fetch(
            f"{served.url}/0", folder=tmp_path, max_bytes=10
        )
        assert fetched.size_bytes == 4
        assert len(served.requests) == 4
        assert not [request for request in served.requests if b"cookie" in request.lower()]


async def test_a_fourth_redirect_is_refused(tmp_path: Path) -> None:
    async with serve_site(build_redirect(lambda _: "/again")) as served:
        assert await fetch_refused(served.build_fetcher(), served.url, tmp_path) == "redirects"
        assert len(served.requests) == 4


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://127.0.0.1/", "address"),
        ("https://[::ffff:169.254.169.254]/", "address"),
        ("http://127.0.0.1:1/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("//user@127.0.0.1/", "userinfo"),
        ("https://[/", "url"),
    ],
)
async def test_each_redirect_is_judged_from_the_start(
    tmp_path: Path, location: str, reason: str
) -> None:
    async with serve_site(build_redirect(lambda _: location)) as served:
        assert await fetch_refused(served.build_fetcher(), served.url, tmp_path) == reason


async def test_a_server_that_is_silent_is_refused_in_time(tmp_path: Path) -> None:
    async def silent(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serve_site(silent) as served:
        loop = asyncio.get_running_loop()
        started = loop.time()
        assert await fetch_refused(served.build_fetcher(QUICK), served.url, tmp_path) == "timeout"
        assert loop.time() - started < 2


async def test_a_server_that_trickles_is_refused_when_the_whole_time_is_over(
    tmp_path: Path,
) -> None:
    async def trickle(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        gone = asyncio.get_running_loop().create_future()
        while not writer.is_closing():
            writer.write(b"a")
            await asyncio.wait([gone], timeout=0.03)

    async with serve_site(trickle) as served:
        assert await fetch_refused(served.build_fetcher(QUICK), served.url, tmp_path) == "timeout"


async def test_all_files_of_a_request_share_one_budget(tmp_path: Path) -> None:
    async with serve_site(answer_plainly(body=bytes(600))) as served:
        safe = served.build_fetcher(FetchLimits(request_bytes=1000))
        budget = safe.new_budget()
        await safe.fetch(served.url, folder=tmp_path, max_bytes=1000, budget=budget)
        with pytest.raises(FetchRefused, match="too large"):
            await safe.fetch(served.url, folder=tmp_path, max_bytes=1000, budget=budget)


async def test_no_room_for_the_file_is_507(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with serve_site(answer_plainly(body=bytes(20_000))) as served:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
        try:
            with pytest.raises(StorageFull):
                await served.build_fetcher().fetch(served.url, folder=tmp_path, max_bytes=50_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert is_empty(tmp_path)


async def test_an_account_fetches_four_at_once_and_the_fifth_waits(tmp_path: Path) -> None:
    full, released = asyncio.Event(), asyncio.Event()
    inside = most = 0

    async def hold(_request: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if inside == 4:
            full.set()
        await released.wait()
        inside -= 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with serve_site(hold) as served, asyncio.timeout(5):
        safe = served.build_fetcher()
        fetches = [
            asyncio.ensure_future(
                safe.fetch(served.url, folder=tmp_path, max_bytes=10, account_id="acct_1")
            )
            for _ in range(6)
        ]
        await full.wait()
        await asyncio.wait(fetches, timeout=0.1)
        assert len(served.requests) == 4
        released.set()
        await asyncio.gather(*fetches)
    assert most == 4


async def test_the_61st_fetch_of_an_account_in_a_minute_is_429() -> None:
    now = 1000.0
    turns = FetchTurns(clock=lambda: now)
    for _ in range(60):
        async with turns.take("acct_1"):
            pass
    now += 20.5
    with pytest.raises(RateLimited) as caught:
        async with turns.take("acct_1"):
            pass
    assert caught.value.headers["Retry-After"] == "40"
    assert caught.value.members["retryAfterSeconds"] == 40
    async with turns.take("acct_2"):
        pass
    now += 40
    async with turns.take("acct_1"):
        pass


async def test_a_webhook_is_posted_its_redirect_not_followed_and_its_answer_not_read() -> None:
    async with serve_site(build_redirect(lambda _: "https://127.0.0.1/")) as served:
        posted = await served.build_fetcher().post(
            served.url, content=b'{"a":1}', headers={"webhook-id": "whd_1"}, seconds=5
        )
    assert (posted.status, posted.retry_after) == (302, None)
    assert served.requests[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"webhook-id: whd_1\r\n" in served.requests[0]


@pytest.mark.parametrize(
    ("named", "reason"), [("media.example", None), ("other.example", "connection")]
)
async def test_the_certificate_is_checked_for_the_name_and_not_for_the_number(
    tmp_path: Path, named: str, reason: str | None
) -> None:
    async def names(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    pem = write_certificate(tmp_path, named)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=pem)
    server.load_cert_chain(pem)
    (tmp_path / "out").mkdir()
    async with serve_site(answer_plainly(body=b"hello"), server) as served:
        allow = FetchAllowList.parse(f"127.0.0.1:{served.port}")
        safe = SafeFetch(allow_list=allow, resolver=names, ssl_context=client)
        url = f"https://media.example:{served.port}/"
        if reason is not None:
            assert await fetch_refused(safe, url, tmp_path / "out") == reason
        else:
            fetched = await safe.fetch(url, folder=tmp_path / "out", max_bytes=10)
            assert fetched.size_bytes == 5
            assert b"\r\nhost: media.example:" in served.requests[0].lower()


async def test_a_redirect_from_https_to_http_is_refused_even_where_http_is_excepted(
    tmp_path: Path,
) -> None:
    async def names(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    pem = write_certificate(tmp_path, "media.example")
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=pem)
    server.load_cert_chain(pem)
    (tmp_path / "out").mkdir()
    async with serve_site(answer_plainly(body=b"hello")) as open_site:
        down = build_redirect(lambda _: f"http://media.example:{open_site.port}/")
        async with serve_site(down, server) as served:
            allow = FetchAllowList.parse(f"127.0.0.1:{served.port},127.0.0.1:{open_site.port}")
            safe = SafeFetch(allow_list=allow, resolver=names, ssl_context=client)
            url = f"https://media.example:{served.port}/"
            assert await fetch_refused(safe, url, tmp_path / "out") == "scheme"
        assert open_site.requests == []
