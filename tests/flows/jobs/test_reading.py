"""Reading, waiting, listing: the database is the truth and nobody sees another's jobs."""

import threading
import time
from importlib.metadata import version

import httpx2
import pytest

from gateway.kit.ids import Ids
from gateway.media.jobs.job_schemas import Job
from tests.answer_schemas import assert_matches_schema
from tests.gateway import Client, Gateway, assert_problem, picture_data_uri, picture_input

JOBS = "/api/v1/media/jobs"


@pytest.mark.promise("jobs: prefer-wait")
def test_prefer_wait_answers_with_the_ended_job(client: Client) -> None:
    answer = client.submit("image.generate", picture_input(), wait=30, key="waited")
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=30")
    job = answer.json()
    assert job["status"] == "succeeded"
    assert job["effectiveInput"]["width"] == 256
    assert client.http.get(job["downloadableOutputUrls"][0]).status_code == 200
    again = client.submit("image.generate", picture_input(), wait=1, key="waited")
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.json()["jobId"]) == (200, job["jobId"])


@pytest.mark.promise("jobs: prefer-wait")
def test_prefer_wait_answers_202_when_the_time_is_over(client: Client) -> None:
    given = picture_input("[sandbox:slow=30]")
    began = time.monotonic()
    answer = client.submit("image.generate", given, wait=1)
    assert 0.9 < time.monotonic() - began < 10
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.headers["location"] == f"{JOBS}?jobId={answer.json()['jobId']}"
    client.cancel_job(answer.json()["jobId"])


def test_a_job_is_the_same_alone_with_its_details_and_in_a_list(client: Client) -> None:
    """Alone it is read by the driver, else through a session."""
    done = client.run_job("image.generate", picture_input() | {"count": 2})
    kept = client.http.post(
        "/api/v1/studio/assets/keep", json={"jobId": done["jobId"], "outputIndex": 1}
    )
    assert kept.is_success, kept.text
    failed = client.run_job("image.generate", picture_input("[sandbox:fail]"))
    details = {"effectiveInput", "inputAdjustments", "warnings", "attempts", "upstream"}
    for job_id in (done["jobId"], failed["jobId"]):
        alone = client.http.get(JOBS, params={"jobId": job_id}).json()
        whole = client.http.get(JOBS, params={"jobId": job_id, "includeDetails": 1}).json()
        listed = client.http.get(JOBS, params={"limit": 2}).json()["data"]
        assert {name: part for name, part in whole.items() if name not in details} == alone
        assert alone in listed
    with_asset = client.http.get(JOBS, params={"jobId": done["jobId"]}).json()["outputs"]
    assert [each["assetId"] is None for each in with_asset] == [True, False]


def test_the_answer_to_a_submit_is_a_job_to_the_byte(client: Client) -> None:
    """It is written without its model, so the model reads it and writes it again."""
    home = client.http.post("/api/v1/studio/projects", json={"name": "Fox"}).json()
    parent = client.run_job("image.generate", picture_input())
    rich = {
        "metadata": {"shot": "7", "Füße": "„3 Füße“ \u2028"},
        "projectId": home["projectId"],
        "parent": {"jobId": parent["jobId"], "outputIndex": 0, "relation": "vary"},
        "presetIds": [client.http.get("/api/v1/media/presets").json()["data"][0]["presetId"]],
    }
    odd_size = picture_input() | {"width": 300, "height": 300}
    picture = {"image": picture_data_uri(64, 64)}
    film = picture_input("[sandbox:slow=60]") | {"durationFrames": 30, "fps": 25}
    for task, given, more in (
        ("image.generate", picture_input(), {}),
        ("image.generate", odd_size, rich),
        ("image.upscale", picture, {}),
        ("video.generate", film, {}),
        ("video.generate", film | {"startFrameImage": picture["image"]}, {}),
        ("audio.generate", {"prompt": "rain [sandbox:slow=60]", "durationSeconds": 2.5}, {}),
    ):
        answer = client.submit(task, given, **more)
        assert answer.status_code == 202, answer.text
        assert Job.model_validate_json(answer.text).model_dump_json() == answer.text
        client.cancel_job(answer.json()["jobId"])


def test_a_dropped_connection_cancels_nothing(client: Client) -> None:
    given, headers = picture_input("[sandbox:slow=2]"), {"Prefer": "wait=30"}
    body = {"task": "image.generate", "input": given}
    with pytest.raises(httpx2.ReadTimeout):
        client.http.post(JOBS, json=body, headers=headers, timeout=1)
    (job,) = client.http.get(JOBS).json()["data"]
    assert client.wait_for_job(job["jobId"])["status"] == "succeeded"


def test_a_wait_ends_with_the_next_version(client: Client) -> None:
    job_id = client.submit("image.generate", picture_input("[sandbox:slow=3]")).json()["jobId"]
    running = client.get_job(job_id, waitSeconds=20, sinceVersion=1)
    assert running["version"] > 1
    last = running
    while last["status"] == "running":
        newer = client.get_job(job_id, waitSeconds=20, sinceVersion=last["version"])
        assert newer["version"] > last["version"]
        if last["progress"] and newer["progress"]:
            assert newer["progress"]["percent"] >= last["progress"]["percent"]
        last = newer
    assert last["status"] == "succeeded"


def test_waiters_do_not_hold_up_the_others(client: Client) -> None:
    job_id = client.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
    waiters = [
        threading.Thread(target=client.get_job, args=(job_id,), kwargs={"waitSeconds": 20})
        for _ in range(40)
    ]
    for waiter in waiters:
        waiter.start()
    began = time.monotonic()
    assert client.get_balance()["heldUsd"] == "0.02"
    assert time.monotonic() - began < 5
    client.cancel_job(job_id)
    for waiter in waiters:
        waiter.join(10)
        assert not waiter.is_alive()


def test_an_etag_saves_the_body_and_changes_with_the_job(client: Client) -> None:
    job = client.run_job("image.generate", picture_input())
    query = {"jobId": job["jobId"]}
    first = client.http.get(JOBS, params=query)
    assert first.headers["cache-control"] == "no-store"
    same = client.http.get(JOBS, params=query, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    details = client.http.get(JOBS, params=query | {"includeDetails": "1"})
    assert details.headers["etag"] != first.headers["etag"]


def test_a_list_goes_back_in_time_with_cursor_and_filters(client: Client) -> None:
    jobs = [
        client.run_job("image.generate", picture_input(str(each)))["jobId"] for each in range(3)
    ]
    client.cancel_job(
        client.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
    )
    page = client.http.get(JOBS, params={"limit": 2, "status": "succeeded"}).json()
    assert [job["jobId"] for job in page["data"]] == jobs[:0:-1]
    query = {"limit": 2, "status": "succeeded", "cursor": page["nextCursor"]}
    rest = client.http.get(JOBS, params=query).json()
    assert ([job["jobId"] for job in rest["data"]], rest["nextCursor"]) == ([jobs[0]], None)
    assert client.http.get(JOBS, params={"task": "image.edit"}).json()["data"] == []
    (canceled,) = client.http.get(JOBS, params={"status": "canceled"}).json()["data"]
    after = {"createdAfter": rest["data"][0]["createdAt"]}
    newer = client.http.get(JOBS, params=after).json()["data"]
    assert [job["jobId"] for job in newer] == [canceled["jobId"], *jobs[:0:-1]]
    naive = {"createdAfter": rest["data"][0]["createdAt"].removesuffix("Z")}
    assert client.http.get(JOBS, params=naive).json()["data"] == newer
    vague = client.http.get(JOBS, params={"createdAfter": "yesterday"})
    assert "yesterday" not in assert_problem(vague, 422, "invalid_input")["detail"]


def test_a_job_of_another_account_does_not_exist(gateway: Gateway, client: Client) -> None:
    theirs = client.submit("image.generate", picture_input()).json()["jobId"]
    random = Ids().new("job")
    with gateway.account() as stranger:
        for question in (
            lambda job_id: stranger.http.get(JOBS, params={"jobId": job_id}),
            stranger.cancel_job,
            lambda job_id: stranger.submit(
                "image.upscale", {"imageUrl": f"job://{job_id}/0", "scale": 2}
            ),
        ):
            foreign, unknown = question(theirs), question(random)
            assert foreign.status_code == unknown.status_code
            shown = [
                {name: value for name, value in each.json().items() if name != "requestId"}
                for each in (foreign, unknown)
            ]
            assert shown[0] == shown[1]
        assert_problem(stranger.http.get(JOBS, params={"jobId": theirs}), 404, "not_found")
        assert stranger.http.get(JOBS).json()["data"] == []


@pytest.mark.promise("engines: no-secrets-in-outputs")
def test_details_name_no_path_and_no_address(client: Client) -> None:
    job = client.run_job("image.generate", picture_input("SECRETWORD", seed=11))
    assert job["upstream"]["engine"] == "sandbox"
    assert job["upstream"]["result"]["width"] == 256
    assert [each["outcome"] for each in job["attempts"]] == ["succeeded"]
    told = str(job["upstream"]) + str(job["attempts"])
    assert "/tmp" not in told  # noqa: S108 - it is not used
    assert "SECRETWORD" not in told
    file = client.http.get(job["downloadableOutputUrls"][0]).content
    assert b"SECRETWORD" not in file


def test_an_answer_with_details_has_no_field_that_its_schema_does_not_name(client: Client) -> None:
    document = client.http.get("/openapi.json").json()
    made = client.run_job("image.generate", picture_input(seed=11))
    failed = client.run_job("image.generate", picture_input("[sandbox:fail]"))
    slow = client.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
    running = client.wait_for_status(slow, "running") and client.get_job(slow, includeDetails=1)
    client.cancel_job(slow)
    for job in (made, failed, running, client.get_job(slow, includeDetails=1)):
        assert_matches_schema(document, "Job", job)
        assert job.keys() >= {"attempts", "upstream"}
    assert [each["charged"] for each in made["attempts"]] == [True]
    assert [each["charged"] for each in failed["attempts"]] == [False] * 3
    page = client.http.get(JOBS, params={"includeDetails": 1}).json()
    assert_matches_schema(document, "JobPage", page)
    assert not {"attempts", "upstream"} & client.get_job(slow).keys()


def test_the_sandbox_reports_as_a_node_does(client: Client) -> None:
    made = client.run_job("image.generate", picture_input())
    told, times = made["upstream"], made["upstream"]["timings"]
    assert (told["engineVersion"], told["device"]) == (version("killatamata"), {"type": "cpu"})
    assert told["models"] == []
    assert told["result"]["seed"] == made["effectiveInput"]["seed"]
    assert times["queuedAt"] <= times["startedAt"] <= times["endedAt"]
    assert times["sampleMs"] <= times["runMs"]
    assert made["attempts"][0]["upstream"] == told


@pytest.mark.promise("engines: equal-jobs-separate-files")
def test_equal_jobs_have_files_of_their_own(client: Client) -> None:
    given = picture_input("twice", seed=3)
    first, second = (client.run_job("image.generate", given) for _ in "ab")
    urls = [job["downloadableOutputUrls"][0] for job in (first, second)]
    assert urls[0] != urls[1]
    pictures = [client.http.get(url) for url in urls]
    assert {answer.status_code for answer in pictures} == {200}
    assert client.get_balance()["availableUsd"] == "4.96"
