"""The pages of jobs, as a browser without JavaScript uses them, and their one event stream."""

import json
import re
from collections.abc import Iterator

import httpx2
import pytest

from gateway.kit.ids import Ids
from tests.gateway import Client, Gateway, picture_input

HOSTILE = "<img src=x onerror=alert(1)>"
SLOW = picture_input("[sandbox:slow=60]")
REFRESH = 'http-equiv="refresh"'
PART = {"HX-Request": "true"}


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def test_a_new_person_is_shown_what_a_job_is_and_where_to_try_one(page: httpx2.Client) -> None:
    shown = page.get("/jobs")
    assert shown.status_code == 200
    assert "No jobs yet" in shown.text
    assert 'href="/playground"' in shown.text
    assert REFRESH not in shown.text


def test_whoever_is_not_signed_in_signs_in_first(gateway: Gateway) -> None:
    with gateway.client() as stranger:
        for path in ("/jobs", "/jobs/events", f"/jobs/{Ids().new('job')}"):
            answer = stranger.get(path)
            assert (answer.status_code, answer.headers["location"][:7]) == (303, "/login?")


@pytest.mark.promise("pages: jobs")
def test_a_job_is_shown_with_what_it_was_asked_cost_and_made(
    client: Client, page: httpx2.Client
) -> None:
    made = client.run_job("image.generate", {"prompt": HOSTILE, "width": 300, "height": 256})
    grid = page.get("/jobs").text
    assert f"/jobs/{made['jobId']}" in grid
    assert made["outputs"][0]["posterUrl"].split("?")[0] in grid
    shown = page.get(f"/jobs/{made['jobId']}")
    assert shown.headers["cache-control"] == "no-store"
    for text in (grid, shown.text):
        assert HOSTILE not in text
        assert "&lt;img src=x" in text
    for words in ("Succeeded", "$0.02", "charged", "was adjusted from 300 to 304", "47 h"):
        assert words in shown.text
    assert f"imageUrl=job%3A%2F%2F{made['jobId']}%2F0" in shown.text
    assert f"like={made['jobId']}" in shown.text
    file = re.search(r'href="([^"]+)" download', shown.text)
    assert file is not None
    assert page.get(file[1].replace("&amp;", "&")).headers["content-type"] == "image/png"


def test_a_failed_job_says_why_and_that_nothing_was_charged(
    client: Client, page: httpx2.Client
) -> None:
    failed = client.run_job("image.generate", picture_input("[sandbox:reject]"))
    shown = page.get(f"/jobs/{failed['jobId']}").text
    assert failed["error"]["message"] in shown.replace("&#39;", "'")
    assert "released; nothing was charged" in shown


def test_an_open_job_looks_again_by_itself_and_is_canceled_only_by_a_form(
    client: Client, page: httpx2.Client
) -> None:
    job_id = client.submit("image.generate", SLOW).json()["jobId"]
    for path in ("/jobs", f"/jobs/{job_id}"):
        assert REFRESH in page.get(path).text
    asked = page.get(f"/jobs/{job_id}/cancel").text
    assert "Cancel this job?" in asked
    assert client.get_job(job_id)["status"] in {"queued", "running"}
    cross = page.post(f"/jobs/{job_id}/cancel", headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
    done = page.post(f"/jobs/{job_id}/cancel?mode=test")
    assert (done.status_code, done.headers["location"]) == (303, f"/jobs/{job_id}")
    assert client.get_job(job_id)["status"] == "canceled"
    assert "Canceled" in page.get(f"/jobs/{job_id}").text


def test_a_job_of_somebody_else_is_not_found_and_neither_is_nonsense(
    gateway: Gateway, client: Client
) -> None:
    theirs = client.submit("image.generate", picture_input()).json()["jobId"]
    with gateway.account() as other, gateway.browser(other.account_id) as page:
        for job_id in (theirs, Ids().new("job"), "nonsense"):
            answers = [
                page.get(f"/jobs/{job_id}"),
                page.post(f"/jobs/{job_id}/cancel?mode=test"),
                page.get(f"/jobs/{job_id}/card", headers=PART),
                page.get(f"/playground/image.generate?like={job_id}"),
            ]
            assert {answer.status_code for answer in answers[:3]} == {404}
            assert answers[3].status_code in {404, 422}


def test_a_part_of_a_page_is_no_page(client: Client, page: httpx2.Client) -> None:
    made = client.run_job("image.generate", picture_input())
    at = f"/jobs/{made['jobId']}"
    for part in ("card", "whole", "result"):
        shown = page.get(f"{at}/{part}", headers=PART)
        assert shown.status_code == 200
        assert "<html" not in shown.text
        assert page.get(f"{at}/{part}").headers["location"] == at
    assert page.get(f"{at}/nothing").status_code == 404


def test_filters_and_pages_live_in_the_address(client: Client, page: httpx2.Client) -> None:
    made = client.run_job("image.generate", picture_input())
    assert made["jobId"] in page.get("/jobs?status=succeeded&task=image.generate").text
    none = page.get("/jobs?status=failed").text
    assert made["jobId"] not in none
    assert "No jobs match" in none
    assert page.get("/jobs?status=odd").status_code == 422


@pytest.mark.promise("jobs: events-of-all")
def test_one_stream_tells_of_all_open_jobs_until_none_is(
    client: Client, page: httpx2.Client
) -> None:
    assert 'data: {"jobIds":[]}' in page.get("/jobs/events").text  # and it ends
    first = client.submit("image.generate", SLOW).json()["jobId"]
    client.wait_for_status(first, "running")
    told: list[tuple[str, dict[str, object]]] = []
    with page.stream("GET", "/jobs/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        kind, second = "", ""
        for line in answer.iter_lines():
            kind = line.removeprefix("event: ") if line.startswith("event: ") else kind
            if line.startswith("data: "):
                told.append((kind, json.loads(line.removeprefix("data: "))))
            if told and not second:
                second = client.submit("image.generate", SLOW).json()["jobId"]
                client.cancel_job(first)
                client.cancel_job(second)
    assert told[0] == ("jobs", {"jobIds": [first]})
    assert ("done", first) in [(kind, each.get("jobId")) for kind, each in told]
    ended = next(each for kind, each in told if kind == "done")
    assert ended["status"] == "canceled"
    assert client.http.get("/api/v1/media/jobs/events").text.endswith('{"jobIds":[]}\n\n')


def test_a_page_of_jobs_has_their_inputs_if_asked(client: Client) -> None:
    client.run_job("image.generate", picture_input("a fox"))
    query = {"includeDetails": "1", "limit": "1"}
    (job,) = client.http.get("/api/v1/media/jobs", params=query).json()["data"]
    assert job["effectiveInput"]["prompt"] == "a fox"
    assert job["attempts"][0]["outcome"] == "succeeded"
