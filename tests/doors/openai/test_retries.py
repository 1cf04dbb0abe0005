"""Retries over sockets: a client that times out three times gets one picture and pays once."""

import httpx2
import pytest

from tests.doors.openai.calls import GENERATIONS, ask_picture, generate
from tests.gateway import Client, call_at_once

SLOW = "a fox [sandbox:slow=3]"


def retry(count: int) -> dict[str, str]:
    """Return the header by which the official clients mark a retry."""
    return {"x-stainless-retry-count": str(count)}


def test_a_client_that_times_out_twice_makes_one_job(client: Client) -> None:
    for count in range(2):
        with pytest.raises(httpx2.ReadTimeout):
            client.http.post(
                GENERATIONS, json=ask_picture(prompt=SLOW), headers=retry(count), timeout=0.5
            )
    answer = client.http.post(GENERATIONS, json=ask_picture(prompt=SLOW), headers=retry(2))
    (job,) = client.http.get("/api/v1/media/jobs").json()["data"]
    assert answer.json()["killatamata"]["job_id"] == job["jobId"]
    assert client.get_balance()["availableUsd"] == "4.98"


def test_an_answer_that_got_lost_is_given_again_once_to_each_later_retry(client: Client) -> None:
    jobs = [generate(client.http, retry(count))["killatamata"]["job_id"] for count in (0, 1, 2, 2)]
    assert len({*jobs[:3]}) == 1
    assert jobs[3] != jobs[0]


def test_two_equal_requests_at_once_are_two_pictures(client: Client) -> None:
    bodies = call_at_once([lambda: generate(client.http)] * 2)
    assert len({body["killatamata"]["job_id"] for body in bodies}) == 2
    assert client.get_balance()["availableUsd"] == "4.96"


def test_a_request_waits_a_little_less_than_its_client(client: Client) -> None:
    headers = {"x-stainless-read-timeout": "0.5"}
    answer = client.http.post(GENERATIONS, json=ask_picture(prompt=SLOW), headers=headers)
    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "still_running"
    shown = {name: answer.headers[name] for name in ("retry-after", "x-should-retry")}
    assert shown == {"retry-after": "1", "x-should-retry": "true"}
    job_id = answer.headers["x-killatamata-job-id"]
    again = generate(client.http, retry(1), prompt=SLOW)
    assert again["killatamata"]["job_id"] == job_id == answer.json()["error"]["job_id"]


@pytest.mark.parametrize(
    ("mark", "status", "code"),
    [
        ("[sandbox:reject]", 500, "engine_failed"),
        ("[sandbox:content]", 400, "content_rejected"),
    ],
)
def test_a_job_that_fails_is_refused_free_and_not_retried(
    client: Client, mark: str, status: int, code: str
) -> None:
    answer = client.http.post(GENERATIONS, json=ask_picture(prompt=f"a fox {mark}"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["x-should-retry"] == "false"
    assert client.get_balance()["availableUsd"] == "5.00"
