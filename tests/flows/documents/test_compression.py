"""Answers that are the same for all callers travel compressed; an account's own do not."""

import gzip
import re

import httpx2
import pytest

from gateway.pages.assets import FILES, get_static_path
from gateway.pages.page_responses import SECRET_MARK
from gateway.pages.render import ENVIRONMENT
from tests.flows.accounts.test_account_pages import read_hidden_field
from tests.gateway import Client, Gateway

PLAIN_ENCODING = {"Accept-Encoding": "identity"}
PACKED_ENCODINGS = {"Accept-Encoding": "br, gzip;q=0.8"}
SHARED_PATHS = (
    get_static_path("css/base.css"), get_static_path("js/app.js"), "/api-docs", "/openapi.json",
    "/openapi-agent.json", "/llms.txt",
)  # fmt: skip


def read_raw_bytes(answer: httpx2.Response) -> bytes:
    """Return the bytes of an answer as they travelled."""
    return b"".join(answer.iter_raw())


@pytest.mark.promise("pages: compressed")
@pytest.mark.parametrize("path", SHARED_PATHS)
def test_what_all_share_travels_compressed_to_who_can_unpack_it(
    gateway: Gateway, path: str
) -> None:
    with gateway.client() as http:
        plain = http.get(path, headers=PLAIN_ENCODING)
        with http.stream("GET", path, headers=PACKED_ENCODINGS) as packed:
            travelled = read_raw_bytes(packed)
        assert gzip.decompress(travelled) == plain.content
        assert len(travelled) < len(plain.content) / 2
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["content-length"] == str(len(travelled))
        assert packed.headers["content-type"] == plain.headers["content-type"]
        assert packed.headers["etag"] != plain.headers["etag"]
        assert "content-encoding" not in plain.headers
        for answer in (plain, packed):
            assert "Accept-Encoding" in answer.headers["vary"].split(", ")
            assert answer.headers["cache-control"] == plain.headers["cache-control"]


def test_a_tag_holds_for_the_encoding_it_came_with(gateway: Gateway) -> None:
    with gateway.client() as http:
        path = get_static_path("css/base.css")
        for wanted, other in (
            (PLAIN_ENCODING, PACKED_ENCODINGS),
            (PACKED_ENCODINGS, PLAIN_ENCODING),
        ):
            tag = http.get(path, headers=wanted).headers["etag"]
            again = http.get(path, headers=wanted | {"If-None-Match": f'"x", W/{tag}'})
            assert (again.status_code, again.headers["etag"]) == (304, tag)
            assert again.headers["vary"] == "Accept-Encoding"
            assert http.get(path, headers=other | {"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("*", "gzip"),
        ("GZIP ; q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.000, *", None),
        ("gzip;q=0;x=1", None),
        ("gzip;x=1; q = 0", None),
        ("gzip;x=0;q=0.001", "gzip"),
        ("*;q=0", None),
        ("br, zstd", None),
        ("gzipped", None),
        ("", None),
    ],
)
def test_nothing_is_compressed_that_was_not_asked_for(
    gateway: Gateway, accepted: str, encoding: str | None
) -> None:
    with gateway.client() as http:
        answer = http.get(get_static_path("css/base.css"), headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == encoding
        assert answer.content == FILES["css/base.css"]


def test_a_part_that_is_asked_for_is_answered_with_the_whole(gateway: Gateway) -> None:
    with gateway.client() as http:
        part = http.get(
            get_static_path("css/base.css"), headers=PACKED_ENCODINGS | {"Range": "bytes=0-9"}
        )
        assert (part.status_code, part.content) == (200, FILES["css/base.css"])
        assert "content-range" not in part.headers


def test_what_is_packed_already_stays_as_it_is(gateway: Gateway) -> None:
    font = next(name for name in FILES if name.endswith(".woff2"))
    with gateway.client() as http:
        answer = http.get(get_static_path(font), headers=PACKED_ENCODINGS)
        assert "content-encoding" not in answer.headers
        assert answer.content == FILES[font]


SECRETS = re.compile(
    r"{{[^}]*[\s.(](?:secret|api_key|user_code|challenge_id)\b|{{ seen }}|in sent\.items\(\)"
)


@pytest.mark.promise("pages: compressed")
def test_a_page_that_shows_a_secret_is_never_compressed(gateway: Gateway, client: Client) -> None:
    with gateway.browser(client.account_id) as page:
        asking = PACKED_ENCODINGS | {"Accept": "text/html"}
        for path in ("/webhooks", "/device?userCode=BBBB-BBBB"):
            assert "content-encoding" not in page.get(path, headers=asking).headers, path
        given = {"label": "one", "scope.media": "on", "totalLimitUsd": "1"}
        key = read_hidden_field(page.get("/keys/new").text, "idempotencyKey")
        made = page.post("/keys/new", data=given | {"idempotencyKey": key}, headers=asking)
        assert ("data-once" in made.text, "content-encoding" in made.headers) == (True, False)
        for path in ("/dashboard", "/jobs", "/no/such/page"):
            answer = page.get(path, headers=asking)
            assert answer.headers["content-encoding"] == "gzip", path
            assert answer.headers["vary"] == "HX-Request, Accept-Encoding"
    answer = client.http.get("/api/v1/webhooks", headers=PACKED_ENCODINGS)
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
def test_a_page_that_another_site_asks_for_is_never_compressed(
    gateway: Gateway, client: Client, site: str
) -> None:
    with gateway.browser(client.account_id) as page:
        asking = PACKED_ENCODINGS | {"Sec-Fetch-Site": site}
        assert "content-encoding" not in page.get("/dashboard", headers=asking).headers


def test_every_template_marks_the_secrets_that_it_shows() -> None:
    assert ENVIRONMENT.loader is not None
    found = 0
    for name in ENVIRONMENT.list_templates(extensions=["html"]):
        text = ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0]
        if SECRETS.search(text) and not name.startswith("docs/"):
            found += 1
            assert SECRET_MARK.search(text) or "shown_once(" in text, name
    assert found >= 6


def test_a_stream_of_events_is_never_compressed(gateway: Gateway, client: Client) -> None:
    with (
        gateway.browser(client.account_id) as page,
        page.stream("GET", "/jobs/events", headers=PACKED_ENCODINGS) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in stream.headers
