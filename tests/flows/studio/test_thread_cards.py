"""The cards of plans in a thread: who made them, their jobs, and how little reading they take."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from gateway.app import Application
from gateway.configuration.settings import Settings
from gateway.identity.keys.sessions import open_session
from gateway.identity.tables import ApiKey
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import get_account_number
from tests.flows.plan_calls import PLANS, plan_step
from tests.gateway import picture_input
from tests.rows import insert_row
from tests.statements import recorded_statements

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir).with_secrets()


async def post_json(http: httpx2.AsyncClient, path: str, **body: object) -> dict[str, Any]:
    answer = await http.post(path, json=body)
    assert answer.is_success, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def run_picture_plan(http: httpx2.AsyncClient, prompt: str) -> str:
    """Return a plan of one picture that has ended."""
    steps = [plan_step("image.generate", picture_input(prompt))]
    plan = await post_json(http, f"{PLANS}/prepare", steps=steps)
    await post_json(http, f"{PLANS}/execute", planId=plan["planId"], planHash=plan["planHash"])
    for _ in range(4):
        query: dict[str, str | int] = {"planId": plan["planId"], "waitSeconds": 30}
        if (await http.get(PLANS, params=query)).json()["outcome"] == "succeeded":
            return str(plan["planId"])
    raise AssertionError(plan)


async def test_a_thread_reads_its_plans_and_their_jobs_at_once(
    application: Application, http: httpx2.AsyncClient
) -> None:
    ids = Ids()
    home = (await post_json(http, "/api/v1/studio/projects", name="Home"))["projectId"]
    talk = (await post_json(http, "/api/v1/studio/threads", projectId=home))["threadId"]
    plans = [await run_picture_plan(http, f"fox {number}") for number in range(2)]
    async with application.database.write() as session:
        account_id = (await session.execute(select(ApiKey.account_id))).scalar_one()
        _, token = await open_session(session, ids, account_id=account_id, origin="test")
        number = await get_account_number(session, account_id, "test")
        for plan_id in (*plans, ids.new("plan")):  # the last one is forgotten by now
            blocks = json.dumps([{"type": "plan", "planId": plan_id}])
            await insert_row(
                session, "message", id=ids.new("msg"), account_id=number, thread_id=talk,
                role="agent", blocks_json=blocks,
            )  # fmt: skip
    cookie = {"Cookie": f"kt_session={token}", "x-api-key": ""}
    with recorded_statements() as seen:
        shown = await http.get(f"/library/{home}/talks/{talk}?mode=test", headers=cookie)
    assert shown.status_code == 200, shown.text
    assert shown.text.count("It was made with an API key or by a connected app.") == 2
    assert shown.text.count("/files/outputs/job_") >= 2
    reads = {"approval_plan.hash": 2, "plan_step.given_json": 1, "job.effective_input_json": 2}
    for column, most in reads.items():  # what waits and runs is read for the box, too
        assert len([each for each in seen if column in each.partition("FROM")[0]]) <= most, column
