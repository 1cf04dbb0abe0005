"""A job followed as server-sent events, by a client that reads the stream like any other."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.kit.ids import Ids
from tests.gateway import (
    JOB_SECONDS,
    OPEN_JOB_STATUSES,
    Client,
    Gateway,
    assert_problem,
    picture_input,
    run_worker,
    serve_gateway,
)
from tests.services.valkey import ValkeyServer

EVENTS = "/api/v1/media/jobs/events"
SLOW_INPUT = picture_input("[sandbox:slow=60]")


class EventReader:
    """The events of one answer, read one at a time."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def __iter__(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "event" in fields:
                yield fields["event"], int(fields["id"]), json.loads(fields["data"])
                fields = {}


def follow_job(client: Client, job_id: str, **headers: str) -> Any:  # noqa: ANN401 - a context manager
    return client.http.stream("GET", EVENTS, params={"jobId": job_id}, headers=headers)


@pytest.mark.promise("jobs: events")
def test_a_job_is_followed_from_its_present_state_to_its_end(client: Client) -> None:
    made = client.submit("image.generate", picture_input("[sandbox:slow=3]")).json()
    assert made["urls"]["events"] == f"{EVENTS}?jobId={made['jobId']}"
    with follow_job(client, made["jobId"]) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        told = list(EventReader(answer))
    kinds = [kind for kind, _, _ in told]
    assert (kinds[0], kinds[-1], kinds.count("done")) == ("status", "done", 1)
    versions = [version for _, version, _ in told]
    assert versions == sorted(set(versions))
    percents = [data["percent"] for kind, _, data in told if kind == "progress"]
    assert percents
    assert percents == sorted(percents)
    done = told[-1][2]
    assert done["status"] == "succeeded"
    read = client.get_job(made["jobId"])
    assert done == read  # without the details that nobody asked for


def test_a_reconnect_gets_only_what_is_newer(client: Client) -> None:
    job_id = client.submit("image.generate", SLOW_INPUT).json()["jobId"]
    client.wait_for_status(job_id, "running")
    with follow_job(client, job_id) as answer:
        _, known, _ = next(iter(EventReader(answer)))
    with follow_job(client, job_id, **{"Last-Event-ID": str(known)}) as answer:
        client.cancel_job(job_id)
        told = list(EventReader(answer))
    assert all(version > known for _, version, _ in told)
    assert (told[-1][0], told[-1][2]["status"]) == ("done", "canceled")
    with follow_job(client, job_id, **{"Last-Event-ID": "none"}) as answer:
        assert [kind for kind, _, _ in EventReader(answer)] == ["done"]


def test_whoever_waits_is_woken_at_once(client: Client) -> None:
    job_id = client.submit("image.generate", SLOW_INPUT).json()["jobId"]
    client.wait_for_status(job_id, "running")
    with follow_job(client, job_id) as answer:
        events = iter(EventReader(answer))
        next(events)
        began = time.monotonic()
        client.cancel_job(job_id)
        while next(events)[0] != "done":
            pass
        assert time.monotonic() - began < 0.5


def test_a_stream_of_another_account_does_not_exist(gateway: Gateway, client: Client) -> None:
    theirs = client.submit("image.generate", picture_input()).json()["jobId"]
    with gateway.account() as stranger:
        for job_id in (theirs, Ids().new("job")):
            assert_problem(stranger.http.get(EVENTS, params={"jobId": job_id}), 404, "not_found")


def test_an_account_has_eight_streams_and_a_closed_one_makes_room(client: Client) -> None:
    job_id = client.submit("image.generate", SLOW_INPUT).json()["jobId"]
    streams = [follow_job(client, job_id) for _ in range(8)]
    kept = [iter(EventReader(stream.__enter__())) for stream in streams]
    assert [next(events)[0] for events in kept] == ["status"] * 8
    refused = assert_problem(
        client.http.get(EVENTS, params={"jobId": job_id}), 429, "concurrency_limited"
    )
    assert refused["retryAfterSeconds"] > 0
    streams.pop().__exit__(None, None, None)
    deadline = time.monotonic() + 10
    while True:
        with follow_job(client, job_id) as answer:
            if answer.status_code == 200:
                break
            assert time.monotonic() < deadline
    client.cancel_job(job_id)
    for stream in streams:
        stream.__exit__(None, None, None)


@pytest.mark.promise("identity: waits-end")
def test_a_revoked_key_ends_its_streams_and_waits_in_every_process(
    gateways: list[Gateway],
) -> None:
    here, there = gateways[0], gateways[-1]
    with here.account() as account, ThreadPoolExecutor(1) as pool:
        job_id = account.submit("image.generate", SLOW_INPUT).json()["jobId"]
        made = account.http.post("/api/v1/keys", json={"label": "short", "scopes": ["media"]})
        with there.client(made.json()["apiKey"]) as http:
            short = Client(http, "", "")
            with follow_job(short, job_id) as answer:
                events = iter(EventReader(answer))
                next(events)
                wait = {"jobId": job_id, "waitSeconds": 30}
                waiting = pool.submit(http.get, "/api/v1/media/jobs", params=wait)
                revoked = account.http.post(
                    "/api/v1/keys/revoke", json={"keyId": made.json()["id"]}
                )
                assert revoked.status_code == 200, revoked.text
                assert "done" not in [kind for kind, _, _ in events]
                waited = waiting.result(JOB_SECONDS)  # it may have come after the revoke
                assert waited.status_code == 401 or waited.json()["status"] in OPEN_JOB_STATUSES
        account.cancel_job(job_id)


def test_a_gateway_that_stops_ends_its_streams(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as account:
        job_id = account.submit("image.generate", SLOW_INPUT).json()["jobId"]
        with follow_job(account, job_id) as answer:
            events = iter(EventReader(answer))
            next(events)
            began = time.monotonic()
            ended = threading.Thread(target=gateway.stop)
            ended.start()
            assert "done" not in [kind for kind, _, _ in events]
            assert time.monotonic() - began < 5
        ended.join()


@pytest.mark.promise("jobs: events")
def test_news_of_a_worker_process_come_over_the_broker(data_dir: Path, postgres_url: str) -> None:
    with ValkeyServer() as valkey:
        settings = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url}
        with (
            serve_gateway(data_dir, **settings) as gateway,
            serve_gateway(data_dir, **settings) as other,
            run_worker(gateway),
            gateway.account() as account,
            other.client(account.key) as http,
        ):
            job_id = account.submit("image.generate", SLOW_INPUT).json()["jobId"]
            account.wait_for_status(job_id, "running")
            woken = []
            for number in range(3):
                if number:
                    job_id = account.submit("image.generate", SLOW_INPUT).json()["jobId"]
                with follow_job(Client(http, "", ""), job_id) as answer:
                    events = iter(EventReader(answer))
                    next(events)
                    account.cancel_job(job_id)
                    canceled_at = time.monotonic()
                    while next(events)[0] != "done":
                        pass
                    woken.append(time.monotonic() - canceled_at)
            assert min(woken) < 0.2
