"""MCP hosts from npm against a real gateway: what their model is told.

A script stands in for the model on loopback and decides each call from what the host passes on.
`KT_TEST_SLOW=1 ./test tests/slow -k mcp_hosts -s` needs npm and prints each exchange.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.fakes.models.script import Call, Play, ScriptedModel, Told
from tests.fakes.models.serving import playing
from tests.gateway import Client, Gateway, picture, serving
from tests.slow.mcp_hosts import HOSTS, PACKAGES, PAGE, Host, install_hosts
from tests.slow.mcp_tools import NoNode

pytestmark = pytest.mark.slow
WAIT = {"waitSeconds": 50}
SHOWN = 1_500  # characters of a call and of what was told of it
SMALL = {"width": 256, "height": 256, "durationFrames": 9}


Talk = Callable[[str, Play], None]
Connection = tuple[Host, bool]
CONNECTIONS = [(host, stdio) for host in HOSTS for stdio in (False, True)]


def row_of(connection: Connection) -> str:
    """Return the row of the page that says how to connect."""
    host, stdio = connection
    return f"{host.name}, stdio" if stdio else host.name


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    try:
        install_hosts()
    except NoNode as error:
        pytest.skip(f"THE HOSTS ARE NOT TRIED: {error}")
    with serving(tmp_path_factory.mktemp("hosts") / "data") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


@pytest.fixture(params=CONNECTIONS, ids=row_of)
def connection(request: pytest.FixtureRequest) -> Connection:
    host, stdio = request.param
    return host, stdio


@pytest.fixture
def talk(connection: Connection, gateway: Gateway, tmp_path: Path) -> Talk:
    """Run the task of a connected host, whose model follows a script."""
    host, stdio = connection

    def talk(key: str, play: Play) -> None:
        session = host.connect(tmp_path / "home", gateway, key, stdio=stdio)
        with playing(play) as (url, model):
            printed = session.talk(url)
        report(row_of(connection), model)
        model.check()
        assert "All done." in printed

    return talk


def report(row: str, model: ScriptedModel) -> None:
    """Print the size and text of all that the model was told; pytest shows it with `-s`."""
    tools, most = len(json.dumps(model.tools)), model.largest_request_bytes
    lines = [f"{row}: {len(model.tools)} tools in {tools} bytes, requests up to {most} bytes"]
    for call, told in model.exchanges:
        lines.append(f"  {call.tool} {json.dumps(call.arguments)[:SHOWN]}")
        lines.append(f"    {told.total_bytes} bytes, {told.pictures} pictures: {told.text[:SHOWN]}")
    print("", *lines, sep="\n")  # noqa: T201 - this is the report


def key_of(client: Client, **policy: str) -> str:
    """Return a new key of the account, for media and the studio, under this spend policy."""
    body = {"label": "host", "scopes": ["media", "studio"], "spendPolicy": policy}
    answer = client.http.post("/api/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    key: str = answer.json()["apiKey"]
    return key


def run(told: Told) -> Call:
    """Return the call that runs the plan that the model was told of."""
    plan = told.find("planHash")
    named = {name: plan[name] for name in ("planId", "planHash")}
    return Call("plan_execute", named | WAIT)


def ended(told: Told) -> Play:
    """Wait until the plan that the model was told of has ended; return its outcome."""
    plan = told.find("planHash")
    for _ in range(10):
        if plan["outcome"] not in {None, "running"}:
            break
        told = yield Call("plan_get", {"planId": plan["planId"]} | WAIT)
        plan = told.find("planHash")
    outcome: str = plan["outcome"]
    return outcome


def approve(gateway: Gateway, client: Client, url: str) -> None:
    """Approve a plan on its page, as the person who was shown the link."""
    with gateway.browser(client.account_id) as http:
        page = http.get(url).text
        fields = dict.fromkeys(re.findall(r'name="(step\.\w+)"', page), "on")
        fields |= dict(re.findall(r'name="(planHash)" value="([^"]+)"', page))
        done = http.post(url, data=fields | {"decision": "approve"})
    assert done.status_code == 303, done.text


def test_the_page_names_the_versions_that_are_tried() -> None:
    page = PAGE.read_text()
    for version in list(PACKAGES.values())[1:]:  # the first runs them
        assert version in page


@pytest.mark.promise("mcp: hosts")
def test_the_model_is_told_what_was_refused_and_what_to_do(client: Client, talk: Talk) -> None:
    def play() -> Play:
        told = yield Call("image_generate_prepare", picture(aspectRatio="1:1"))
        error = told.find("code")
        assert (error["code"], error["field"]) == ("conflicting_input", "aspectRatio")
        assert error["hint"] == "Give only one of `width`, `aspectRatio`."
        told = yield Call("image_generate_prepare", picture(count=2))
        assert "plan_execute would be refused now (key_limit_exceeded)" in told.text
        told = yield run(told)
        error = told.find("code")
        assert error["code"] == "key_limit_exceeded"
        assert error["hint"]
        return "All done."

    talk(key_of(client, dailyLimitUsd="0.03"), play())
    assert client.balance()["availableUsd"] == "5.00"


@pytest.mark.promise("mcp: hosts")
def test_the_model_shows_price_and_page_and_goes_on_after_the_approval(
    gateway: Gateway, client: Client, talk: Talk
) -> None:
    def play() -> Play:
        told = yield Call("image_generate_prepare", picture())
        page = told.find("planHash")["approvalUrl"]
        assert f"It costs $0.02 and needs approval: show {page} and call plan_get." in told.text
        refused = yield run(told)
        error = refused.find("code")
        assert (error["code"], error["approvalUrl"]) == ("approval_required", page)
        assert "then wait with plan_get" in error["hint"]
        with ThreadPoolExecutor() as pool:
            decided = pool.submit(approve, gateway, client, page)
            told = yield Call("plan_get", {"planId": told.find("planHash")["planId"]} | WAIT)
            decided.result()
        assert (yield from ended(told)) == "succeeded"
        return "All done."

    talk(key_of(client, autoApproveUsd="0", confirmUpToUsd="0"), play())
    assert client.balance()["availableUsd"] == "4.98"


@pytest.mark.promise("mcp: hosts")
@pytest.mark.parametrize("connection", CONNECTIONS[::2], ids=row_of, indirect=True)
def test_without_a_person_nothing_is_confirmed_and_the_longest_wait_is_answered(
    client: Client, talk: Talk
) -> None:
    def play() -> Play:
        told = yield Call("image_generate_prepare", picture())
        plan = told.find("planHash")
        error = (yield run(told)).find("code")
        assert (error["code"], error["consent"]) == ("approval_required", "confirm")
        assert plan["approvalUrl"] == error["approvalUrl"]
        started = time.monotonic()
        told = yield Call("plan_get", {"planId": plan["planId"]} | WAIT)
        assert time.monotonic() - started > 40
        assert told.find("planHash")["state"] == "pending"
        assert f"needs approval: show {plan['approvalUrl']}" in told.text
        return "All done."

    talk(key_of(client, autoApproveUsd="0", confirmUpToUsd="1"), play())
    assert client.balance()["availableUsd"] == "5.00"


@pytest.mark.promise("mcp: hosts")
def test_the_model_is_given_the_picture_and_its_link(client: Client, talk: Talk) -> None:
    seen: list[Any] = []

    def play() -> Play:
        told = yield Call("image_generate_prepare", picture())
        told = yield run(told)
        (job,) = told.find("jobs")["jobs"]
        seen.append(job["outputs"][0])
        told = yield Call("media_preview", {"ref": f"job://{job['jobId']}/0"})
        assert told.pictures == 1, f"the model sees no picture: {told.text}"
        return "All done."

    talk(client.key, play())
    file = httpx2.get(seen[0]["url"], trust_env=False)
    assert (file.status_code, file.headers["content-type"]) == (200, "image/png")


@pytest.mark.promise("mcp: hosts")
def test_the_model_makes_a_film_of_a_storyboard(client: Client, talk: Talk) -> None:
    seen: list[Any] = []

    def play() -> Play:
        told = yield Call("studio_project_create", {"name": "Fox"})
        shots = [
            {"id": f"s{number}", "prompt": words, **SMALL}
            for number, words in enumerate(("a fox wakes", "the fox leaps"), 1)
        ]
        document = {"title": "Fox", "scenes": [{"id": "one", "shots": shots}]}
        board = {"projectId": told.find("projectId")["projectId"], "name": "Fox"}
        told = yield Call("studio_storyboard_create", board | {"document": document})
        board = {"assetId": told.find("etag")["assetId"]}
        told = yield Call("studio_storyboard_render_prepare", board)
        plan = told.find("planHash")
        operations = [step["operation"] for step in plan["steps"]]
        assert operations == ["video.generate", "video.generate", "video.combine"]
        assert f"It costs ${plan['totalUsd']}" in told.text
        told = yield run(told)
        assert (yield from ended(told)) == "succeeded"
        told = yield Call("plan_get", {"planId": plan["planId"]})
        film = told.find("planHash")["steps"][-1]["jobId"]
        told = yield Call("media_job_get", {"jobId": film})
        seen.append(told.find("outputs")["outputs"][0])
        told = yield Call("media_preview", {"ref": f"job://{film}/0", "frames": 4})
        assert told.pictures == 1, f"the model sees no frames: {told.text}"
        return "All done."

    talk(client.key, play())
    file = httpx2.get(seen[0]["url"], trust_env=False)
    assert (file.status_code, file.headers["content-type"]) == (200, "video/mp4")
