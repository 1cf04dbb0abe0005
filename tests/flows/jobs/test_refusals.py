"""Every refusal is a problem document that says what to do next, and leaves nothing behind."""

import socket
from functools import partial
from typing import Any

import pytest

from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    call_at_once,
    picture_data_uri,
    picture_input,
)

JOBS = "/api/v1/media/jobs"


@pytest.mark.promise("house: problems")
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"task": "image.generate", "task": "image.edit"}',
        b'{"task": "image.generate", "input": {"seed": NaN}}',
        b'{"task": "\\ud800", "input": {}}',
        b"\xff",
        b"",
    ],
)
def test_a_body_that_is_no_json_object(client: Client, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert_problem(client.http.post(JOBS, content=body, headers=headers), 400, "invalid_json")


@pytest.mark.promise("house: problems")
def test_a_body_of_another_type(client: Client) -> None:
    answer = client.http.post(JOBS, content=b"task=x", headers={"content-type": "text/plain"})
    assert_problem(answer, 415, "unsupported_content_type")


@pytest.mark.promise("house: problems")
@pytest.mark.parametrize("path", [JOBS, "/api/v1/keys", "/api/v1/balance"])
def test_no_key_and_a_wrong_key(gateway: Gateway, path: str) -> None:
    wrong = "kt_test_" + "0" * 38
    for key in (None, "nonsense", wrong):
        with gateway.client(key) as http:
            assert_problem(http.get(path), 401, "unauthorized")


@pytest.mark.promise("house: problems")
@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/media/jobs/nothing"])
def test_an_unknown_path(client: Client, path: str) -> None:
    assert "openapi" in assert_problem(client.http.get(path), 404, "not_found")["hint"]


@pytest.mark.promise("house: problems")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", JOBS, {"GET", "HEAD", "POST"}),
        ("GET", "/api/v1/keys/revoke", {"POST"}),
        ("POST", "/openapi.json", {"GET", "HEAD"}),
        ("PUT", "/healthz", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_the_path_does_not_take(
    client: Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.http.request(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.promise("house: problems")
def test_a_body_that_is_too_large(client: Client) -> None:
    headers = {"content-type": "application/json"}
    large = b" " * (1024 * 1024 + 1)
    answer = client.http.post("/api/v1/keys", content=large, headers=headers)
    assert assert_problem(answer, 413, "payload_too_large")["limitBytes"] == 1024 * 1024


@pytest.mark.promise("jobs: refused-leaves-nothing")
@pytest.mark.parametrize(
    ("body", "code", "field", "word"),
    [
        ({"task": "image.paint", "input": picture_input()}, "unknown_task", "task", "image"),
        ({"task": "audio.generate", "input": {}}, "invalid_input", "input.prompt", "Add"),
        ({"task": "image.generate", "input": {}}, "invalid_input", "input.prompt", "Add"),
        (
            {"task": "image.generate", "input": {"prompt": "x", "widht": 256}},
            "invalid_input",
            "input.widht",
            "`width`",
        ),
        (
            {"task": "video.generate", "input": {"prompt": "x", "highDetail": True}},
            "invalid_input",
            "input.highDetail",
            "",
        ),
        (
            {"task": "image.generate", "input": {"prompt": "x", "width": 99, "height": 256}},
            "invalid_input",
            "input.width",
            "256",
        ),
        (
            {"task": "image.generate", "input": {"prompt": "a\x00b"}},
            "invalid_input",
            "input.prompt",
            "",
        ),
        (
            {"task": "image.generate", "input": picture_input(), "queueTimeoutSecond": 30},
            "invalid_input",
            "queueTimeoutSecond",
            "`queueTimeoutSeconds`",
        ),
    ],
)
def test_an_input_that_cannot_be_carried_out(
    client: Client, body: dict[str, Any], code: str, field: str, word: str
) -> None:
    told = assert_problem(client.http.post(JOBS, json=body), 422, code)
    assert told["field"] == field
    assert word in told["hint"]
    assert client.http.get(JOBS).json()["data"] == []
    assert client.get_balance()["availableMicrousd"] == 5_000_000


@pytest.mark.promise("jobs: refused-url-not-contacted")
@pytest.mark.promise("jobs: refused-leaves-nothing")
def test_a_url_that_is_refused_is_never_contacted(gateway: Gateway, client: Client) -> None:
    stored = set((gateway.data_dir / "files").rglob("*"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        port = listener.getsockname()[1]
        details = set()
        for url in (
            f"https://127.0.0.1:{port}/x.png",
            f"https://[::ffff:127.0.0.1]:{port}/x.png",
            f"http://127.0.0.1:{port}/x.png",
            f"https://user@127.0.0.1:{port}/x.png",
            f"https://127.1:{port}/x.png",
            "https://127.0.0.1/x.png",
            "https://10.0.0.1/x.png",
            "https://169.254.169.254/latest/meta-data",
        ):
            given = {"prompt": "night", "imageUrl": url}
            answer = client.submit("image.edit", given)
            assert answer.status_code == 422, url
            assert answer.json()["field"] == "input.imageUrl"
            details.add((answer.json()["code"], answer.json()["detail"]))
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert len(details) == 1
    assert details.pop()[0] == "source_unreachable"
    assert client.http.get(JOBS).json()["data"] == []
    assert set((gateway.data_dir / "files").rglob("*")) == stored


@pytest.mark.promise("jobs: refused-leaves-nothing")
def test_the_bytes_of_a_refused_job_are_not_kept(gateway: Gateway) -> None:
    given = {"prompt": "night", "image": picture_data_uri()}
    inputs = gateway.data_dir / "files" / "inputs"
    before = set(inputs.glob("*"))
    with gateway.account("0.01") as poor:
        assert_problem(poor.submit("image.edit", given), 402, "insufficient_credits")
    with gateway.account() as account:
        answers = call_at_once(
            partial(account.submit, "image.edit", given, key="k") for _ in range(12)
        )
        (job_id,) = {answer.json()["jobId"] for answer in answers}
        assert account.wait_for_job(job_id)["status"] == "succeeded"
    assert len(set(inputs.glob("*")) - before) == 1


def test_unknown_and_repeated_query_parameters(client: Client) -> None:
    unknown = client.http.get(JOBS, params={"job": "x"})
    assert "`jobId`" in assert_problem(unknown, 422, "invalid_input")["hint"]
    twice = client.http.get(f"{JOBS}?limit=1&limit=2")
    assert_problem(twice, 422, "invalid_input")


def test_a_live_key_finds_no_engine_and_pays_nothing(gateway: Gateway) -> None:
    with gateway.account(mode="live") as account:
        answer = account.submit("image.generate", picture_input())
        assert_problem(answer, 503, "no_capacity")
        assert int(answer.headers["retry-after"]) > 0
        assert account.get_balance()["availableMicrousd"] == 5_000_000
