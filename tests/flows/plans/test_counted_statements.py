"""The number of statements that a submit and an execute send, which may not grow unnoticed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.configuration.settings import Settings
from tests.flows.plan_calls import PLANS, plan_step
from tests.gateway import picture_data_uri, picture_input
from tests.statements import recorded_statements

pytestmark = pytest.mark.anyio
ROW_COLUMNS = (
    "approval_plan.owner_id",
    "plan_step.given_json",
)  # columns that only whole rows have


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir, database_url=database_url).with_secrets()


async def prepare_two_steps(http: httpx2.AsyncClient) -> dict[str, Any]:
    """Return what executes a plan of two steps, one of which has a stored input."""
    given = [
        plan_step("image.generate", picture_input("fox")),
        plan_step("image.edit", {"prompt": "night", "image": picture_data_uri()}),
    ]
    answer = await http.post(f"{PLANS}/prepare", json={"steps": given})
    assert answer.status_code == 201, answer.text
    return {name: answer.json()[name] for name in ("planId", "planHash")}


def count_reads(statements: Sequence[str]) -> list[int]:
    """Return how often the row of a plan, and the rows of its steps, were read."""
    return [
        sum(column in each.partition("FROM")[0] for each in statements) for column in ROW_COLUMNS
    ]


def find_first_hold(statements: Sequence[str]) -> int:
    """Return the place of the write that gives the steps their holds."""
    holding = "UPDATE plan_step SET state = given.state, hold_id"
    return next(place for place, each in enumerate(statements) if holding in each)


async def test_a_submit_looks_up_its_key_and_its_price_before_the_admission(
    http: httpx2.AsyncClient,
) -> None:
    given = {"task": "image.generate", "input": picture_input("fox")}
    await http.post("/api/v1/media/jobs", json=given)  # the first one looks up its API key too
    with recorded_statements() as statements:
        submitted = await http.post(
            "/api/v1/media/jobs", json=given, headers={"Idempotency-Key": "one"}
        )
    assert submitted.status_code == 202, submitted.text
    sent = [each for each in statements if not each.startswith("BEGIN")]
    assert len(sent) <= 2, sent
    assert not [each for each in sent if "advisory" in each], "a submit waits for no twin"


async def test_executing_reads_the_plan_and_its_steps_once(http: httpx2.AsyncClient) -> None:
    plan = await prepare_two_steps(http)
    with recorded_statements() as statements:
        executed = await http.post(f"{PLANS}/execute", json=plan)
    assert executed.status_code == 202, executed.text
    assert count_reads(statements[: find_first_hold(statements)]) == [1, 1]


async def test_a_replay_writes_and_locks_nothing(http: httpx2.AsyncClient) -> None:
    plan = await prepare_two_steps(http)
    await http.post(f"{PLANS}/execute", json=plan)
    for _ in range(6):  # both steps have ended, so nothing is left to move on
        ended = await http.get(PLANS, params={"planId": plan["planId"], "waitSeconds": 10})
        if ended.json()["outcome"] == "succeeded":
            break
    with recorded_statements() as statements:
        replayed = await http.post(f"{PLANS}/execute", json=plan)
    assert replayed.status_code == 200, replayed.text
    assert not [each for each in statements if "UPDATE approval_plan" in each]
    assert not [each for each in statements if "FOR UPDATE" in each and "approval_plan" in each]
