"""A text of a megabyte in any place of any operation is refused, with a code and a hint."""

from collections.abc import Iterator

import httpx2
import pytest

from gateway.catalogue import list_operations
from tests.gateway import Client, Gateway, serve_gateway

pytestmark = [pytest.mark.slow]
LONG, LONG_PARAMETER = "a" * 1_000_000, "a" * 7_000
RATES = ("READS", "SUBMITS", "QUOTES", "PUBLIC")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    rates = {f"KT_{rate}_PER_MINUTE": "100000" for rate in RATES}
    with serve_gateway(tmp_path_factory.mktemp("long") / "data", **rates) as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


def assert_text_refused(answer: httpx2.Response, place: str) -> None:
    assert 400 <= answer.status_code < 500, (place, answer.status_code, answer.text[:500])
    problem = answer.json()
    assert problem["code"], place
    assert problem["hint"], place
    assert len(answer.content) < 8_000, place


@pytest.mark.promise("house: long-texts")
def test_a_long_text_in_a_body_or_a_query_is_refused_by_every_operation(client: Client) -> None:
    tried = 0
    for each in list_operations():
        for model, places in ((each.query, "query"), (each.body, "body")):
            for name, field in () if model is None else model.model_fields.items():
                wire, place = field.alias or name, f"{each.id} {places} {name}"
                if places == "query":
                    given = {wire: LONG_PARAMETER}
                    answer = client.http.request(each.method, each.path, params=given)
                else:
                    answer = client.http.request(each.method, each.path, json={wire: LONG})
                assert_text_refused(answer, place)
                tried += 1
    assert tried > 200


@pytest.mark.promise("house: long-texts")
@pytest.mark.parametrize("path", ["/{}", "/api/v1/media/jobs?jobId={}", "/files/{}", "/jobs/{}"])
def test_a_long_target_is_refused(client: Client, path: str) -> None:
    for size in (9_000, 60_000):
        answer = client.http.get(path.format("a" * size))
        assert_text_refused(answer, path)
        assert answer.json()["code"] == "uri_too_long"
