"""Without a socket: what would have been dialled is written down instead."""

import _socket
import asyncio
from collections.abc import Iterable
from pathlib import Path
from socket import SOCK_STREAM

import httpcore2
import pytest

from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.public_address import FetchAllowList
from gateway.kit.outgoing.safe_fetch import FetchLimits, SafeFetch

pytestmark = pytest.mark.anyio

PUBLIC = "93.184.216.34"


class RecordingBackend(httpcore2.AsyncNetworkBackend):
    """A network backend that records each dial and refuses it."""

    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        self.dialled.append((host, port))
        raise httpcore2.ConnectError("recorded")


class NameServer:
    """A name server with one list of answers for each question."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[str]:
        self.asked.append(host)
        if not self.answers:
            raise OSError(-2, "Name or service not known")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def build_fetcher(names: NameServer, allow: str = "") -> tuple[SafeFetch, RecordingBackend]:
    recorder = RecordingBackend()
    return SafeFetch(
        allow_list=FetchAllowList.parse(allow), resolver=names, dialler=recorder
    ), recorder


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def resolve_by_system(host: str, port: int) -> list[str]:
    """Resolve a number in any form; the guard of the tests would take it for a name."""
    return [str(entry[4][0]) for entry in _socket.getaddrinfo(host, port, 0, SOCK_STREAM)]


async def fetch_refused(safe: SafeFetch, url: str, folder: Path) -> str:
    with pytest.raises(FetchRefused) as caught:
        await safe.fetch(url, folder=folder, max_bytes=100)
    assert is_empty(folder)
    return caught.value.reason


async def test_a_public_address_is_dialled_by_number_after_one_question(tmp_path: Path) -> None:
    names = NameServer([PUBLIC])
    safe, recorder = build_fetcher(names)
    assert await fetch_refused(safe, "https://media.example/a.png", tmp_path) == "connection"
    assert recorder.dialled == [(PUBLIC, 443)]
    assert names.asked == ["media.example"]


async def test_a_second_answer_of_the_name_server_does_not_matter(tmp_path: Path) -> None:
    safe, recorder = build_fetcher(NameServer([PUBLIC], ["127.0.0.1"]))
    await fetch_refused(safe, "https://rebind.example/", tmp_path)
    assert recorder.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC], [PUBLIC, "fe80::1%lo"], ["64:ff9b::7f00:1"], ["168.63.129.16"],
    ],
)  # fmt: skip
async def test_one_address_that_is_not_public_refuses_all(
    tmp_path: Path, addresses: list[str]
) -> None:
    safe, recorder = build_fetcher(NameServer(addresses))
    assert await fetch_refused(safe, "https://media.example/", tmp_path) == "address"
    with pytest.raises(FetchRefused):
        await safe.check_url("https://media.example/")
    assert recorder.dialled == []


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1",
        "[::1]",
        "localhost",
        "\uff11\uff12\uff17.0.0.1",
        "[::ffff:7f00:1]",
    ],
)
async def test_no_way_of_writing_loopback_is_dialled(tmp_path: Path, host: str) -> None:
    recorder = RecordingBackend()
    safe = SafeFetch(dialler=recorder, resolver=resolve_by_system)
    assert await fetch_refused(safe, f"https://{host}/", tmp_path) in {"address", "url"}
    assert recorder.dialled == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://media.example/", "scheme"),
        ("https://media.example:8443/", "scheme"),
        ("http://media.example:443/", "scheme"),
        ("ftp://media.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("data:image/png;base64,AAAA", "scheme"),
        ("gopher://media.example/", "scheme"),
        ("media.example/a.png", "scheme"),
        ("", "scheme"),
        ("https://", "scheme"),
        ("https:///a.png", "scheme"),
        ("https://user@media.example/", "userinfo"),
        ("https://user:password@media.example/", "userinfo"),
        ("https://media.example/" + "a" * 2048, "url"),
        ("https://media.example/\x00", "url"),
        ("https://media.example/\r\nHost: evil", "url"),
        ("https://[::1/", "url"),
        ("https://[/", "url"),
        ("https://[fe80::1%25lo]/", "url"),
        ("https://a%2eb/", "url"),
        ("https://media.example:99999/", "scheme"),
        ("https://media\udc80.example/", "url"),
        ("https://xn--\u2028.example/", "url"),
    ],
)
async def test_a_url_of_another_form_is_refused_without_a_question(
    tmp_path: Path, url: str, reason: str
) -> None:
    names = NameServer([PUBLIC])
    safe, recorder = build_fetcher(names)
    assert await fetch_refused(safe, url, tmp_path) == reason
    with pytest.raises(FetchRefused):
        await safe.check_url(url)
    with pytest.raises(FetchRefused):
        await safe.post(url, content=b"", headers={}, seconds=5)
    assert (names.asked, recorder.dialled) == ([], [])


async def test_a_name_that_does_not_resolve_is_refused(tmp_path: Path) -> None:
    safe, _ = build_fetcher(NameServer())
    assert await fetch_refused(safe, "https://nowhere.example/", tmp_path) == "unresolved"
    safe, _ = build_fetcher(NameServer([]))
    assert await fetch_refused(safe, "https://nowhere.example/", tmp_path) == "unresolved"


async def test_a_label_too_long_for_names_is_refused(tmp_path: Path) -> None:
    assert await fetch_refused(
        SafeFetch(dialler=RecordingBackend()), f"https://{'a' * 64}.localhost/", tmp_path
    ) in {
        "url",
        "unresolved",
    }


async def test_a_name_server_that_is_silent_is_refused_in_time(tmp_path: Path) -> None:
    async def silent(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    safe = SafeFetch(resolver=silent, limits=FetchLimits(names_seconds=0.05))
    assert await fetch_refused(safe, "https://media.example/", tmp_path) == "unresolved"


async def test_judging_dials_nothing() -> None:
    safe, recorder = build_fetcher(NameServer([PUBLIC, "2606:4700::1"]))
    await safe.check_url("https://hooks.example/path?query=1")
    assert recorder.dialled == []


async def test_an_exception_lifts_scheme_port_and_address_for_its_addresses_only(
    tmp_path: Path,
) -> None:
    safe, recorder = build_fetcher(NameServer(["10.0.0.5"]), "10.0.0.0/8:9000")
    assert await fetch_refused(safe, "http://store.internal:9000/a", tmp_path) == "connection"
    assert recorder.dialled == [("10.0.0.5", 9000)]
    assert await fetch_refused(safe, "http://store.internal:9001/a", tmp_path) == "scheme"
    assert await fetch_refused(safe, "https://store.internal/a", tmp_path) == "address"
    safe, recorder = build_fetcher(NameServer([PUBLIC]), "10.0.0.0/8:9000")
    assert await fetch_refused(safe, "http://media.example:9000/a", tmp_path) == "address"
    assert recorder.dialled == []


async def test_all_judged_addresses_are_tried_in_turn(tmp_path: Path) -> None:
    safe, recorder = build_fetcher(NameServer(["2606:4700::1", PUBLIC, PUBLIC]))
    assert await fetch_refused(safe, "https://media.example/", tmp_path) == "connection"
    assert recorder.dialled == [("2606:4700::1", 443), (PUBLIC, 443)]


async def test_the_reason_goes_to_the_report_and_not_into_the_text(tmp_path: Path) -> None:
    reasons: list[str] = []
    safe = SafeFetch(
        resolver=NameServer(["10.0.0.1"]), dialler=RecordingBackend(), report=reasons.append
    )
    with pytest.raises(FetchRefused) as caught:
        await safe.fetch("https://media.example/", folder=tmp_path, max_bytes=1)
    assert reasons == ["address"]
    assert "10.0.0.1" not in str(caught.value)
    assert caught.value.detail == "10.0.0.1 is private"
