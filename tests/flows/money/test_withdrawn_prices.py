"""A price that an operator takes back: nothing is charged at it, and nobody is sent in a circle."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import run_application as served
from gateway.configuration.settings import Settings
from gateway.media.submits.price_withdrawals import find_withdrawn, withdraw_prices
from tests.databases import MovedClock
from tests.flows.plan_calls import PLANS, execute_plan, plan_step, prepare_plan, request_plan
from tests.gateway import Client, Gateway, assert_problem, picture_input, quote_item, serve_gateway
from tests.in_process import build_client, open_account_client
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error

pytestmark = pytest.mark.anyio
TASK, JOBS, QUOTE = "image.generate", "/api/v1/media/jobs", "/api/v1/media/quote"


def withdraw_version(gateway: Gateway, version: str) -> int:
    """Withdraw a price version; return how many pending plans have it."""
    words = ("admin", "prices", "withdraw", version, "--reason", "a mistake", "--json")
    found: int = json.loads(gateway.run_command(*words).stdout)["pendingPlans"]
    return found


def list_pricing_calls(
    client: Client, plan: dict[str, Any], quote_id: str
) -> list[Callable[[], httpx2.Response]]:
    """Return each call that prices something or spends at a price."""
    return [
        lambda: client.quote(quote_item(TASK, picture_input())),
        lambda: client.submit(TASK, picture_input(), dry=True),
        lambda: client.submit(TASK, picture_input()),
        lambda: client.submit(TASK, picture_input(), quoteId=quote_id),
        lambda: request_plan(client, plan_step(TASK, picture_input())),
        lambda: execute_plan(client, plan),
    ]


@pytest.mark.promise("jobs: withdrawn-prices")
async def test_without_a_price_every_way_to_spend_says_so(data_dir: Path) -> None:
    """On a gateway of its own, for a withdrawal is for all accounts."""
    with serve_gateway(data_dir) as gateway, gateway.account() as client:
        plan = prepare_plan(client, plan_step(TASK, picture_input()))
        quote_id = client.create_quote(quote_item(TASK, picture_input()))["quoteId"]
        made = client.submit(TASK, picture_input(), key="before")
        assert withdraw_version(gateway, plan["priceVersion"]) == 1
        retried = client.submit(TASK, picture_input(), key="before")
        assert (retried.status_code, retried.text) == (202, made.text)
        for way in list_pricing_calls(client, plan, quote_id):
            assert (
                "Do not prepare or quote it again" in assert_problem(way(), 409, "no_price")["hint"]
            )
        run = {"planId": plan["planId"], "planHash": plan["planHash"]}
        async with open_mcp_client(gateway, client.key) as mcp:
            for name, given in (("image_generate_prepare", picture_input()), ("plan_execute", run)):
                told = read_tool_error(await mcp.call_tool(name, given))
                assert (told["code"], told["retryable"]) == ("no_price", False)
            shown = await mcp.call_tool("plan_get", {"planId": plan["planId"], "waitSeconds": 0})
        assert (
            read_structured_answer(shown)["state"],
            read_structured_answer(shown)["blockedBy"],
        ) == ("pending", ["no_price"])
        assert "do not prepare again" in str(shown.content[0])
        with gateway.browser(client.account_id) as page:
            assert "It has no price any more." in page.get(f"/plans/{plan['planId']}").text

        home = client.http.post("/api/v1/studio/projects", json={"name": "Fox"}).json()
        notes = plan_step("studio.text.save", {"name": "Notes", "content": "A fox."})
        free = prepare_plan(client, notes, projectId=home["projectId"])
        assert (free["totalUsd"], free["blockedBy"]) == ("0.00", [])
        assert execute_plan(client, free).status_code == 202
        assert client.get_balance()["availableUsd"] == "4.98"  # of the job made before


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir, database_url=database_url).with_secrets()


@pytest.mark.promise("jobs: withdrawn-prices")
async def test_after_a_new_table_what_was_priced_before_is_told_the_new_price(
    settings: Settings, clock: MovedClock, tmp_path: Path
) -> None:
    asked = {"task": TASK, "input": picture_input()}
    async with served(settings, clock) as first, open_account_client(first) as http:
        key = http.headers["x-api-key"]
        made = await http.post(
            f"{PLANS}/prepare", json={"steps": [plan_step(TASK, picture_input())]}
        )
        quoted = await http.post(QUOTE, json={"items": [asked]})
    plan, quote = made.json(), {"quoteId": quoted.json()["quoteId"]}
    table = tmp_path / "prices.json"
    table.write_text('{"version": "2", "image.generate": {"imageMicrousd": 30000}}')
    later = settings.model_copy(update={"prices": table})
    async with served(later, clock) as second, build_client(second, key) as http:
        async with second.database.write() as session:
            assert [await withdraw_prices(session, "1") for _ in range(2)] == [True, False]
            assert await find_withdrawn(session, ["1", "2"]) == {"1": True, "2": False}
        run = {"planId": plan["planId"], "planHash": plan["planHash"]}
        calls: list[Awaitable[httpx2.Response]] = [
            http.post(f"{PLANS}/execute", json=run),
            http.post(JOBS, json=asked | quote),
        ]
        for call in calls:
            told = assert_problem(await call, 409, "price_changed")
            assert told["newTotalMicrousd"] == 30_000
        seen = await http.get(PLANS, params={"planId": plan["planId"]})
        assert seen.json()["blockedBy"] == ["price_changed"]
        tried = await http.post(JOBS, json=asked, params={"dryRun": "1"})
        assert (tried.json()["priceUsd"], tried.json()["priceVersion"]) == ("0.03", "2")
