"""Webhooks: a real receiver is told of jobs, signed, again and again, and never in the way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from standardwebhooks import WebhookVerificationError

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY, SECOND
from gateway.kit.ids import Ids
from gateway.ledger.audit import check_invariants
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.webhooks.deliveries import DeliverySender
from gateway.media.webhooks.sender import WebhookSender
from tests.databases import MovedClock
from tests.gateway import picture, problem
from tests.in_process import account
from tests.receiver import Receiver, eventually, receiving

pytestmark = pytest.mark.anyio
JOBS, HOOKS = "/api/v1/media/jobs", "/api/v1/media/webhooks"
SLOW = "[sandbox:slow=60]"


@pytest.fixture
async def receiver(anyio_backend: str) -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def other(anyio_backend: str) -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
def settings(database_url: str, data_dir: Path, receiver: Receiver, other: Receiver) -> Settings:
    """The two receivers may be reached."""
    data_dir.mkdir()
    allow = ",".join(f"127.0.0.1:{each.port}" for each in (receiver, other))
    given = Settings(data_dir=data_dir, database_url=database_url, fetch_allow=allow)
    return given.with_secrets()


@pytest.fixture
async def application(
    anyio_backend: str, settings: Settings, clock: MovedClock
) -> AsyncIterator[Application]:
    """An embedded gateway without a socket."""
    async with run_application(settings, clock) as application:
        yield application


@pytest.fixture
async def http(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    async with account(application) as client:
        yield client


async def submit(
    http: httpx2.AsyncClient, url: str, prompt: str = "a fox", events: list[str] | None = None,
    **more: object,
) -> str:  # fmt: skip
    webhook = {"url": url} | ({} if events is None else {"events": events})
    body = {"task": "image.generate", "input": picture(prompt), "webhook": webhook, **more}
    answer = await http.post(JOBS, json=body)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["jobId"]
    return job_id


async def secret(http: httpx2.AsyncClient) -> str:
    current: str = (await http.get(HOOKS)).json()["secret"]
    return current


async def log(http: httpx2.AsyncClient, **query: str) -> list[dict[str, Any]]:
    answer = await http.get(f"{HOOKS}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def tried(http: httpx2.AsyncClient, job_id: str, times: int) -> dict[str, Any]:
    """Wait until the one delivery of a job was tried so often, and return it."""

    async def look() -> dict[str, Any] | None:
        return next((each for each in await log(http, jobId=job_id)
                     if len(each["tries"]) == times), None)  # fmt: skip

    found: dict[str, Any] = await eventually(look)
    return found


async def now_due(application: Application) -> None:
    """Set the next try of every pending delivery to now."""
    async with application.database.write() as session:
        await session.execute(
            text("UPDATE webhook_delivery SET next_try_at = kt_now() WHERE state = 'pending'")
        )


@pytest.mark.promise("jobs: webhooks")
async def test_the_end_of_a_job_is_sent_signed_and_as_a_read_shows_it(
    http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    job_id = await submit(http, receiver.url)
    got = await receiver.got()
    message = got.verified(await secret(http))
    job = (await http.get(JOBS, params={"jobId": job_id})).json()
    assert (message["type"], message["timestamp"]) == ("job.completed", job["finishedAt"])
    assert message["data"] == job
    assert (job["status"], len(job["downloadableOutputUrls"])) == ("succeeded", 1)
    noted = await tried(http, job_id, 1)
    assert (noted["deliveryId"], noted["status"]) == (got.id, "delivered")
    assert noted["url"] == receiver.url.removesuffix("?token=mine")
    assert (noted["tries"][0]["httpStatus"], noted["tries"][0]["error"]) == (200, None)
    assert (await http.get(HOOKS)).json()["deliveries"]["delivered"] == 1


async def test_the_start_and_every_kind_of_end_are_sent_once(
    http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    both = ["job.started", "job.completed"]
    await submit(http, receiver.url, "[sandbox:reject]", both)
    failed = [await receiver.got(), await receiver.got()]
    signing = await secret(http)
    seen = {each.verified(signing)["type"]: each for each in failed}
    assert set(seen) == set(both)
    assert len({each.id for each in failed}) == 2
    assert seen["job.completed"].verified(signing)["data"]["status"] == "failed"
    canceled = await submit(http, receiver.url, SLOW)
    await http.post(f"{JOBS}/cancel", json={"jobId": canceled})
    data = (await receiver.got()).verified(signing)["data"]
    assert (data["jobId"], data["status"], data["endReason"]) == (canceled, "canceled", "user")


async def test_a_job_that_expires_is_sent(
    application: Application, http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    running = [await submit(http, receiver.url, SLOW, ["job.started"]) for _ in range(4)]
    for _ in running:
        await receiver.got()
    waiting = await submit(http, receiver.url, "a fox", queueTimeoutSeconds=30)
    async with application.database.write() as session:
        await session.execute(text("UPDATE job SET queue_timeout_at = 1 WHERE state = 'queued'"))
    data = (await receiver.got()).verified(await secret(http))["data"]
    assert (data["jobId"], data["status"]) == (waiting, "expired")
    assert data["billing"]["state"] == "released"


@pytest.mark.promise("jobs: webhooks")
async def test_a_receiver_that_is_down_changes_nothing_and_is_told_when_it_is_up(
    application: Application, http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    await receiver.close()
    job_id = await submit(http, receiver.url)
    noted = await tried(http, job_id, 1)
    assert noted["status"] == "pending"
    assert (noted["tries"][0]["httpStatus"], noted["tries"][0]["error"]) == (None, "not reached")
    job = (await http.get(JOBS, params={"jobId": job_id})).json()
    assert (job["status"], job["billing"]["chargedMicrousd"]) == ("succeeded", 20_000)
    balance = (await http.get("/api/v1/balance")).json()
    assert (balance["availableMicrousd"], balance["heldMicrousd"]) == (4_980_000, 0)
    assert await check_invariants(application.database) == []
    await receiver.open()
    await now_due(application)
    got = await receiver.got()
    assert got.id == noted["deliveryId"]
    assert got.verified(await secret(http))["data"] == job
    assert (await tried(http, job_id, 2))["status"] == "delivered"


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ("302 Found\r\nLocation: http://127.0.0.1:1/", "pending", "redirect not followed"),
        ("410 Gone", "stopped", "not accepted"),
        ("500 No\r\nRetry-After: 120", "pending", "not accepted"),
    ],
)
async def test_an_answer_that_is_no_success_is_recorded_and_followed_by_what_it_means(
    clock: MovedClock, http: httpx2.AsyncClient, receiver: Receiver,
    answer: str, status: str, error: str,
) -> None:  # fmt: skip
    receiver.answer = answer
    job_id = await submit(http, receiver.url)
    noted = await tried(http, job_id, 1)
    (only,) = noted["tries"]
    assert (noted["status"], only["error"]) == (status, error)
    assert only["httpStatus"] == int(answer[:3])
    assert (noted["nextTryAt"] is None) == (status == "stopped")
    assert receiver.received.qsize() == 1


async def test_a_slow_receiver_holds_up_nobody(
    http: httpx2.AsyncClient, receiver: Receiver, other: Receiver
) -> None:
    receiver.answer = None
    for _ in range(6):
        await submit(http, receiver.url, "[sandbox:reject]")
    for _ in range(4):
        await receiver.got()
    job_id = await submit(http, other.url, "[sandbox:reject]")
    assert (await other.got()).verified(await secret(http))["data"]["jobId"] == job_id
    await tried(http, job_id, 1)
    waiting = await log(http, status="pending")
    assert [each["tries"] for each in waiting] == [[]] * 6
    await receiver.close()


@pytest.mark.promise("jobs: webhook-rotation")
async def test_a_rotated_secret_signs_beside_the_new_one_for_a_day(
    application: Application, http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    old = await secret(http)
    await submit(http, receiver.url, "[sandbox:reject]")
    (await receiver.got()).verified(old)
    rotated = (await http.post(f"{HOOKS}/rotate-secret")).json()
    new = rotated["secret"]
    assert (rotated["previousSecret"], new != old) == (old, True)
    await submit(http, receiver.url, "[sandbox:reject]")
    during = await receiver.got()
    assert during.verified(old) == during.verified(new)
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    async with application.database.write() as session:
        await session.execute(text("UPDATE webhook_secret SET ends_at = 1 WHERE ends_at > 0"))
    await submit(http, receiver.url, "[sandbox:reject]")
    after = await receiver.got()
    after.verified(new)
    with pytest.raises(WebhookVerificationError):
        after.verified(old)
    shown = (await http.get(HOOKS)).json()
    assert (shown["secret"], shown["previousSecret"]) == (new, None)


async def test_each_account_and_mode_has_a_secret_that_no_row_holds(
    application: Application, http: httpx2.AsyncClient
) -> None:
    async with account(application) as neighbour, account(application, "live") as live:
        secrets = {await secret(each) for each in (http, neighbour, live)}
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
        body = {"task": "image.generate", "input": picture(), "webhook": {"url": url}}
        for query in ({}, {"dryRun": "1"}):
            answer = await http.post(JOBS, json=body, params=query)
            assert problem(answer, 422, "webhook_url_refused")["field"] == "webhook.url"
        problem(await http.post(f"{HOOKS}/test", json={"url": url}), 422, "webhook_url_refused")
    assert (await http.get(JOBS)).json()["data"] == []
    assert (await http.get("/api/v1/balance")).json()["availableMicrousd"] == 5_000_000


async def test_a_delivery_is_sent_again_under_its_id_and_only_by_its_owner(
    application: Application, http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    job_id = await submit(http, receiver.url, "[sandbox:reject]")
    first = await receiver.got()
    await tried(http, job_id, 1)
    path, named = f"{HOOKS}/redeliver", {"deliveryId": first.id}
    async with account(application) as stranger:
        foreign = problem(await stranger.post(path, json=named), 404, "not_found")
        unknown = {"deliveryId": Ids().new("whd")}
        random = problem(await stranger.post(path, json=unknown), 404, "not_found")
        assert foreign | {"requestId": ""} == random | {"requestId": ""}
        assert await log(stranger) == []
    assert (await http.post(path, json=named)).status_code == 202
    assert (await receiver.got()).id == first.id
    assert (await tried(http, job_id, 2))["status"] == "delivered"


async def test_a_test_ping_says_what_came_back_ten_times_a_minute(
    http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    receiver.answer = "418 Teapot"
    answer = await http.post(f"{HOOKS}/test", json={"url": receiver.url})
    assert answer.status_code == 200
    assert (answer.json()["httpStatus"], answer.json()["error"]) == (418, "not accepted")
    message = (await receiver.got()).verified(await secret(http))
    assert (message["type"], message["data"]) == ("test.ping", {"livemode": False})
    for _ in range(9):
        await http.post(f"{HOOKS}/test", json={"url": receiver.url})
    refused = await http.post(f"{HOOKS}/test", json={"url": receiver.url})
    problem(refused, 429, "rate_limited")
    assert await log(http) == []


async def test_who_waits_for_a_turn_to_send_keeps_nobody_from_writing(
    application: Application, http: httpx2.AsyncClient, receiver: Receiver, other: Receiver
) -> None:
    job_id = await submit(http, receiver.url, "[sandbox:reject]")
    named = {"deliveryId": (await receiver.got()).id}
    await tried(http, job_id, 1)
    other.answer = None
    async with account(application) as stranger, asyncio.TaskGroup() as group:
        pings = [
            group.create_task(http.post(f"{HOOKS}/test", json={"url": other.url})) for _ in range(4)
        ]
        for _ in pings:
            await other.got()
        again = group.create_task(http.post(f"{HOOKS}/redeliver", json=named))
        for _ in range(3):
            await submit(stranger, receiver.url)
        assert not any(each.done() for each in (*pings, again))
        other.hang_up()
    assert again.result().status_code == 202


async def test_two_senders_send_each_delivery_once(
    application: Application, http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    ports = application.ports
    senders = [
        DeliverySender(application.database, ports.get(WebhookSender), ports.get(OutputUrls))
        for _ in range(4)
    ]
    await application.sweeper.stop()
    jobs = [await submit(http, receiver.url, SLOW) for _ in range(4)]
    for job_id in jobs:
        await http.post(f"{JOBS}/cancel", json={"jobId": job_id})
    for _ in range(3):
        await asyncio.gather(*(sender.send_due() for sender in senders))
        await asyncio.gather(*(sender.drain() for sender in senders))
    assert receiver.received.qsize() == 4
    assert {each["status"] for each in await log(http)} == {"delivered"}


async def test_what_a_dead_sender_had_claimed_is_sent_when_its_lease_is_over(
    application: Application, http: httpx2.AsyncClient, receiver: Receiver
) -> None:
    job_id = await submit(http, receiver.url, "[sandbox:reject]")
    first = await receiver.got()
    await tried(http, job_id, 1)
    dead = (
        "UPDATE webhook_delivery SET state = 'sending', tries_json = '[]', next_try_at = kt_now()"
    )
    async with application.database.write() as session:
        await session.execute(text(dead))
    assert (await receiver.got()).id == first.id


async def test_deliveries_are_forgotten_after_30_days(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, receiver: Receiver
) -> None:
    job_id = await submit(http, receiver.url, "[sandbox:reject]")
    await tried(http, job_id, 1)
    await clock.forward(application.database, 30 * DAY - 60 * SECOND)
    await application.ports.get(DeliverySender).purge()
    assert await log(http)
    await clock.forward(application.database, 61 * SECOND)
    await application.ports.get(DeliverySender).purge()
    assert await log(http) == []
