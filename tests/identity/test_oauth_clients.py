"""Apps with a document at their own URL: fetched with care, and not too often."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.identity.errors import UnknownApp
from gateway.identity.oauth.clients import AppClients, is_document_url, read_freshness
from gateway.kit.clock import DAY, HOUR, MINUTE
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.outgoing.public_address import FetchAllowList
from gateway.kit.outgoing.safe_fetch import SafeFetch
from tests.databases import MovedClock
from tests.fakes.site import Site, answer_plainly, serve_site, write_certificate

pytestmark = pytest.mark.anyio


class DescribedApp:
    """An app with a document that the test may change, and the clients that fetch it."""

    def __init__(self, served: Site, database: Database, ids: Ids, context: ssl.SSLContext) -> None:
        self.served = served
        self.url = f"https://127.0.0.1:{served.port}/app.json"
        allow = FetchAllowList.parse(f"127.0.0.1:{served.port}")
        self.clients = AppClients(database, ids, SafeFetch(allow_list=allow, ssl_context=context))

    def serve_document(self, *head: str, **changed: object) -> None:
        """Serve the usual document with these headers and changed fields."""
        usual = {
            "client_id": self.url,
            "client_name": "Described",
            "redirect_uris": ["http://127.0.0.1/cb"],
            "token_endpoint_auth_method": "none",
        }
        body = json.dumps({**usual, **changed}).encode()
        self.served.answer = answer_plainly("Content-Type: application/json", *head, body=body)

    @property
    def read_count(self) -> int:
        return len(self.served.requests)


@pytest.fixture
async def described(database: Database, ids: Ids, tmp_path: Path) -> AsyncIterator[DescribedApp]:
    pem = write_certificate(tmp_path, "127.0.0.1")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    async with serve_site(answer_plainly(), server) as served:
        yield DescribedApp(served, database, ids, ssl.create_default_context(cafile=pem))


async def test_a_description_is_read_and_kept_as_long_as_it_says(
    described: DescribedApp, database: Database, clock: MovedClock
) -> None:
    described.serve_document("Cache-Control: public, max-age=3600")
    found = await described.clients.load_client(described.url, "acct_1")
    assert (found.name, found.has_document, found.id) == ("Described", True, described.url)
    assert found.get_redirect("http://127.0.0.1:7/cb").uri == "http://127.0.0.1:7/cb"
    with pytest.raises(UnknownApp):
        found.get_redirect("http://127.0.0.1:7/other")
    described.serve_document(client_name="Renamed")
    await clock.advance(database, 59 * MINUTE)
    assert (await described.clients.load_client(described.url, "acct_2")).name == "Described"
    assert described.read_count == 1
    await clock.advance(database, MINUTE)
    assert (await described.clients.load_client(described.url, "acct_2")).name == "Renamed"
    assert described.read_count == 2
    described.serve_document(client_id="https://other.example/app.json")
    await clock.advance(database, 5 * MINUTE)
    with pytest.raises(UnknownApp):
        await described.clients.load_client(described.url, "acct_2")


async def test_a_description_that_is_not_of_this_app_is_refused(described: DescribedApp) -> None:
    wrong: list[dict[str, object]] = [
        {"client_id": f"{described.url}?"},
        {"client_id": None},
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"more": "x" * 5 * 1024},
    ]
    for changed in wrong:
        described.serve_document(**changed)
        with pytest.raises(UnknownApp):
            await described.clients.load_client(described.url, "acct_1")
    moved = f"HTTP/1.1 302 Found\r\nLocation: {described.url}2\r\nContent-Length: 0\r\n\r\n"

    async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(moved.encode())
        await writer.drain()

    described.served.answer, before = answer, described.read_count
    with pytest.raises(UnknownApp):
        await described.clients.load_client(described.url, "acct_1")
    assert described.read_count == before + 1


@pytest.mark.parametrize(
    "client_id",
    [
        "http://app.example/app.json",
        "https://app.example",
        "https://app.example/",
        "https://user@app.example/app.json",
        "https://app.example/app.json#x",
        "https://app.example/a/../app.json",
        "https://app.example/./app.json",
        "https://app.example/a b",
        "client_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
    ],
)
def test_only_an_https_url_with_a_path_is_a_description(client_id: str) -> None:
    assert not is_document_url(client_id)
    assert is_document_url("https://app.example/app.json")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", 5 * MINUTE),
        ("no-store", 5 * MINUTE),
        ("max-age=1", 5 * MINUTE),
        ("public, max-age=7200", 2 * HOUR),
        ("max-age=999999999", DAY),
        ("s-maxage=7200", 5 * MINUTE),
    ],
)
def test_a_description_is_kept_five_minutes_at_least_and_a_day_at_most(
    said: str, kept: int
) -> None:
    assert read_freshness(said) == kept
