"""Output files: signed, open to whoever has the URL, closed to whoever changes it."""

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from tests.gateway import Client, Gateway, assert_problem, picture_input


@pytest.fixture(scope="module")
def output(gateway: Gateway) -> dict[str, Any]:
    with gateway.account() as client:
        job = client.run_job("image.generate", picture_input())
        found: dict[str, Any] = job["outputs"][0]
        assert job["downloadableOutputUrls"] == [found["url"]]
        return found


@pytest.fixture
def anyone(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.client() as http:
        yield http


def change_query(url: str, **query: str) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | query)).geturl()


def test_whoever_has_the_url_gets_the_file(anyone: httpx2.Client, output: dict[str, Any]) -> None:
    answer = anyone.get(output["url"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert len(answer.content) == output["bytes"] == int(answer.headers["content-length"])
    assert hashlib.sha256(answer.content).hexdigest() == output["sha256"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "private"
    assert answer.headers["accept-ranges"] == "bytes"
    assert "set-cookie" not in answer.headers


def test_a_head_request_tells_the_size(anyone: httpx2.Client, output: dict[str, Any]) -> None:
    answer = anyone.head(output["url"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == output["bytes"]
    assert answer.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=5-", 5, -1), ("bytes=-7", -7, -1), ("bytes=3-9999999", 3, -1)],
)
def test_a_range_is_answered_with_that_part(
    anyone: httpx2.Client, output: dict[str, Any], asked: str, first: int, last: int
) -> None:
    size = output["bytes"]
    start, end = first % size, last % size
    whole = anyone.get(output["url"]).content
    part = anyone.get(output["url"], headers={"Range": asked})
    assert (part.status_code, part.content) == (206, whole[start : end + 1])
    assert part.headers["content-range"] == f"bytes {start}-{end}/{size}"


@pytest.mark.parametrize("field", ["imageUrl", "imageUrls.0"])
def test_a_retry_with_the_output_url_signed_anew_is_the_same_job(
    client: Client, field: str
) -> None:
    (url,) = client.run_job("image.generate", picture_input())["downloadableOutputUrls"]

    def given(url: str) -> dict[str, Any]:
        name, _, index = field.partition(".")
        return {"prompt": "night", name: [url] if index else url}

    first = client.submit("image.edit", given(url), key=field)
    again = client.submit("image.edit", given(change_query(url, kid="2")), key=field)
    assert (first.status_code, again.headers["idempotency-replayed"]) == (202, "true"), again.text
    assert again.content == first.content
    other = client.submit("image.edit", given(url.replace("/0/", "/1/")), key=field)
    assert_problem(other, 409, "idempotency_conflict")


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_beyond_the_file_is_416(
    anyone: httpx2.Client, output: dict[str, Any], asked: str
) -> None:
    answer = anyone.get(output["url"], headers={"Range": asked})
    assert_problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{output['bytes']}"


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=0-1,4-5", "lines=1-2", "bytes=a-b"])
def test_a_range_that_makes_no_sense_is_ignored(
    anyone: httpx2.Client, output: dict[str, Any], asked: str
) -> None:
    answer = anyone.get(output["url"], headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, output["bytes"])


def test_a_changed_url_is_as_good_as_none(anyone: httpx2.Client, output: dict[str, Any]) -> None:
    url = output["url"]
    query = dict(parse_qsl(urlsplit(url).query))
    signature = query["sig"]
    other = ("0" if signature[0] != "0" else "1") + signature[1:]
    later = str(int(query["exp"]) + 1)
    for forged in (
        change_query(url, sig=other),
        change_query(url, sig=""),
        change_query(url, sig="é"),
        change_query(url, exp=later),
        change_query(url, exp="x"),
        change_query(url, exp="٣"),
        change_query(url, exp="9" * 5000),
        change_query(url, kid="2"),
        url.replace("/0/", "/1/", 1),
        url.partition("?")[0],
    ):
        assert_problem(anyone.get(forged), 404, "not_found")


def test_a_signature_is_for_one_name(anyone: httpx2.Client, output: dict[str, Any]) -> None:
    parts = urlsplit(output["url"])
    renamed = parts._replace(path=parts.path.rpartition("/")[0] + "/poster.webp").geturl()
    assert_problem(anyone.get(renamed), 404, "not_found")


def test_a_film_has_a_poster_of_its_own(client: Client, anyone: httpx2.Client) -> None:
    given = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
    (output,) = client.run_job("video.generate", given)["outputs"]
    poster = anyone.get(output["posterUrl"])
    assert (poster.status_code, poster.headers["content-type"]) == (200, "image/webp")
    assert anyone.get(output["url"]).headers["content-type"] == "video/mp4"


def test_an_own_output_is_a_source_by_any_of_its_names(client: Client) -> None:
    made = client.run_job("image.generate", picture_input())
    for name in (made["downloadableOutputUrls"][0], f"job://{made['jobId']}/0"):
        answer = client.submit("image.upscale", {"imageUrl": name, "scale": 2}, wait=30)
        assert answer.status_code == 200, answer.text
        assert answer.json()["outputs"][0]["width"] == 512
        source = answer.json()["effectiveInput"]["image"]
        assert (source["source"], source["width"]) == (f"job://{made['jobId']}/0", 256)
