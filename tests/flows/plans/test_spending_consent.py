"""Whose yes spending needs: one rule over every operation that can hold or spend credit."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client import Client as Mcp

import gateway as package
from gateway import tools
from gateway.catalogue import list_operations
from gateway.kit.errors import InsufficientCredits, ScopeDenied
from gateway.kit.operation import Caller, Operation, authorise_call
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.flows.mcp.test_mcp_consent import Person
from tests.flows.oauth_apps import open_app, open_client_elsewhere
from tests.flows.plan_calls import plan_step, prepare_plan, read_plan
from tests.gateway import Client, Gateway, assert_problem, picture_input
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error
from tests.studio.messages import prepare_message
from tests.studio.playing import gateway as gateway
from tests.studio.playing import get_held_microusd
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.playing import talk as talk
from tests.studio.talks import get_snapshot

pytestmark = pytest.mark.anyio
KEYS, SETTINGS = "/api/v1/keys", "/api/v1/studio/settings"
OPERATIONS = {each.id: each for each in list_operations()}
VERBS = re.compile(r"transfers\.(?:Hold|consume)\(")
SITES = {
    "ledger/operations.py": "consumeCredits",
    "media/submits/admission.py": "submitJob",
    "studio/agent/messages.py": "sendMessage",
    "studio/plans/execution/executor.py": "executePlan",
}


def prepare_picture_plan(client: Client, _talk: str) -> dict[str, str]:
    """Prepare a plan; return what executes it."""
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))
    return {"planId": plan["planId"], "planHash": plan["planHash"]}


def price_message(client: Client, talk: str) -> dict[str, str]:
    """Price a message; return what sends it."""
    return {"quoteId": prepare_message(client, talk).json()["quoteId"]}


# What a caller spends on under the rule of consent, by the operation that spends.
SPENDING_CASES: dict[str, Callable[[Client, str], dict[str, str]]] = {
    "executePlan": prepare_picture_plan,
    "sendMessage": price_message,
}
BY_CONSENT = pytest.mark.parametrize("spending", list(SPENDING_CASES))


def mint_agent_key(client: Client, **policy: str | None) -> str:
    """Mint a key for everything an agent does, with a spend policy."""
    scopes = ["media", "studio", "account:read"]
    given = {"label": "agent", "scopes": scopes, "spendPolicy": policy}
    key: str = client.http.post(KEYS, json=given).json()["apiKey"]
    return key


@pytest.fixture
def asking(person: Client) -> str:
    """A key that may spend nothing without asking."""
    return mint_agent_key(person, autoApproveUsd="0")


@pytest.fixture
def token(gateway: Gateway, person: Client) -> Iterator[str]:
    """The token of an app with all of the agent's tools that may spend nothing without asking."""
    with (
        gateway.browser(person.account_id) as http,
        open_client_elsewhere(gateway, **dict(http.headers)) as browser,
        open_app(gateway) as program,
    ):
        yield program.connect(browser, **{"toolset.agent": "on"})["access_token"]


@pytest.fixture
def page(gateway: Gateway, person: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(person.account_id) as http:
        yield http


@asynccontextmanager
async def open_agent_client(gateway: Gateway, key: str, **more: Any) -> AsyncIterator[Mcp]:  # noqa: ANN401
    async with open_mcp_client(gateway, key, "http", "x-mcp-toolsets:all", **more) as mcp:
        yield mcp


def find_tool_name(operation_id: str) -> str:
    """Return the tool of an operation."""
    (tool,) = tools.TOOLS[operation_id]
    return tool.name


@pytest.mark.promise("identity: spending-rule")
def test_every_operation_that_can_spend_says_by_which_rule() -> None:
    """A new one needs a rule, a case above, and its place here."""
    spending = {each.id for each in OPERATIONS.values() if each.spends != "no"}
    assert spending == {
        each.id for each in OPERATIONS.values() if InsufficientCredits in each.problems
    }
    asked = {each.id for each in OPERATIONS.values() if each.spends == "by consent"}
    assert asked == set(SPENDING_CASES)
    root = Path(package.__file__).parent
    sites = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if VERBS.search(path.read_text())
    }
    assert sites == set(SITES)
    assert spending == set(SITES.values())


@pytest.mark.promise("identity: spending-rule")
@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS.values() if each.spends == "directly"]
)
def test_a_connected_app_has_no_way_to_spend_directly(
    gateway: Gateway, token: str, operation: Operation
) -> None:
    assert tools.render_tools(operation.id) == []
    with gateway.client(token) as http:
        assert_problem(http.request(operation.method, operation.path, json={}), 401, "unauthorized")
    scopes = frozenset({"media", "studio"})
    key = Caller(account_id="acct_1", ledger_account=1, book="test", key_id="key_1", scopes=scopes)
    authorise_call(operation, key)
    with pytest.raises(ScopeDenied, match="connected app"):
        authorise_call(operation, replace(key, key_id="grant_1"))


@pytest.mark.promise("identity: spending-rule")
@BY_CONSENT
def test_a_key_that_may_spend_nothing_unasked_is_refused_over_rest(
    gateway: Gateway, person: Client, talk: str, asking: str, spending: str
) -> None:
    given, operation = SPENDING_CASES[spending](person, talk), OPERATIONS[spending]
    with gateway.client(asking) as http:
        for claim in ({}, {"confirmedInClient": True}):
            answer = http.request(operation.method, operation.path, json=given | claim)
            told = assert_problem(answer, 403, "approval_required")
            assert told["consent"] == "approve"
            assert told["approvalUrl"].startswith(f"{gateway.base}/")
    assert (get_held_microusd(person), person.get_balance()["balanceUsd"]) == (0, "5.00")


@pytest.mark.promise("identity: spending-rule")
@BY_CONSENT
@pytest.mark.parametrize("caller", ["asking", "token"])
async def test_a_key_or_an_app_that_may_spend_nothing_unasked_is_refused_over_mcp(
    gateway: Gateway,
    person: Client,
    talk: str,
    caller: str,
    spending: str,
    request: pytest.FixtureRequest,
) -> None:
    given = SPENDING_CASES[spending](person, talk)
    nobody = Person("decline", None)
    key: str = request.getfixturevalue(caller)
    async with open_agent_client(gateway, key, elicitation_callback=nobody) as mcp:
        told = read_tool_error(await mcp.call_tool(find_tool_name(spending), given))
    assert told["code"] == "approval_required"
    assert [each.mode for each in nobody.questions] == ["url"]
    assert (get_held_microusd(person), person.get_balance()["balanceUsd"]) == (0, "5.00")


@pytest.mark.promise("identity: spending-rule")
@BY_CONSENT
async def test_a_yes_in_the_client_counts_up_to_its_limit_and_only_if_it_is_one(
    gateway: Gateway, person: Client, talk: str, spending: str, model: Script
) -> None:
    model.play(ScriptedTurn(text="Hello."))
    given, key = (
        SPENDING_CASES[spending](person, talk),
        mint_agent_key(person, autoApproveUsd="0", confirmUpToUsd="1"),
    )
    for person_says, spent in (({"approve": False}, False), ({}, False), ({"approve": True}, True)):
        answerer = Person("accept", person_says)
        async with open_agent_client(gateway, key, elicitation_callback=answerer) as mcp:
            answer = await mcp.call_tool(find_tool_name(spending), given)
        assert [each.mode for each in answerer.questions] == ["form"]
        if spent:
            read_structured_answer(answer)
        else:
            assert read_tool_error(answer)["code"] == "approval_required"
            assert (get_held_microusd(person), person.get_balance()["balanceUsd"]) == (0, "5.00")
    assert person.get_balance()["balanceUsd"] < "5.00"


@pytest.mark.promise("identity: spending-rule")
async def test_a_person_sends_the_message_of_an_app_on_its_page_and_the_app_reads_the_answer(
    gateway: Gateway, person: Client, talk: str, token: str, page: httpx2.Client, model: Script
) -> None:
    model.play(ScriptedTurn(text="A fox, at night."))
    async with open_agent_client(gateway, token) as mcp:
        asked = {"threadId": talk, "content": "Write about a <fox>"}
        priced = read_structured_answer(await mcp.call_tool("studio_message_prepare", asked))
        assert (priced["consent"], priced["requiresHumanApproval"]) == ("approve", True)
        given = {"quoteId": priced["quoteId"]}
        told = read_tool_error(await mcp.call_tool("studio_message_send", given))
        assert told["approvalUrl"] == priced["approvalUrl"]
        at = told["approvalUrl"].removeprefix(gateway.base)
        shown = page.get(at)
        assert "Send this message?" in shown.text
        assert "Write about a &lt;fox&gt;" in shown.text
        assert "Send for at most $0.25" in shown.text
        assert page.post(at, data=given | {"decision": "approve"}).status_code == 303
        (request,) = {each["requestId"] for each in get_snapshot(person)["activeRequests"]} or {""}
        answered = read_structured_answer(await mcp.call_tool("studio_message_send", given))
    assert answered["requestId"] == request or not request
    assert answered["blocks"] == [{"type": "text", "markdown": "A fox, at night."}]
    assert "The message was sent" in page.get(at).text
    with gateway.account() as stranger, gateway.browser(stranger.account_id) as elsewhere_:
        assert elsewhere_.get(at).status_code == 404


@pytest.mark.promise("identity: spending-rule")
async def test_only_a_person_in_the_browser_lets_the_agent_cost_more(
    gateway: Gateway, person: Client, asking: str, token: str, page: httpx2.Client
) -> None:
    wider: list[dict[str, Any]] = [{"maxPriceUsd": "2.00"}, {"enabled": True}]
    person.http.patch(SETTINGS, json={"agent": {"enabled": False, "maxPriceUsd": "0.10"}})
    for agent in wider:
        for key in (person.key, asking):
            with gateway.client(key) as http:
                assert_problem(http.patch(SETTINGS, json={"agent": agent}), 403, "scope_denied")
        for key in (asking, token):
            async with open_agent_client(gateway, key) as mcp:
                answer = await mcp.call_tool("studio_settings_update", {"agent": agent})
            assert read_tool_error(answer)["code"] == "scope_denied"
    limits = get_snapshot(person)["settings"]["agent"]
    assert (limits["enabled"], limits["maxPriceUsd"]) == (False, "0.10")
    changed = page.patch(SETTINGS, json={"agent": {"enabled": True, "maxPriceUsd": "2.00"}})
    assert changed.json()["agent"]["maxPriceUsd"] == "2.00"


# Every operation that takes limits of spending, and what becomes of one that a key widens.
LIMITS = {"spendPolicy", "maxPriceUsd of the agent"}
WIDENING = {
    "createKey": "no wider than its own, tried in test_key_care",
    "changeKey": "tried below",
    "startDeviceLink": "asks a person",
    "approveDeviceLink": "only a session",
    "changeAccountSettings": "only a session",
    "updateSettings": "tried above",
}


def takes_limits(operation: Operation) -> bool:
    """Return True if a body names what may be spent from then on."""
    schema = str(operation.body.model_json_schema()) if operation.body else ""
    return "autoApproveUsd" in schema or "ChangeAgent" in schema


@pytest.mark.promise("identity: spending-rule")
def test_every_operation_that_takes_limits_is_known(person: Client, gateway: Gateway) -> None:
    assert {each.id for each in OPERATIONS.values() if takes_limits(each)} == set(WIDENING)
    for name in ("approveDeviceLink", "changeAccountSettings"):
        assert OPERATIONS[name].session == "only"
    made = person.http.post(KEYS, json={"label": "x", "spendPolicy": {"autoApproveUsd": "0"}})
    change = {"keyId": made.json()["id"]}
    for policy in ({"autoApproveUsd": "1"}, {"confirmUpToUsd": "1"}, {"autoApproveUsd": None}):
        answer = person.http.patch(KEYS, json=change | {"spendPolicy": policy})
        assert_problem(answer, 403, "scope_escalation")
    with gateway.browser(person.account_id) as page:
        answer = page.patch(KEYS, json=change | {"spendPolicy": {"autoApproveUsd": "1"}})
    assert answer.json()["spendPolicy"]["autoApproveUsd"] == "1.00"


@pytest.mark.promise("identity: spending-rule")
def test_nothing_without_asking_means_a_person_also_for_a_test_key(
    gateway: Gateway, person: Client, asking: str
) -> None:
    plan = prepare_plan(person, plan_step("image.generate", picture_input()))
    with gateway.client(asking) as http:
        own = http.get("/api/v1/balance").json()["key"]["spendPolicy"]
        agent = Client(http, asking, person.account_id)
        assert read_plan(agent, plan)["consent"] == "approve"
    assert (own["autoApproveUsd"], own["confirmUpToUsd"]) == ("0.00", "0.00")
    made = person.http.post(KEYS, json={"label": "later"}).json()
    less = {"keyId": made["id"], "spendPolicy": {"autoApproveUsd": "0"}}
    assert person.http.patch(KEYS, json=less).json()["spendPolicy"]["confirmUpToUsd"] == "0.00"
