"""Preferences of an account: what is kept, mails about long jobs and plans, the settings page."""

import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.operation import Caller
from gateway.ledger.accounts.owners import get_account_number
from gateway.mail.outbox import Mailer
from gateway.media.jobs.auto_keep import AutoKeeper, KeepChoice
from gateway.media.tables import Job
from tests.databases import MovedClock
from tests.fakes.smtp import Inbox, read_mail_text, run_inbox
from tests.gateway import picture_input
from tests.in_process import build_client, run_sweeps_once

pytestmark = pytest.mark.anyio
API = "/api/v1"
SETTINGS = f"{API}/account/settings"
STUDIO = f"{API}/studio"
PLANS = f"{API}/studio/agent/approval-plans"
ROOM = 1_000_000
ANA = "ana@example.com"
PLAYGROUND = "/playground/image.generate"
HIDDEN = re.compile(r'name="(maxPriceUsd|pricedInput|idempotencyKey)"[^>]* value="([^"]*)"')


@pytest.fixture
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture
def settings(database_url: str, data_dir: Path, box: Inbox) -> Settings:
    data_dir.mkdir()
    given: dict[str, Any] = {"smtp_url": box.url, "test_studio_bytes": ROOM}
    return Settings(data_dir=data_dir, database_url=database_url, **given).with_secrets()


@pytest.fixture
async def site(
    anyio_backend: str, settings: Settings, clock: MovedClock
) -> AsyncIterator[Application]:
    """A gateway that sends mail, whose clock the test moves."""
    async with run_application(settings, clock) as application:
        yield application


@pytest.fixture
async def web(site: Application, box: Inbox) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that is signed in."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(site.asgi),
        base_url=site.settings.public_url,
        headers={"Sec-Fetch-Site": "same-origin"},
        timeout=60,
    ) as http:
        started = await http.post(f"{API}/auth/email/start", json={"email": ANA})
        code = await to_thread(box.wait_for_code, ANA)
        proof = {"challengeId": started.json()["challengeId"], "code": code}
        answer = await http.post(f"{API}/auth/browser/email/verify", json=proof)
        assert answer.status_code == 200, answer.text
        box.mails.clear()
        yield http


@pytest.fixture
async def program(site: Application, web: httpx2.AsyncClient) -> AsyncIterator[httpx2.AsyncClient]:
    """A program with a key of the same account, which may run no plan by itself."""
    policy = {"autoApproveUsd": "0", "confirmUpToUsd": "0"}
    made = await web.post(f"{API}/keys", json={"label": "agent", "spendPolicy": policy})
    async with build_client(site, made.json()["apiKey"]) as http:
        yield http


async def make_picture(site: Application, web: httpx2.AsyncClient, prompt: str = "a fox") -> str:
    """Order a picture on the playground, without script, and return its job."""
    form = {"prompt": prompt, "width": "256", "height": "256"}
    priced = await web.post(PLAYGROUND, data=form | {"decision": "price"})
    hidden = {name: unescape(value) for name, value in HIDDEN.findall(priced.text)}
    answer = await web.post(PLAYGROUND, data=form | hidden | {"decision": "run"})
    assert answer.status_code == 303, answer.text
    job_id = answer.headers["location"].partition("?")[0].removeprefix("/jobs/")
    return str(job_id)


async def stretch_run(site: Application, program: httpx2.AsyncClient, job_id: str) -> None:
    """Wait until a job has ended, and let it have run for over a minute."""
    query: dict[str, str | int] = {"jobId": job_id, "waitSeconds": 30}
    job = (await program.get(f"{API}/media/jobs", params=query)).json()
    assert job["finishedAt"] is not None, job
    async with site.database.write() as session:
        job = await session.get_one(Job, job_id)
        job.started_at = (job.finished_at or 0) - 61 * SECOND


async def list_mails(site: Application, clock: MovedClock, box: Inbox) -> list[str]:
    """Let the sweeps look, and return the subjects of all mails until now."""
    await clock.advance(site.database, 10 * SECOND)
    await run_sweeps_once(site)
    mailer = site.ports.get(Mailer)
    await mailer.send_due()
    await mailer.close()  # which waits for the mails that the sweeps' own commits began to send
    return [str(mail["Subject"]) for mail in box.mails]


async def wait_for_output(program: httpx2.AsyncClient, job_id: str) -> dict[str, Any]:
    """Wait until a job has ended, and return its only output."""
    query: dict[str, str | int] = {"jobId": job_id, "waitSeconds": 30}
    (output,) = (await program.get(f"{API}/media/jobs", params=query)).json()["outputs"]
    found: dict[str, Any] = output
    return found


async def fill_storage(program: httpx2.AsyncClient, size_bytes: int) -> str:
    """Keep a text of this size, and return its asset."""
    project = await program.post(f"{STUDIO}/projects", json={"name": "Full"})
    query = {"projectId": project.json()["projectId"], "filename": "n.txt"}
    answer = await program.post(f"{STUDIO}/assets/upload", params=query, content=b"a" * size_bytes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["assetId"])


async def test_what_is_made_on_pages_is_kept_until_the_storage_is_nearly_full(
    site: Application, web: httpx2.AsyncClient, program: httpx2.AsyncClient, clock: MovedClock
) -> None:
    made = await wait_for_output(program, await make_picture(site, web))
    again = await wait_for_output(program, await make_picture(site, web, "a dog"))
    query = {"assetId": made["assetId"]}
    asset = (await program.get(f"{STUDIO}/assets/metadata", params=query)).json()
    inbox = {"projectId": asset["projectId"]}
    listed = (await program.get(f"{STUDIO}/projects/assets", params=inbox)).json()["data"]
    assert {each["assetId"] for each in listed} == {made["assetId"], again["assetId"]}
    page = await web.get(f"/library?projectId={asset['projectId']}", follow_redirects=True)
    assert "Inbox" in page.text
    body = {"task": "image.generate", "input": picture_input()}
    api = (await program.post(f"{API}/media/jobs", json=body)).json()
    assert (await wait_for_output(program, api["jobId"]))["assetId"] is None
    asked = (await program.post(f"{API}/media/jobs", json=body | {"keep": True})).json()
    assert (await wait_for_output(program, asked["jobId"]))["assetId"] is not None

    await fill_storage(program, ROOM * 8 // 10)
    assert (await web.get(SETTINGS)).json()["autoKeepNow"] == "starred"
    assert "more than 80 % full" in (await web.get("/settings")).text
    for times_told in (1, 0):
        lost = await make_picture(site, web)
        assert (await wait_for_output(program, lost))["assetId"] is None
        page = await web.get(f"/jobs/{lost}")
        assert page.text.count("no longer kept by themselves") == times_told

    await web.patch(SETTINGS, json={"autoKeep": "none"})
    read = (await web.get(SETTINGS)).json()
    assert (read["autoKeep"], read["autoKeepNow"]) == ("none", "none")
    await clock.advance(site.database, 4 * DAY)
    await run_sweeps_once(site)
    assert (await program.get(asset["downloadUrl"])).status_code == 404
    for kept in (made, again):
        query = {"assetId": kept["assetId"]}
        url = (await program.get(f"{STUDIO}/assets/metadata", params=query)).json()["downloadUrl"]
        assert (await program.get(url)).status_code == 200


async def test_a_nearly_full_storage_is_told_once_each_time(
    site: Application, web: httpx2.AsyncClient, program: httpx2.AsyncClient, clock: MovedClock
) -> None:
    account_id = (await web.get(f"{API}/auth/browser/session")).json()["accountId"]
    async with site.database.read() as snapshot:
        number = await get_account_number(snapshot, account_id, "test")
    caller = Caller(account_id=account_id, ledger_account=number, book="test", scopes=frozenset())
    keeper: AutoKeeper = site.ports.get(AutoKeeper)
    assert await keeper.choose(caller) == KeepChoice(keep=True)
    asset_id = await fill_storage(program, ROOM * 8 // 10)
    assert await keeper.choose(caller) == KeepChoice(keep=False, is_news=True)
    assert await keeper.record_told(caller)
    assert await keeper.choose(caller) == KeepChoice(keep=False)
    assert not await keeper.record_told(caller)
    body = {"assetId": asset_id, "archived": True}
    await program.patch(f"{STUDIO}/assets/metadata", json=body)
    await clock.advance(site.database, 31 * DAY)
    await run_sweeps_once(site)
    assert await keeper.choose(caller) == KeepChoice(keep=True)
    await fill_storage(program, ROOM * 8 // 10)
    assert (await keeper.choose(caller)).is_news


async def test_a_star_keeps_an_output_as_far_as_there_is_room(
    web: httpx2.AsyncClient, program: httpx2.AsyncClient
) -> None:
    body = {"task": "image.generate", "input": picture_input()}
    jobs = [(await program.post(f"{API}/media/jobs", json=body)).json()["jobId"] for _ in range(3)]
    sizes = [(await wait_for_output(program, job_id))["bytes"] for job_id in jobs]
    first, second, third = jobs

    async def star(job_id: str) -> dict[str, Any]:
        outputs = [{"jobId": job_id, "outputIndex": 0}]
        change = {"outputs": outputs, "starred": True}
        answer = await program.patch(f"{API}/media/outputs", json=change)
        assert answer.status_code == 200, answer.text
        changed: dict[str, Any] = answer.json()
        assert changed["data"][0]["starred"]
        return changed

    kept = await star(first)
    assert kept["notKept"] == []
    asset_id = kept["data"][0]["assetId"]
    assert (await wait_for_output(program, first))["assetId"] == asset_id is not None
    assert (await star(first))["data"][0]["assetId"] == asset_id

    await fill_storage(program, ROOM - sizes[0] - 1)
    full = await star(second)
    assert full["data"][0]["assetId"] is None
    assert [each["code"] for each in full["notKept"]] == ["storage_quota_exceeded"]
    await web.patch(SETTINGS, json={"autoKeep": "none"})
    alone = await star(third)
    assert (alone["data"][0]["assetId"], alone["notKept"]) == (None, [])


async def test_who_wants_it_gets_one_mail_about_long_jobs_in_five_minutes(
    site: Application,
    web: httpx2.AsyncClient,
    program: httpx2.AsyncClient,
    clock: MovedClock,
    box: Inbox,
) -> None:
    assert (await web.get(SETTINGS)).json()["mailDone"] is False
    await stretch_run(site, program, await make_picture(site, web))
    assert await list_mails(site, clock, box) == []
    assert (await web.patch(SETTINGS, json={"mailDone": True})).json()["mailDone"] is True

    assert await list_mails(site, clock, box) == []  # what ended before is no news
    first = await make_picture(site, web)
    await stretch_run(site, program, first)
    quick: dict[str, str | int] = {"jobId": await make_picture(site, web), "waitSeconds": 30}
    await program.get(f"{API}/media/jobs", params=quick)
    assert await list_mails(site, clock, box) == ["Your picture is ready"]
    assert f"/create/{first}/0?mode=" in read_mail_text(box.mails[0])

    for prompt in ("a fox", "a fox [sandbox:fail]"):
        await stretch_run(site, program, await make_picture(site, web, prompt))
    body = {"task": "image.generate", "input": picture_input()}
    made = await program.post(f"{API}/media/jobs", json=body)
    await stretch_run(site, program, made.json()["jobId"])
    assert len(await list_mails(site, clock, box)) == 1
    await clock.advance(site.database, 5 * MINUTE)
    assert (await list_mails(site, clock, box))[1:] == ["1 result is ready, 1 failed"]
    assert "has cost nothing" in read_mail_text(box.mails[1])
    await clock.advance(site.database, 5 * MINUTE)
    assert len(await list_mails(site, clock, box)) == 2


async def prepare_plan(program: httpx2.AsyncClient) -> str:
    step = {"operation": "image.generate", "input": picture_input()}
    answer = await program.post(f"{PLANS}/prepare", json={"steps": [step]})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["planId"])


async def test_a_plan_that_waits_for_a_person_is_mailed_with_a_link_that_approves_nothing(
    site: Application,
    web: httpx2.AsyncClient,
    program: httpx2.AsyncClient,
    clock: MovedClock,
    box: Inbox,
) -> None:
    await prepare_plan(program)
    assert await list_mails(site, clock, box) == []
    await web.patch(SETTINGS, json={"mailPlans": True})
    plan_id = await prepare_plan(program)
    assert await list_mails(site, clock, box) == ["An agent asks for your approval"]
    text = read_mail_text(box.mails[0])
    assert f"/plans/{plan_id}?mode=test" in text
    assert "$0.02 of play money" in text
    assert (await web.get(f"/plans/{plan_id}")).status_code == 200
    read = await web.get(PLANS, params={"planId": plan_id})
    assert read.json()["state"] == "pending"
    for _ in range(2):
        await prepare_plan(program)
    assert len(await list_mails(site, clock, box)) == 1
    await clock.advance(site.database, MINUTE)
    assert (await list_mails(site, clock, box))[1:] == ["2 plans wait for you"]


async def test_the_page_of_settings_changes_what_a_maker_wants(web: httpx2.AsyncClient) -> None:
    page = await web.get("/settings")
    assert 'name="home" value="create" checked' in page.text
    form = {"home": "console", "autoKeep": "starred", "mailDone": "1"}
    assert (await web.post("/settings/making", data=form)).status_code == 303
    read = (await web.get(SETTINGS)).json()
    assert [read[name] for name in ("home", "autoKeep", "mailPlans", "mailDone")] == [
        "console",
        "starred",
        False,
        True,
    ]
    assert 'name="autoKeep" value="starred" checked' in (await web.get("/settings")).text
    answer = await web.patch(SETTINGS, json={"autoKeep": "some"})
    assert (answer.status_code, answer.json()["field"]) == (422, "autoKeep")
