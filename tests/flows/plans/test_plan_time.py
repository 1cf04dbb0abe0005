"""Plans over time: they expire, their steps give up after a day, their bytes and rows go."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY, HOUR, MINUTE, to_iso
from gateway.kit.database.sessions import Session
from gateway.ledger.invariants import check_invariants
from gateway.studio.plans import operator_plans
from gateway.studio.plans.execution.advancer import PlanAdvancer
from gateway.studio.plans.sweeps import PlanSweeps
from tests.databases import MovedClock
from tests.flows.plan_calls import PLANS, plan_step
from tests.gateway import picture_data_uri, picture_input
from tests.in_process import build_client

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    given = Settings(
        data_dir=data_dir,
        database_url=database_url,
        running_jobs=1,
        queued_jobs=2,
        job_input_days=3,
    )
    return given.with_secrets()


async def prepare_plan(http: httpx2.AsyncClient, *steps: dict[str, Any]) -> dict[str, Any]:
    answer = await http.post(f"{PLANS}/prepare", json={"steps": list(steps)})
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


async def execute_plan(http: httpx2.AsyncClient, plan: dict[str, Any]) -> httpx2.Response:
    body = {"planId": plan["planId"], "planHash": plan["planHash"]}
    return await http.post(f"{PLANS}/execute", json=body)


async def read_plan(
    http: httpx2.AsyncClient, plan: dict[str, Any], seconds: int = 0
) -> dict[str, Any]:
    query: dict[str, str | int] = {"planId": plan["planId"], "waitSeconds": seconds}
    found: dict[str, Any] = (await http.get(PLANS, params=query)).json()
    return found


async def run_plan(http: httpx2.AsyncClient, plan: dict[str, Any]) -> dict[str, Any]:
    """Return an executed plan, when it has ended."""
    for _ in range(4):
        found = await read_plan(http, plan, 30)
        if found["outcome"] not in {None, "running"}:
            return found
    raise AssertionError(f"{plan['planId']} runs for ever")


def list_stored_files(data_dir: Path) -> list[str]:
    return [path.name for path in (data_dir / "files" / "inputs").glob("*")]


async def test_a_plan_nobody_ran_expires_and_its_bytes_are_dropped(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock, data_dir: Path
) -> None:
    plan = await prepare_plan(
        http, plan_step("image.edit", {"prompt": "night", "image": picture_data_uri()})
    )
    assert len(list_stored_files(data_dir)) == 1
    await clock.advance(application.database, 15 * MINUTE)
    assert (await read_plan(http, plan))["state"] == "expired"
    answer = await execute_plan(http, plan)
    assert (answer.status_code, answer.json()["code"]) == (410, "plan_expired")
    balance = (await http.get("/api/v1/balance")).json()
    assert balance["availableMicrousd"] == 5_000_000
    sweeps: PlanSweeps = application.ports.get(PlanSweeps)
    await sweeps.expire_plans()
    await clock.advance(application.database, 2 * MINUTE)
    await sweeps.delete_stale_media()
    await sweeps.delete_orphan_media()
    assert list_stored_files(data_dir) == []
    await clock.advance(application.database, 91 * DAY)
    await sweeps.delete_old_plans()
    gone = await http.get(PLANS, params={"planId": plan["planId"]})
    assert gone.status_code == 404


async def test_bytes_that_are_gone_make_a_plan_stale(
    application: Application, http: httpx2.AsyncClient
) -> None:
    plan = await prepare_plan(
        http, plan_step("image.edit", {"prompt": "night", "image": picture_data_uri()})
    )
    (name,) = await application.storage.list_folders("inputs")
    await application.storage.delete_folder(f"inputs/{name}")
    answer = await execute_plan(http, plan)
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_stale")
    assert (await read_plan(http, plan))["state"] == "pending"


async def test_bytes_without_a_plan_are_dropped_after_an_hour(
    application: Application, clock: MovedClock, data_dir: Path, tmp_path: Path
) -> None:
    sweeps: PlanSweeps = application.ports.get(PlanSweeps)
    lost = application.ports.get(PlanAdvancer).ids.new("plan")
    (tmp_path / "x").write_bytes(b"x")
    await application.storage.put_file(f"inputs/{lost}/0/0.png", tmp_path / "x", "image/png")
    await sweeps.delete_orphan_media()
    assert list_stored_files(data_dir) == [lost]
    await clock.advance(application.database, HOUR + MINUTE)
    await sweeps.delete_orphan_media()
    assert list_stored_files(data_dir) == []


async def test_what_was_written_for_a_plan_is_blanked_as_for_a_job(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    saved = plan_step("studio.text.save", {"name": "N", "content": "SECRET"})
    plans = [
        await prepare_plan(
            http, plan_step("image.generate", picture_input("SECRET [sandbox:fail]")), saved
        ),
        await prepare_plan(http, plan_step("image.generate", picture_input("SECRET")), saved),
    ]
    assert (await execute_plan(http, plans[0])).status_code == 202
    assert (await run_plan(http, plans[0]))["outcome"] == "partial"
    sweeps: PlanSweeps = application.ports.get(PlanSweeps)
    await clock.advance(application.database, 2 * DAY)
    await sweeps.blank_old_texts()
    assert "SECRET" in json.dumps(await read_plan(http, plans[0]))
    await clock.advance(application.database, DAY + HOUR)
    await sweeps.blank_old_texts()
    for plan in plans:
        kept = await read_plan(http, plan)
        assert "SECRET" not in json.dumps(kept)
        assert kept["steps"][0]["input"]["width"] == 256
    resumed = await http.post(f"{PLANS}/prepare", json={"resumeOf": plans[0]["planId"]})
    assert (resumed.status_code, resumed.json()["code"]) == (409, "nothing_to_resume")
    async with application.database.read() as snapshot:
        assert await operator_plans.find_changed_plans(snapshot) == []
    assert await check_invariants(application.database) == []


async def test_steps_that_find_the_queue_full_wait_until_there_is_room(
    application: Application, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def many(_session: Session, _book: str) -> int:
        return application.settings.max_queued_jobs

    monkeypatch.setattr("gateway.media.plan_steps.count_queued_jobs", many)
    plan = await prepare_plan(http, plan_step("image.generate", picture_input()))
    answer = (await execute_plan(http, plan)).json()
    assert (answer["outcome"], answer["steps"][0]["state"]) == ("running", "waiting")
    assert (await http.get("/api/v1/balance")).json()["heldMicrousd"] == 20_000
    monkeypatch.undo()
    assert (await run_plan(http, plan))["outcome"] == "succeeded"
    balance = (await http.get("/api/v1/balance")).json()
    assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 4_980_000)


async def test_steps_beyond_the_queue_limit_wait_and_after_a_day_give_up(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    slow = [plan_step("image.generate", picture_input(f"{n} [sandbox:slow=600]")) for n in range(4)]
    plan = await prepare_plan(http, *slow)
    answer = await execute_plan(http, plan)
    assert answer.status_code == 202, answer.text
    first = [each["state"] for each in answer.json()["steps"]]
    assert first.count("waiting") >= 1
    await clock.advance(application.database, DAY + MINUTE)
    await application.ports.get(PlanAdvancer).advance_movable_plans()
    now = await read_plan(http, plan)
    assert "waiting" not in [each["state"] for each in now["steps"]]
    assert "skipped" in [each["state"] for each in now["steps"]]
    for job in now["jobIds"]:
        await http.post("/api/v1/media/jobs/cancel", json={"jobId": job})
    assert (await run_plan(http, plan))["outcome"] in {"canceled", "failed"}
    balance = (await http.get("/api/v1/balance")).json()
    assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000)


@pytest.mark.promise("plans: stopped-with-its-spender")
async def test_a_plan_stops_when_the_key_that_ran_it_expires(
    application: Application, http: httpx2.AsyncClient, clock: MovedClock
) -> None:
    ends = to_iso(clock.now() + HOUR)
    body = {"label": "a", "scopes": ["media", "account:read"], "expiresAt": ends}
    made = (await http.post("/api/v1/keys", json=body)).json()
    slow = plan_step("image.generate", picture_input("a fox [sandbox:slow=600]"), key="slow")
    plan = await prepare_plan(
        http, slow, plan_step("image.generate", picture_input(), dependsOn=["slow"])
    )
    async with build_client(application, made["apiKey"]) as agent:
        assert (await execute_plan(agent, plan)).status_code == 202
    await clock.advance(application.database, HOUR - MINUTE)
    await application.ports.get(PlanAdvancer).advance_movable_plans()
    assert (await read_plan(http, plan))["steps"][1]["state"] == "waiting"
    await clock.advance(application.database, 2 * MINUTE)
    await application.ports.get(PlanAdvancer).advance_movable_plans()
    now = await read_plan(http, plan)
    assert (now["steps"][1]["state"], now["error"]["code"]) == ("skipped", "key_revoked")
    assert now["jobIds"] == [now["steps"][0]["jobId"]]
