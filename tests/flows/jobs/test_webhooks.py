"""Webhooks: a real receiver is told of jobs, signed, again and again, and never in the way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from standardwebhooks import WebhookVerificationError

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.ids import Ids
from gateway.kit.telemetry import metrics
from gateway.ledger.invariants import check_invariants
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.oversight import gauges
from gateway.media.webhooks.deliveries import DeliveryDispatcher
from gateway.media.webhooks.sender import WebhookSender
from tests.databases import MovedClock
from tests.gateway import assert_problem, picture_input
from tests.in_process import open_account_client
from tests.receiver import WebhookReceiver, serve_receiver, wait_for_value

pytestmark = pytest.mark.anyio
JOBS, HOOKS = "/api/v1/media/jobs", "/api/v1/media/webhooks"
SLOW = "[sandbox:slow=60]"


@pytest.fixture
async def receiver(anyio_backend: str) -> AsyncIterator[WebhookReceiver]:
    async with serve_receiver() as one:
        yield one


@pytest.fixture
async def other(anyio_backend: str) -> AsyncIterator[WebhookReceiver]:
    async with serve_receiver() as one:
        yield one


@pytest.fixture
def settings(
    database_url: str, data_dir: Path, receiver: WebhookReceiver, other: WebhookReceiver
) -> Settings:
    """The two receivers may be reached."""
    data_dir.mkdir()
    allow = ",".join(f"127.0.0.1:{each.port}" for each in (receiver, other))
    given = Settings(data_dir=data_dir, database_url=database_url, fetch_allow=allow)
    return given.with_secrets()


async def submit_with_webhook(
    http: httpx2.AsyncClient, url: str, prompt: str = "a fox", events: list[str] | None = None,
    **more: object,
) -> str:  # fmt: skip
    webhook = {"url": url} | ({} if events is None else {"events": events})
    body = {"task": "image.generate", "input": picture_input(prompt), "webhook": webhook, **more}
    answer = await http.post(JOBS, json=body)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["jobId"]
    return job_id


async def create_secret(http: httpx2.AsyncClient) -> str:
    current: str = (await http.get(HOOKS)).json()["secret"]
    return current


async def list_deliveries(http: httpx2.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await http.get(f"{HOOKS}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def wait_for_tries(http: httpx2.AsyncClient, job_id: str, times: int) -> dict[str, Any]:
    """Wait until the one delivery of a job was tried so often, and return it."""

    async def look() -> dict[str, Any] | None:
        return next((each for each in await list_deliveries(http, jobId=job_id)
                     if len(each["tries"]) == times), None)  # fmt: skip

    found: dict[str, Any] = await wait_for_value(look)
    return found


async def make_tries_due(application: Application) -> None:
    """Set the next try of every pending delivery to now."""
    await change_deliveries(application, "next_try_at = kt_now()")


async def change_deliveries(application: Application, change: str) -> None:
    """Change every pending delivery."""
    command = f"UPDATE webhook_delivery SET {change} WHERE state = 'pending'"  # noqa: S608
    async with application.database.write() as session:
        await session.execute(text(command))


@pytest.mark.promise("jobs: webhooks")
async def test_the_end_of_a_job_is_sent_signed_and_as_a_read_shows_it(
    http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    delays = "killatamata_webhook_delay_seconds_count"
    before = metrics.REGISTRY.get_sample_value(delays) or 0
    job_id = await submit_with_webhook(http, receiver.url)
    got = await receiver.wait_for_webhook()
    message = got.verify(await create_secret(http))
    job = (await http.get(JOBS, params={"jobId": job_id})).json()
    assert (message["type"], message["timestamp"]) == ("job.completed", job["finishedAt"])
    assert message["data"] == job
    assert (job["status"], len(job["downloadableOutputUrls"])) == ("succeeded", 1)
    noted = await wait_for_tries(http, job_id, 1)
    assert (noted["deliveryId"], noted["status"]) == (got.id, "delivered")
    assert noted["url"] == receiver.url.removesuffix("?token=mine")
    assert (noted["tries"][0]["httpStatus"], noted["tries"][0]["error"]) == (200, None)
    assert (await http.get(HOOKS)).json()["deliveries"]["delivered"] == 1
    assert metrics.REGISTRY.get_sample_value(delays) == before + 1


async def test_the_start_and_every_kind_of_end_are_sent_once(
    http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    both = ["job.started", "job.completed"]
    await submit_with_webhook(http, receiver.url, "[sandbox:reject]", both)
    failed = [await receiver.wait_for_webhook(), await receiver.wait_for_webhook()]
    signing = await create_secret(http)
    seen = {each.verify(signing)["type"]: each for each in failed}
    assert set(seen) == set(both)
    assert len({each.id for each in failed}) == 2
    assert seen["job.completed"].verify(signing)["data"]["status"] == "failed"
    canceled = await submit_with_webhook(http, receiver.url, SLOW)
    await http.post(f"{JOBS}/cancel", json={"jobId": canceled})
    data = (await receiver.wait_for_webhook()).verify(signing)["data"]
    assert (data["jobId"], data["status"], data["endReason"]) == (canceled, "canceled", "user")


async def test_a_job_that_expires_is_sent(
    application: Application, http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    running = [
        await submit_with_webhook(http, receiver.url, SLOW, ["job.started"]) for _ in range(4)
    ]
    for _ in running:
        await receiver.wait_for_webhook()
    waiting = await submit_with_webhook(http, receiver.url, "a fox", queueTimeoutSeconds=30)
    async with application.database.write() as session:
        await session.execute(text("UPDATE job SET queue_timeout_at = 1 WHERE state = 'queued'"))
    data = (await receiver.wait_for_webhook()).verify(await create_secret(http))["data"]
    assert (data["jobId"], data["status"]) == (waiting, "expired")
    assert data["billing"]["state"] == "released"


async def test_the_age_of_the_oldest_unsent_event_leaves_out_those_that_were_tried(
    application: Application, http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    async def read_age() -> float:
        async with application.database.read() as snapshot:
            await gauges.refresh_gauges(snapshot)
        name, labels = "killatamata_outbox_oldest_seconds", {"kind": "webhook"}
        return metrics.REGISTRY.get_sample_value(name, labels) or 0

    receiver.answer = "503 Service Unavailable"
    job_id = await submit_with_webhook(http, receiver.url)
    await wait_for_tries(http, job_id, 1)
    age = f"created_at = created_at - {HOUR}, next_try_at = kt_now() + {HOUR}"
    await change_deliveries(application, age)
    assert await read_age() == 0
    await change_deliveries(application, "tries_json = '[]'")
    assert await read_age() >= 3_600


@pytest.mark.promise("jobs: webhooks")
async def test_a_receiver_that_is_down_changes_nothing_and_is_told_when_it_is_up(
    application: Application, http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    await receiver.close()
    job_id = await submit_with_webhook(http, receiver.url)
    noted = await wait_for_tries(http, job_id, 1)
    assert noted["status"] == "pending"
    assert (noted["tries"][0]["httpStatus"], noted["tries"][0]["error"]) == (None, "not reached")
    job = (await http.get(JOBS, params={"jobId": job_id})).json()
    assert (job["status"], job["billing"]["chargedMicrousd"]) == ("succeeded", 20_000)
    balance = (await http.get("/api/v1/balance")).json()
    assert (balance["availableMicrousd"], balance["heldMicrousd"]) == (4_980_000, 0)
    assert await check_invariants(application.database) == []
    await receiver.open()
    await make_tries_due(application)
    got = await receiver.wait_for_webhook()
    assert got.id == noted["deliveryId"]
    assert got.verify(await create_secret(http))["data"] == job
    assert (await wait_for_tries(http, job_id, 2))["status"] == "delivered"


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ("302 Found\r\nLocation: http://127.0.0.1:1/", "pending", "redirect not followed"),
        ("410 Gone", "stopped", "not accepted"),
        ("500 No\r\nRetry-After: 120", "pending", "not accepted"),
    ],
)
async def test_an_answer_that_is_no_success_is_recorded_and_followed_by_what_it_means(
    clock: MovedClock, http: httpx2.AsyncClient, receiver: WebhookReceiver,
    answer: str, status: str, error: str,
) -> None:  # fmt: skip
    receiver.answer = answer
    job_id = await submit_with_webhook(http, receiver.url)
    noted = await wait_for_tries(http, job_id, 1)
    (only,) = noted["tries"]
    assert (noted["status"], only["error"]) == (status, error)
    assert only["httpStatus"] == int(answer[:3])
    assert (noted["nextTryAt"] is None) == (status == "stopped")
    assert receiver.received.qsize() == 1


async def test_a_slow_receiver_holds_up_nobody(
    http: httpx2.AsyncClient, receiver: WebhookReceiver, other: WebhookReceiver
) -> None:
    receiver.answer = None
    for _ in range(6):
        await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    for _ in range(4):
        await receiver.wait_for_webhook()
    job_id = await submit_with_webhook(http, other.url, "[sandbox:reject]")
    assert (await other.wait_for_webhook()).verify(await create_secret(http))["data"][
        "jobId"
    ] == job_id
    await wait_for_tries(http, job_id, 1)
    waiting = await list_deliveries(http, status="pending")
    assert [each["tries"] for each in waiting] == [[]] * 6
    await receiver.close()


@pytest.mark.promise("jobs: webhook-rotation")
async def test_a_rotated_secret_signs_beside_the_new_one_for_a_day(
    application: Application, http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    old = await create_secret(http)
    await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    (await receiver.wait_for_webhook()).verify(old)
    rotated = (await http.post(f"{HOOKS}/rotate-secret")).json()
    new = rotated["secret"]
    assert (rotated["previousSecret"], new != old) == (old, True)
    await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    during = await receiver.wait_for_webhook()
    assert during.verify(old) == during.verify(new)
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    async with application.database.write() as session:
        await session.execute(text("UPDATE webhook_secret SET ends_at = 1 WHERE ends_at > 0"))
    await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    after = await receiver.wait_for_webhook()
    after.verify(new)
    with pytest.raises(WebhookVerificationError):
        after.verify(old)
    shown = (await http.get(HOOKS)).json()
    assert (shown["secret"], shown["previousSecret"]) == (new, None)


async def test_each_account_and_mode_has_a_secret_that_no_row_holds(
    application: Application, http: httpx2.AsyncClient
) -> None:
    async with (
        open_account_client(application) as neighbour,
        open_account_client(application, "live") as live,
    ):
        secrets = {await create_secret(each) for each in (http, neighbour, live)}
    assert len(secrets) == 3
    assert all(each.startswith("whsec_") for each in secrets)
    async with application.database.read() as snapshot:
        rows = (await snapshot.execute(text("SELECT * FROM webhook_secret"))).mappings().all()
    assert [row["key_id"] for row in rows] == ["1", "1", "1"]
    assert {len(row["generation"]) for row in rows} == {16}


async def test_a_url_that_is_never_dialled_is_refused_before_anything_is_stored(
    http: httpx2.AsyncClient,
) -> None:
    for url in ("http://example.com/", "https://10.0.0.1/", "https://localhost/", "no url"):
        body = {"task": "image.generate", "input": picture_input(), "webhook": {"url": url}}
        for query in ({}, {"dryRun": "1"}):
            answer = await http.post(JOBS, json=body, params=query)
            assert assert_problem(answer, 422, "webhook_url_refused")["field"] == "webhook.url"
        assert_problem(
            await http.post(f"{HOOKS}/test", json={"url": url}), 422, "webhook_url_refused"
        )
    assert (await http.get(JOBS)).json()["data"] == []
    assert (await http.get("/api/v1/balance")).json()["availableMicrousd"] == 5_000_000


async def test_a_delivery_is_sent_again_under_its_id_and_only_by_its_owner(
    application: Application, http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    job_id = await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    first = await receiver.wait_for_webhook()
    await wait_for_tries(http, job_id, 1)
    path, named = f"{HOOKS}/redeliver", {"deliveryId": first.id}
    async with open_account_client(application) as stranger:
        foreign = assert_problem(await stranger.post(path, json=named), 404, "not_found")
        unknown = {"deliveryId": Ids().new("whd")}
        random = assert_problem(await stranger.post(path, json=unknown), 404, "not_found")
        assert foreign | {"requestId": ""} == random | {"requestId": ""}
        assert await list_deliveries(stranger) == []
    assert (await http.post(path, json=named)).status_code == 202
    assert (await receiver.wait_for_webhook()).id == first.id
    assert (await wait_for_tries(http, job_id, 2))["status"] == "delivered"


async def test_a_test_ping_says_what_came_back_ten_times_a_minute(
    http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    receiver.answer = "418 Teapot"
    answer = await http.post(f"{HOOKS}/test", json={"url": receiver.url})
    assert answer.status_code == 200
    assert (answer.json()["httpStatus"], answer.json()["error"]) == (418, "not accepted")
    message = (await receiver.wait_for_webhook()).verify(await create_secret(http))
    assert (message["type"], message["data"]) == ("test.ping", {"livemode": False})
    for _ in range(9):
        await http.post(f"{HOOKS}/test", json={"url": receiver.url})
    refused = await http.post(f"{HOOKS}/test", json={"url": receiver.url})
    assert_problem(refused, 429, "rate_limited")
    assert await list_deliveries(http) == []


async def test_who_waits_for_a_turn_to_send_keeps_nobody_from_writing(
    application: Application,
    http: httpx2.AsyncClient,
    receiver: WebhookReceiver,
    other: WebhookReceiver,
) -> None:
    job_id = await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    named = {"deliveryId": (await receiver.wait_for_webhook()).id}
    await wait_for_tries(http, job_id, 1)
    other.answer = None
    async with open_account_client(application) as stranger, asyncio.TaskGroup() as group:
        pings = [
            group.create_task(http.post(f"{HOOKS}/test", json={"url": other.url})) for _ in range(4)
        ]
        for _ in pings:
            await other.wait_for_webhook()
        again = group.create_task(http.post(f"{HOOKS}/redeliver", json=named))
        for _ in range(3):
            await submit_with_webhook(stranger, receiver.url)
        assert not any(each.done() for each in (*pings, again))
        other.hang_up()
    assert again.result().status_code == 202


async def test_two_senders_send_each_delivery_once(
    application: Application, http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    ports = application.ports
    senders = [
        DeliveryDispatcher(application.database, ports.get(WebhookSender), ports.get(OutputUrls))
        for _ in range(4)
    ]
    await application.sweeper.stop()
    jobs = [await submit_with_webhook(http, receiver.url, SLOW) for _ in range(4)]
    for job_id in jobs:
        await http.post(f"{JOBS}/cancel", json={"jobId": job_id})
    for _ in range(3):
        await asyncio.gather(*(sender.send_due() for sender in senders))
        await asyncio.gather(*(sender.drain() for sender in senders))
    assert receiver.received.qsize() == 4
    assert {each["status"] for each in await list_deliveries(http)} == {"delivered"}


async def test_what_a_dead_sender_had_claimed_is_sent_when_its_lease_is_over(
    application: Application, http: httpx2.AsyncClient, receiver: WebhookReceiver
) -> None:
    job_id = await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    first = await receiver.wait_for_webhook()
    await wait_for_tries(http, job_id, 1)
    dead = (
        "UPDATE webhook_delivery SET state = 'sending', tries_json = '[]', next_try_at = kt_now()"
    )
    async with application.database.write() as session:
        await session.execute(text(dead))
    assert (await receiver.wait_for_webhook()).id == first.id


async def test_deliveries_are_forgotten_after_30_days(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, receiver: WebhookReceiver
) -> None:
    job_id = await submit_with_webhook(http, receiver.url, "[sandbox:reject]")
    await wait_for_tries(http, job_id, 1)
    await clock.advance(application.database, 30 * DAY - 60 * SECOND)
    await application.ports.get(DeliveryDispatcher).purge()
    assert await list_deliveries(http)
    await clock.advance(application.database, 61 * SECOND)
    await application.ports.get(DeliveryDispatcher).purge()
    assert await list_deliveries(http) == []
