"""Whose yes a plan needs over MCP, and what counts as one."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import pytest
from mcp import types
from mcp.client.context import ClientRequestContext

from tests.flows.mcp.test_mcp_access import mint_key
from tests.flows.plan_calls import plan_step, prepare_plan, read_plan
from tests.gateway import Client, Gateway, picture_input
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error
from tests.mcp_tasks import TasksExtension

pytestmark = pytest.mark.anyio
ERAS = pytest.mark.parametrize("transport", ["http", "http of 2025", "stdio"])


class Person:
    """The person in front of a client, who answers each question in the same way."""

    def __init__(self, action: str, content: Mapping[str, Any] | None) -> None:
        self.questions: list[types.ElicitRequestParams] = []
        self.before: Callable[[], None] = lambda: None  # what the person does before answering
        self._answer = types.ElicitResult.model_validate({"action": action, "content": content})

    async def __call__(
        self,
        context: ClientRequestContext,  # noqa: ARG002 - the SDK's name
        params: types.ElicitRequestParams,
    ) -> types.ElicitResult:
        self.questions.append(params)
        self.before()
        return self._answer


async def run_plan(mcp: Any, plan: dict[str, Any]) -> Any:  # noqa: ANN401 - the SDK's
    given = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50}
    return await mcp.call_tool("plan_execute", given)


@pytest.fixture
def asking(client: Client) -> str:
    """A key that runs nothing by itself, and up to a dollar after a yes."""
    return mint_key(client, "media", autoApproveUsd="0", confirmUpToUsd="1")


@pytest.mark.promise("mcp: consent")
@ERAS
async def test_a_plan_runs_after_a_yes_to_its_price(
    gateway: Gateway, client: Client, asking: str, transport: str
) -> None:
    person = Person("accept", {"approve": True})
    async with open_mcp_client(gateway, asking, transport, elicitation_callback=person) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
        )
        assert plan["requiresHumanApproval"]
        done = read_structured_answer(await run_plan(mcp, plan))
    assert done["outcome"] == "succeeded"
    (question,) = person.questions
    assert isinstance(question, types.ElicitRequestFormParams)
    for part in (plan["planId"], "image.generate", "$0.02"):
        assert part in question.message
    schema = question.requested_schema
    assert schema["required"] == ["approve"]
    assert "default" not in schema["properties"]["approve"]
    assert client.get_balance()["balanceUsd"] == "4.98"


@pytest.mark.parametrize(
    ("action", "content"),
    [("accept", {}), ("accept", {"approve": False}), ("decline", None), ("cancel", None)],
)
async def test_anything_but_a_yes_spends_nothing(
    gateway: Gateway, client: Client, asking: str, action: str, content: dict[str, Any] | None
) -> None:
    for transport in ("http", "http of 2025"):
        person = Person(action, content)
        async with open_mcp_client(gateway, asking, transport, elicitation_callback=person) as mcp:
            plan = read_structured_answer(
                await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
            )
            refused = read_tool_error(await run_plan(mcp, plan))
        assert person.questions
        assert refused["code"] == "approval_required"
        assert "your client may have answered by itself" in refused["hint"]
        assert "confirmed" not in refused["message"]
        assert read_plan(client, plan)["state"] == "pending"
    assert client.get_balance()["availableUsd"] == "5.00"


async def test_a_person_approves_on_the_page_and_the_plan_shows_its_jobs(
    gateway: Gateway, client: Client
) -> None:
    key = mint_key(client, "studio", "account:read", autoApproveUsd="0", confirmUpToUsd="0")
    async with open_mcp_client(gateway, key) as mcp:
        steps = [{"operation": "image.generate", "input": picture_input("a fox")}]
        plan = read_structured_answer(await mcp.call_tool("plan_prepare", {"steps": steps}))
        refused = read_tool_error(await run_plan(mcp, plan))
        assert (refused["code"], refused["approvalUrl"]) == (
            "approval_required",
            plan["approvalUrl"],
        )
        assert "then wait with plan_get" in refused["hint"]
        with gateway.browser(client.account_id) as page:
            approve_step(page, plan, plan["steps"][0]["stepId"])
        got = read_structured_answer(
            await mcp.call_tool("plan_get", {"planId": plan["planId"], "waitSeconds": 50})
        )
    assert (got["outcome"], len(got["jobIds"])) == ("succeeded", 1)


@pytest.mark.promise("plans: partial")
@pytest.mark.parametrize("transport", ["http", "http of 2025"])
@pytest.mark.parametrize("mode", ["form", "url"])
async def test_a_plan_approved_in_part_meanwhile_is_answered_as_it_ran(
    gateway: Gateway, client: Client, transport: str, mode: str
) -> None:
    """The person approves one of two steps on the page before answering the client."""
    limit = "1" if mode == "form" else "0"
    key = mint_key(client, "studio", "media", autoApproveUsd="0", confirmUpToUsd=limit)
    steps = [
        {"key": word, "operation": "image.generate", "input": picture_input(word)} for word in "ab"
    ]
    with gateway.browser(client.account_id) as page:
        person = Person("accept", {"approve": True} if mode == "form" else None)
        async with open_mcp_client(gateway, key, transport, elicitation_callback=person) as mcp:
            plan = read_structured_answer(await mcp.call_tool("plan_prepare", {"steps": steps}))
            kept, left_out = (each["stepId"] for each in plan["steps"])
            person.before = lambda: approve_step(page, plan, kept)
            answer = await run_plan(mcp, plan)
            again = await run_plan(mcp, plan)
    assert [each.mode for each in person.questions] == [mode]
    for result in (answer, again):
        done = read_structured_answer(result)
        assert (done["outcome"], len(done["jobs"])) == ("succeeded", 1)
        assert [done["droppedStepIds"], done["chargedUsd"]] == [[left_out], "0.02"]
        assert read_first_line(result).endswith("and never run: step 2 (image.generate).")
    assert client.get_balance()["balanceUsd"] == "4.98"


def approve_step(page: httpx2.Client, plan: dict[str, Any], step_id: str) -> None:
    """Approve one step of a plan on its page."""
    form = {"planHash": plan["planHash"], "decision": "approve", f"step.{step_id}": "on"}
    answer = page.post(f"/plans/{plan['planId']}", data=form | {"maxTotalUsd": ""})
    assert answer.status_code == 303


def read_first_line(result: Any) -> str:  # noqa: ANN401 - the SDK's
    text: str = result.content[0].text
    return text.partition("\n")[0]


async def test_what_is_prepared_says_the_step_that_can_be_taken(
    gateway: Gateway, client: Client, asking: str
) -> None:
    async def told(key: str) -> str:
        async with open_mcp_client(gateway, key) as mcp:
            return read_first_line(
                await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
            )

    assert (await told(client.key)).endswith(": show that, then plan_execute.")
    assert (await told(asking)).endswith(", or call plan_execute to ask.")
    page = mint_key(client, "media", autoApproveUsd="0", confirmUpToUsd="0")
    assert (await told(page)).endswith(" and call plan_get.")
    capped = mint_key(client, "media", dailyLimitUsd="0.01")
    assert "would be refused now (key_limit_exceeded)" in await told(capped)
    with gateway.account("0.01") as poor:
        assert "account_topup_link" in await told(poor.key)


async def test_a_hint_names_tools_and_not_paths(gateway: Gateway, client: Client) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        steps = [{"operation": "paint", "input": {}}]
        strange = read_tool_error(await mcp.call_tool("plan_prepare", {"steps": steps}))
        package = read_tool_error(
            await mcp.call_tool("account_topup_link", {"packageCode": "xyz123"})
        )
        denied = read_tool_error(await mcp.call_tool("key_list", {}))
    assert "`video.generate`" in strange["hint"]
    assert "`pocket_100`" in package["hint"]
    assert "toolset admin" in denied["hint"]
    assert "/api/v1" not in strange["hint"] + package["hint"] + denied["hint"]


async def test_a_client_that_opens_pages_is_sent_to_the_page(
    gateway: Gateway, client: Client
) -> None:
    key = mint_key(client, "media", autoApproveUsd="0", confirmUpToUsd="0")
    person = Person("decline", None)
    async with open_mcp_client(gateway, key, "http of 2025", elicitation_callback=person) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
        )
        assert read_tool_error(await run_plan(mcp, plan))["code"] == "approval_required"
    assert [getattr(each, "url", None) for each in person.questions] == [plan["approvalUrl"]]


async def test_an_argument_that_is_not_offered_is_no_consent(
    gateway: Gateway, client: Client, asking: str
) -> None:
    async with open_mcp_client(gateway, asking) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
        )
        given = {"planId": plan["planId"], "planHash": plan["planHash"]}
        refused = read_tool_error(
            await mcp.call_tool("plan_execute", {**given, "confirmedInClient": True})
        )
    assert (refused["code"], refused["field"]) == ("invalid_input", "confirmedInClient")
    assert read_plan(client, plan)["state"] == "pending"


@pytest.mark.promise("mcp: consent")
@pytest.mark.parametrize("extensions", [[], [TasksExtension()]], ids=["plain", "with tasks"])
async def test_what_was_run_is_never_answered_as_an_error(
    gateway: Gateway, client: Client, extensions: list[TasksExtension]
) -> None:
    """A key with scope studio alone runs plans and cannot read their jobs."""
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))
    key = mint_key(client, "studio", autoApproveUsd="1")
    async with open_mcp_client(gateway, key, extensions=extensions) as mcp:
        first, again = await run_plan(mcp, plan), await run_plan(mcp, plan)
    (job_id,) = read_plan(client, plan)["jobIds"]
    for answer in (first, again):
        assert read_structured_answer(answer)["jobs"] == [{"jobId": job_id}]
        assert "media or account:read" in str(answer)
    assert client.wait_for_job(job_id)["status"] == "succeeded"
    assert client.get_balance()["balanceUsd"] == "4.98"
