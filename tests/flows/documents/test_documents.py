"""The documents of the gateway agree with its behaviour."""

import re
import time
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.catalogue import list_operations
from tests.gateway import Client, Gateway, assert_problem

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document(gateway: Gateway) -> dict[str, Any]:
    with gateway.client() as http:
        answer = http.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def list_document_operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, described)
        for path, item in document["paths"].items()
        for method, described in item.items()
        if method in METHODS
    ]


def test_the_document_is_valid_and_names_every_operation(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    described = {(method, path) for method, path, _ in list_document_operations(document)}
    assert described == {(each.method.lower(), each.path) for each in list_operations()}
    ids = [each["operationId"] for _, _, each in list_document_operations(document)]
    assert len(set(ids)) == len(ids)


def test_each_operation_that_is_named_is_there(document: dict[str, Any], gateway: Gateway) -> None:
    with gateway.client() as http:
        for method, path, described in list_document_operations(document):
            answer = http.request(method, path)
            if described.get("security") == []:
                given = any(each.get("required") for each in described["parameters"])
                takes = given or "requestBody" in described
                refused = {400, 403, 422} if takes else set()
                assert answer.status_code in {200} | refused, path
            else:
                assert_problem(answer, 401, "unauthorized")
            responses = set(described["responses"])
            assert str(answer.status_code) in responses or "default" in responses
            assert (described.get("deprecated") or False) == ("deprecation" in answer.headers)


def test_the_page_for_people_holds_every_operation(
    document: dict[str, Any], client: Client
) -> None:
    page = client.http.get("/api-docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for _, path, described in list_document_operations(document):
        assert described["operationId"] in page.text
        assert path in page.text
    for part in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        assert client.http.get(part).headers["cache-control"].endswith("immutable")
    assert all(' src="/static/' in script for script in re.findall("<script[^>]*>", page.text))


@pytest.mark.promise("jobs: self-describing")
def test_a_client_gets_from_the_tasks_to_a_file_with_nothing_but_the_replies(
    client: Client,
) -> None:
    tasks = {each["task"]: each for each in client.http.get("/api/v1/media/tasks").json()["data"]}
    assert all(each["enabled"] for each in tasks.values())
    for name, each in tasks.items():
        assert each["inputSchema"]["additionalProperties"] is False, name
        assert each["guidance"]
        assert each["price"]
    task = tasks["image.generate"]
    size = {"width": 256, "height": 256}
    assert size.keys() <= task["inputSchema"]["properties"].keys()
    given = task["example"] | size
    priced = client.submit(task["task"], given, dry=True).json()
    assert priced["affordable"] is True
    told = client.submit(task["task"], given, maxPriceUsd=priced["priceUsd"]).json()
    while (job := client.http.get(told["urls"]["get"]).json())["pollAfterSeconds"]:
        time.sleep(0.05)
    assert job["billing"]["chargedUsd"] == priced["priceUsd"]
    for url in job["downloadableOutputUrls"]:
        assert client.http.get(url).status_code == 200


def test_a_document_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    for path in ("/openapi.json", "/api-docs"):
        etag = client.http.get(path).headers["etag"]
        again = client.http.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
