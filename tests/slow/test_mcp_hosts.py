"""MCP hosts from npm against a real gateway: what their model is told.

A script stands in for the model on loopback and decides each call from what the host passes on.
`KT_TEST_SLOW=1 ./test tests/slow -k mcp_hosts -s` needs npm and prints each exchange.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fakes.models.script import ModelPlay, ScriptedModel, ToolCall, ToolResult
from tests.fakes.models.serving import serve_scripted_model
from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.slow.mcp_hosts import HOSTS, HOSTS_PAGE, TALKING_HOSTS, Host, install_hosts

pytestmark = pytest.mark.slow
WAIT = {"waitSeconds": 50}
MOST_CHARACTERS = 1_500  # characters of a call and of what was told of it
SMALL = {"width": 256, "height": 256, "durationFrames": 9}


Talk = Callable[[str, ModelPlay], None]
Connection = tuple[Host, bool]
CONNECTIONS = [(host, stdio) for host in HOSTS for stdio in (False, True)]


def get_row_name(connection: Connection) -> str:
    """Return the row of the page that says how to connect."""
    host, stdio = connection
    return f"{host.name}, stdio" if stdio else host.name


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    install_hosts()
    with serve_gateway(tmp_path_factory.mktemp("hosts") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@pytest.fixture(params=CONNECTIONS, ids=get_row_name)
def connection(request: pytest.FixtureRequest) -> Connection:
    host, stdio = request.param
    return host, stdio


@pytest.fixture
def talk(connection: Connection, gateway: Gateway, tmp_path: Path) -> Talk:
    return partial(run_talk, connection, gateway, tmp_path / "home")


def run_talk(
    connection: Connection, gateway: Gateway, home: Path, key: str, play: ModelPlay
) -> None:
    """Run the task of a connected host, whose model follows a script."""
    host, stdio = connection
    session = host.connect(home, gateway, key, stdio=stdio)
    with serve_scripted_model(play) as (url, model):
        printed = session.run_task(url)
    print_report(get_row_name(connection), model)
    model.check()
    assert "All done." in printed


def print_report(row: str, model: ScriptedModel) -> None:
    """Print the size and text of all that the model was told; pytest shows it with `-s`."""
    tools, most = len(json.dumps(model.tools)), model.largest_request_bytes
    lines = [f"{row}: {len(model.tools)} tools in {tools} bytes, requests up to {most} bytes"]
    for call, told in model.exchanges:
        lines.append(f"  {call.tool} {json.dumps(call.arguments)[:MOST_CHARACTERS]}")
        lines.append(
            f"    {told.total_bytes} bytes, {told.pictures} pictures: {told.text[:MOST_CHARACTERS]}"
        )
    print("", *lines, sep="\n")  # noqa: T201 - this is the report


def create_key(client: Client, **policy: str) -> str:
    """Return a new key of the account, for media and the studio, under this spend policy."""
    body = {"label": "host", "scopes": ["media", "studio"], "spendPolicy": policy}
    answer = client.http.post("/api/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["apiKey"]
    return key


def build_run_call(told: ToolResult) -> ToolCall:
    """Return the call that runs the plan that the model was told of."""
    plan = told.find_object("planHash")
    named = {name: plan[name] for name in ("planId", "planHash")}
    return ToolCall("plan_execute", named | WAIT)


def wait_for_plan(told: ToolResult) -> ModelPlay:
    """Wait until the plan that the model was told of has ended; return its outcome."""
    plan = told.find_object("planHash")
    for _ in range(10):
        if plan["outcome"] not in {None, "running"}:
            break
        told = yield ToolCall("plan_get", {"planId": plan["planId"]} | WAIT)
        plan = told.find_object("planHash")
    outcome: str = plan["outcome"]
    return outcome


def approve_plan(gateway: Gateway, client: Client, url: str, most_steps: int = 50) -> None:
    """Approve a plan, or its first steps, on its page, as the person who was shown the link."""
    with gateway.browser(client.account_id) as http:
        page = http.get(url).text
        steps = dict.fromkeys(re.findall(r'name="(step\.\w+)"', page), "on")
        fields = dict(list(steps.items())[:most_steps])
        fields |= dict(re.findall(r'name="(planHash)" value="([^"]+)"', page))
        done = http.post(url, data=fields | {"decision": "approve"})
    assert done.status_code == 303, done.text


def test_the_page_names_the_versions_that_are_tried() -> None:
    page = HOSTS_PAGE.read_text()
    for version in TALKING_HOSTS.values():
        assert version in page


@pytest.mark.promise("mcp: hosts")
def test_the_model_is_told_what_was_refused_and_what_to_do(client: Client, talk: Talk) -> None:
    def play() -> ModelPlay:
        told = yield ToolCall("image_generate_prepare", picture_input(aspectRatio="1:1"))
        error = told.find_object("code")
        assert (error["code"], error["field"]) == ("conflicting_input", "aspectRatio")
        assert error["hint"] == "Give only one of `width`, `aspectRatio`."
        told = yield ToolCall("image_generate_prepare", picture_input(count=2))
        assert "plan_execute would be refused now (key_limit_exceeded)" in told.text
        told = yield build_run_call(told)
        error = told.find_object("code")
        assert error["code"] == "key_limit_exceeded"
        assert error["hint"]
        return "All done."

    talk(create_key(client, dailyLimitUsd="0.03"), play())
    assert client.get_balance()["availableUsd"] == "5.00"


@pytest.mark.promise("mcp: hosts")
def test_the_model_shows_price_and_page_and_goes_on_after_the_approval(
    gateway: Gateway, client: Client, talk: Talk
) -> None:
    def play() -> ModelPlay:
        told = yield ToolCall("image_generate_prepare", picture_input())
        page = told.find_object("planHash")["approvalUrl"]
        assert f"It costs $0.02 and needs approval: show {page} and call plan_get." in told.text
        refused = yield build_run_call(told)
        error = refused.find_object("code")
        assert (error["code"], error["approvalUrl"]) == ("approval_required", page)
        assert "then wait with plan_get" in error["hint"]
        with ThreadPoolExecutor() as pool:
            decided = pool.submit(approve_plan, gateway, client, page)
            told = yield ToolCall(
                "plan_get", {"planId": told.find_object("planHash")["planId"]} | WAIT
            )
            decided.result()
        assert (yield from wait_for_plan(told)) == "succeeded"
        return "All done."

    talk(create_key(client, autoApproveUsd="0", confirmUpToUsd="0"), play())
    assert client.get_balance()["availableUsd"] == "4.98"


@pytest.mark.promise("mcp: hosts")
def test_the_model_is_told_which_part_a_person_approved(
    gateway: Gateway, client: Client, talk: Talk
) -> None:
    def play() -> ModelPlay:
        steps = [
            {"key": key, "operation": "image.generate", "input": picture_input(words)}
            for key, words in (("fox", "a fox"), ("owl", "an owl"))
        ]
        told = yield ToolCall("plan_prepare", {"steps": steps})
        plan = told.find_object("planHash")
        assert plan["totalUsd"] == "0.04"
        refused = yield build_run_call(told)
        assert refused.find_object("code")["code"] == "approval_required"
        with ThreadPoolExecutor() as pool:
            decided = pool.submit(approve_plan, gateway, client, plan["approvalUrl"], 1)
            told = yield ToolCall("plan_get", {"planId": plan["planId"]} | WAIT)
            decided.result()
        assert (yield from wait_for_plan(told)) == "succeeded"
        told = yield ToolCall("plan_get", {"planId": plan["planId"]})
        done = told.find_object("planHash")
        states = {step["key"]: step["state"] for step in done["steps"]}
        assert states == {"fox": "succeeded", "owl": "dropped"}
        assert len(done["jobIds"]) == 1
        return "All done."

    talk(create_key(client, autoApproveUsd="0", confirmUpToUsd="0"), play())
    assert client.get_balance()["availableUsd"] == "4.98"


@pytest.mark.promise("mcp: hosts")
def test_the_model_runs_the_part_that_its_user_names(client: Client, talk: Talk) -> None:
    def play() -> ModelPlay:
        steps = [
            {"key": key, "operation": "image.generate", "input": picture_input(words)}
            for key, words in (("fox", "a fox"), ("owl", "an owl"))
        ]
        told = yield ToolCall("plan_prepare", {"steps": steps})
        plan = told.find_object("planHash")
        call = build_run_call(told)
        error = (yield call).find_object("code")
        assert error["code"] == "approval_required"
        part = {"stepIds": [plan["steps"][1]["stepId"]], "maxTotalUsd": "0.02"}
        told = yield ToolCall(call.tool, call.arguments | part)
        assert len(told.find_object("jobs")["jobs"]) == 1
        return "All done."

    talk(create_key(client, autoApproveUsd="0.02", confirmUpToUsd="0"), play())
    assert client.get_balance()["availableUsd"] == "4.98"


@pytest.mark.promise("mcp: hosts")
def test_without_a_person_nothing_is_confirmed_and_the_longest_wait_is_answered(
    gateway: Gateway, tmp_path: Path
) -> None:
    def play() -> ModelPlay:
        told = yield ToolCall("image_generate_prepare", picture_input())
        plan = told.find_object("planHash")
        error = (yield build_run_call(told)).find_object("code")
        assert (error["code"], error["consent"]) == ("approval_required", "confirm")
        assert plan["approvalUrl"] == error["approvalUrl"]
        started = time.monotonic()
        told = yield ToolCall("plan_get", {"planId": plan["planId"]} | WAIT)
        assert time.monotonic() - started > 40
        assert told.find_object("planHash")["state"] == "pending"
        assert f"needs approval: show {plan['approvalUrl']}" in told.text
        return "All done."

    def run(connection: Connection, client: Client) -> None:
        key = create_key(client, autoApproveUsd="0", confirmUpToUsd="1")
        run_talk(connection, gateway, tmp_path / connection[0].name, key, play())
        assert client.get_balance()["availableUsd"] == "5.00"

    connections = CONNECTIONS[::2]
    with ExitStack() as stack, ThreadPoolExecutor() as pool:  # at once: each waits for a minute
        clients = [stack.enter_context(gateway.account()) for _ in connections]
        for _ in pool.map(run, connections, clients):
            pass


@pytest.mark.promise("mcp: hosts")
def test_the_model_is_given_the_picture_and_its_link(client: Client, talk: Talk) -> None:
    seen: list[Any] = []

    def play() -> ModelPlay:
        told = yield ToolCall("image_generate_prepare", picture_input())
        told = yield build_run_call(told)
        (job,) = told.find_object("jobs")["jobs"]
        seen.append(job["outputs"][0])
        told = yield ToolCall("media_preview", {"ref": f"job://{job['jobId']}/0"})
        assert told.pictures == 1, f"the model sees no picture: {told.text}"
        return "All done."

    talk(client.key, play())
    file = httpx2.get(seen[0]["url"], trust_env=False)
    assert (file.status_code, file.headers["content-type"]) == (200, "image/png")


@pytest.mark.promise("mcp: hosts")
def test_the_model_makes_a_film_of_a_storyboard(client: Client, talk: Talk) -> None:
    seen: list[Any] = []

    def play() -> ModelPlay:
        told = yield ToolCall("studio_project_create", {"name": "Fox"})
        shots = [
            {"id": f"s{number}", "prompt": words, **SMALL}
            for number, words in enumerate(("a fox wakes", "the fox leaps"), 1)
        ]
        document = {"title": "Fox", "scenes": [{"id": "one", "shots": shots}]}
        board = {"projectId": told.find_object("projectId")["projectId"], "name": "Fox"}
        told = yield ToolCall("studio_storyboard_create", board | {"document": document})
        board = {"assetId": told.find_object("etag")["assetId"]}
        told = yield ToolCall("studio_storyboard_render_prepare", board)
        plan = told.find_object("planHash")
        operations = [step["operation"] for step in plan["steps"]]
        assert operations == ["video.generate", "video.generate", "video.combine"]
        assert f"It costs ${plan['totalUsd']}" in told.text
        told = yield build_run_call(told)
        assert (yield from wait_for_plan(told)) == "succeeded"
        told = yield ToolCall("plan_get", {"planId": plan["planId"]})
        film = told.find_object("planHash")["steps"][-1]["jobId"]
        told = yield ToolCall("media_job_get", {"jobId": film})
        seen.append(told.find_object("outputs")["outputs"][0])
        told = yield ToolCall("media_preview", {"ref": f"job://{film}/0", "frames": 4})
        assert told.pictures == 1, f"the model sees no frames: {told.text}"
        return "All done."

    talk(client.key, play())
    file = httpx2.get(seen[0]["url"], trust_env=False)
    assert (file.status_code, file.headers["content-type"]) == (200, "video/mp4")
