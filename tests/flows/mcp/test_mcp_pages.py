"""Pages in the chat (MCP Apps): what clients with pages get, and what a press in one may do."""

import re
from pathlib import Path
from typing import Any

import pytest
from mcp import types
from mcp.client.extension import advertise

from mcp_server.apps import extension, pages
from tests.flows.mcp.test_mcp_access import mint_key
from tests.flows.plan_calls import read_plan
from tests.gateway import Client, Gateway, picture_input
from tests.mcp_clients import open_mcp_client, read_structured_answer, read_tool_error
from tests.mcp_server.test_offers import count_json_bytes

pytestmark = pytest.mark.anyio
PAGE_TYPE = "text/html;profile=mcp-app"
MOST_BYTES = 60_000
WITH_PAGES = advertise("io.modelcontextprotocol/ui", {"mimeTypes": [PAGE_TYPE]})
ERAS = pytest.mark.parametrize("transport", ["http", "http of 2025", "stdio"])
TOKENS = re.compile(r"(--[a-z0-9-]+): (light-dark\([^;]*\));")
TWO_STEPS = [
    {"key": "fox", "operation": "image.generate", "input": picture_input("a fox")},
    {"key": "den", "operation": "image.edit", "input": {"prompt": "x", "imageUrl": "step://fox/0"}},
]


@pytest.fixture
def confirming(client: Client) -> str:
    """A key that runs nothing by itself, and up to two cents after a yes in the client."""
    return mint_key(
        client, "media", "studio", "account:read", autoApproveUsd="0", confirmUpToUsd="0.02"
    )


def open_pages(gateway: Gateway, key: str, transport: str = "http", *words: str) -> Any:  # noqa: ANN401
    return open_mcp_client(gateway, key, transport, *words, extensions=[WITH_PAGES])


def read_page_data(result: types.CallToolResult) -> dict[str, Any]:
    data: dict[str, Any] = (result.meta or {})[extension.DATA_KEY]
    return data


def read_text(result: types.CallToolResult) -> str:
    (part,) = result.content
    assert isinstance(part, types.TextContent)
    return part.text


def render(models: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - tools or resources
    return [model.model_dump(mode="json", by_alias=True, exclude={"meta"}) for model in models]


@pytest.mark.promise("mcp: pages-add-nothing")
@ERAS
async def test_a_client_without_pages_sees_what_it_saw_before(
    gateway: Gateway, client: Client, transport: str
) -> None:
    async with open_mcp_client(gateway, client.key, transport) as plain:
        tools, files = (await plain.list_tools()).tools, (await plain.list_resources()).resources
        refused = await plain.call_tool("page_plan_read", {"planId": "plan_1"})
        plan = await plain.call_tool("image_generate_prepare", picture_input("a fox"))
    assert read_tool_error(refused)["code"] == "tool_not_available"
    assert not any(each.name.startswith("page_") for each in tools)
    assert not any(str(each.uri).startswith("ui:") for each in files)
    assert extension.DATA_KEY not in (plan.meta or {})
    async with open_pages(gateway, client.key, transport) as mcp:
        more, all_files = (await mcp.list_tools()).tools, (await mcp.list_resources()).resources
    app_only = [each for each in more if each.name.startswith("page_")]
    assert [each.meta for each in app_only] == [{"ui": {"visibility": ["app"]}}] * 5
    assert render(each for each in more if each not in app_only) == render(tools)
    own = [str(each.uri) for each in all_files if str(each.uri).startswith("ui:")]
    assert own == ["ui://kt/plan", "ui://kt/run", "ui://kt/results"]


async def test_tools_name_their_pages_and_each_page_is_one_small_document(
    gateway: Gateway, client: Client
) -> None:
    async with open_pages(gateway, client.key) as mcp:
        tools = {tool.name: tool for tool in (await mcp.list_tools()).tools}
        named = {
            name: (tools[name].meta or {})["ui"]["resourceUri"]
            for name in ("plan_prepare", "plan_execute", "media_job_get", "media_jobs_list")
        }
        documents = [
            (await mcp.read_resource(uri)).contents[0] for uri in sorted({*named.values()})
        ]
    assert list(named.values()) == [
        "ui://kt/plan", "ui://kt/run", "ui://kt/run", "ui://kt/results",
    ]  # fmt: skip
    for document in documents:
        assert isinstance(document, types.TextResourceContents)
        assert document.mime_type == PAGE_TYPE
        assert len(document.text.encode()) <= MOST_BYTES
        assert "require-trusted-types-for 'script'" in document.text
        assert not re.search(r'\b(src|href)="|@import|url\(', document.text)
        assert (document.meta or {})["ui"]["csp"] == {"resourceDomains": [gateway.base]}


@pytest.mark.promise("mcp: page-approval")
@ERAS
async def test_a_press_in_a_page_runs_what_a_client_may_confirm(
    gateway: Gateway, client: Client, confirming: str, transport: str
) -> None:
    async with open_pages(gateway, confirming, transport) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
        )
        asked = {"planId": plan["planId"], "planHash": plan["planHash"]}
        without_a_yes = await mcp.call_tool("page_plan_run", asked | {"approve": False})
        assert read_tool_error(without_a_yes)["code"] == "approval_required"
        ran = await mcp.call_tool("page_plan_run", asked | {"approve": True})
        again = await mcp.call_tool("page_plan_run", asked | {"approve": True})
    assert read_structured_answer(ran)["state"] == "executed"
    assert read_structured_answer(again)["jobIds"] == read_structured_answer(ran)["jobIds"]
    client.wait_for_job(read_structured_answer(ran)["jobIds"][0])
    assert client.get_balance()["balanceUsd"] == "4.98"


@pytest.mark.promise("mcp: page-approval")
async def test_a_no_in_a_page_runs_nothing_even_with_a_key_that_needs_no_consent(
    gateway: Gateway, client: Client
) -> None:
    async with open_pages(gateway, client.key) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
        )
        assert plan["consent"] == "auto"
        asked = {"planId": plan["planId"], "planHash": plan["planHash"]}
        for answer in (False, "true", 1):
            refused = await mcp.call_tool("page_plan_run", asked | {"approve": answer})
            problem = read_tool_error(refused)
            assert (problem["code"], problem["approvalUrl"]) == (
                "approval_required",
                plan["approvalUrl"],
            )
    assert read_plan(client, plan)["state"] == "pending"
    assert client.get_balance()["availableUsd"] == "5.00"


@pytest.mark.promise("mcp: page-approval")
async def test_above_the_limit_a_page_spends_nothing_and_a_part_below_it_runs(
    gateway: Gateway, client: Client, confirming: str
) -> None:
    async with open_pages(gateway, confirming) as mcp:
        result = await mcp.call_tool("plan_prepare", {"steps": TWO_STEPS, "title": "Two"})
        plan = read_structured_answer(result)
        first, second = read_page_data(result)["steps"]
        assert (plan["consent"], second["needs"]) == ("approve", [first["stepId"]])
        asked = {"planId": plan["planId"], "planHash": plan["planHash"]}
        for tool, claim in (("page_plan_run", {"approve": True}), ("plan_execute", {})):
            refused = await mcp.call_tool(tool, asked | claim)
            problem = read_tool_error(refused)
            assert (problem["code"], problem["approvalUrl"]) == (
                "approval_required",
                plan["approvalUrl"],
            )
            assert read_page_data(refused)["plan"]["planId"] == plan["planId"]
        assert client.get_balance()["availableUsd"] == "5.00"
        assert read_plan(client, plan)["state"] == "pending"
        part = {"stepIds": [first["stepId"]]}
        read = await mcp.call_tool("page_plan_read", {"planId": plan["planId"]} | part)
        selection = read_structured_answer(read)
        assert (selection["consent"], selection["selectedUsd"]) == ("confirm", "0.02")
        ran = await mcp.call_tool("page_plan_run", asked | part | {"approve": True})
    assert read_structured_answer(ran)["droppedStepIds"] == [second["stepId"]]


async def test_a_page_is_told_what_is_bought_and_a_model_no_word_more(
    gateway: Gateway, client: Client
) -> None:
    async with (
        open_mcp_client(gateway, client.key) as plain,
        open_pages(gateway, client.key) as mcp,
    ):
        asked = {"planId": ""}
        result = await mcp.call_tool("image_generate_prepare", picture_input("a fox", count=2))
        asked["planId"] = read_structured_answer(result)["planId"]
        seen = [
            await each.call_tool("plan_get", asked | {"waitSeconds": 0}) for each in (plain, mcp)
        ]
    (step,) = read_page_data(result)["steps"]
    assert (step["product"], step["gist"]) == ("2 pictures", "a fox")
    assert step["measures"] == "256 \N{MULTIPLICATION SIGN} 256 pixels"
    without, with_pages = (_drop_seconds(read_text(each)) for each in seen)
    assert without == with_pages
    assert seen[0].structured_content.keys() == seen[1].structured_content.keys()


async def test_a_page_repeats_keeps_and_looks_with_the_same_key(
    gateway: Gateway, client: Client
) -> None:
    async with open_pages(gateway, client.key) as mcp:
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox", seed=7, count=2))
        )
        asked = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50}
        done = await mcp.call_tool("plan_execute", asked)
        (job,) = read_page_data(done)["jobs"]
        assert (job["prompt"], job["seed"], len(job["outputs"])) == ("a fox", 7, 2)
        chosen = {"jobId": job["jobId"], "outputIndex": 1}
        same = await mcp.call_tool("page_job_again", chosen | {"prompt": "a wolf"})
        other = await mcp.call_tool("page_job_again", chosen | {"newSeed": True})
        kept = await mcp.call_tool("page_output_keep", chosen)
        seen = await mcp.call_tool("media_preview", {"ref": f"job://{job['jobId']}/1"})
        edit = {"prompt": "blue", "imageUrl": f"job://{job['jobId']}/1"}
        prepared = await mcp.call_tool("image_edit_prepare", edit)
        (source,) = read_page_data(prepared)["steps"][0]["pictures"]
        looked = {"planId": read_structured_answer(prepared)["planId"], "sha256": source["sha256"]}
        picture = await mcp.call_tool("page_plan_picture", looked)
        listed = await mcp.call_tool("media_jobs_list", {"limit": 1})
    steps = [
        read_plan(client, read_structured_answer(each))["steps"][0]["input"]
        for each in (same, other)
    ]
    assert [(each["prompt"], each["count"]) for each in steps] == [("a wolf", 1), ("a fox", 1)]
    assert (steps[0]["seed"], steps[1]["seed"] == 8) == (8, False)
    assert read_structured_answer(kept)["assetId"].startswith("ast_")
    assert [part.type for part in (*seen.content, *picture.content)] == ["text", "image"] * 2
    jobs = read_page_data(listed)["jobs"]
    assert [(each["prompt"], each["seed"]) for each in jobs] == [("a fox", 7)]


async def test_a_clip_is_repeated_as_it_was_asked_for(gateway: Gateway, client: Client) -> None:
    clip = {"width": 256, "height": 256, "durationFrames": 9, "cameraMotion": "dolly_in", "seed": 4}
    job_id = client.submit("video.generate", {"prompt": "a fox", **clip}).json()["jobId"]
    made = client.wait_for_job(job_id)
    effective = client.http.get(
        "/api/v1/media/jobs", params={"jobId": made["jobId"], "includeDetails": "1"}
    ).json()["effectiveInput"]
    async with open_pages(gateway, client.key) as mcp:
        again = await mcp.call_tool("page_job_again", {"jobId": job_id, "outputIndex": 0})
    (step,) = read_plan(client, read_structured_answer(again))["steps"]
    names = ("prompt", "seed", "width", "height", "durationFrames", "fps")
    assert effective["prompt"] != "a fox"
    assert [step["input"][name] for name in names] == [effective[name] for name in names]


async def test_a_page_reads_only_what_it_does_not_know_and_lists_cut_prompts(
    gateway: Gateway, client: Client
) -> None:
    prompt = "a fox " * 600
    done = client.wait_for_job(
        client.submit("image.generate", picture_input(prompt)).json()["jobId"]
    )
    async with open_pages(gateway, client.key) as mcp:
        listed = await mcp.call_tool("media_jobs_list", {"limit": 1})
        one = await mcp.call_tool("media_job_get", {"jobId": done["jobId"]})
        plan = read_structured_answer(
            await mcp.call_tool("image_generate_prepare", picture_input("a fox"))
        )
        asked = {"planId": plan["planId"], "planHash": plan["planHash"], "approve": True}
        ran = read_structured_answer(await mcp.call_tool("page_plan_run", asked))
        client.wait_for_job(ran["jobIds"][0])
        news = {"planId": plan["planId"], "sinceVersion": ran["version"], "waitSeconds": 5}
        read = await mcp.call_tool("page_plan_read", news)
        known = {"knownJobIds": ran["jobIds"]}
        less = await mcp.call_tool("page_plan_read", {"planId": plan["planId"], **known})
    (cut,), (whole,) = read_page_data(listed)["jobs"], read_page_data(one)["jobs"]
    assert (len(cut["prompt"]) < 220, cut["isPromptCut"]) == (True, True)
    assert (whole["prompt"], "isPromptCut" in whole) == (prompt, False)
    assert [job["jobId"] for job in read_page_data(read)["jobs"]] == ran["jobIds"]
    assert read_page_data(less)["jobs"] == []
    own = {name for name in less.meta or {} if name.startswith("killatamata/")}
    assert own == {extension.DATA_KEY}


@pytest.mark.promise("mcp: small")
@pytest.mark.parametrize("transport", ["http", "http of 2025", "stdio"])
@pytest.mark.parametrize("extensions", [[], [WITH_PAGES]], ids=["no pages", "pages"])
async def test_the_list_of_tools_stays_small_in_every_host(
    gateway: Gateway, client: Client, transport: str, extensions: list[Any]
) -> None:
    on_wire, of_command = ("?toolsets={}", "?readonly=1"), ("--toolsets={}", "--read-only")
    toolsets, reading = of_command if transport == "stdio" else on_wire
    choices: list[tuple[int, str]] = [(32, ""), (12, toolsets.format("core")), (32, reading)]
    if transport != "stdio":  # which takes the same choices, and a second for each
        choices += [(12, "?toolsets=core&readonly=1")]
        choices += [(32, toolsets.format(each)) for each in ("media", "studio", "account")]
    for most, words in choices:
        given = (words,) if words else ()
        async with open_mcp_client(
            gateway, client.key, transport, *given, extensions=extensions
        ) as mcp:
            listed = (await mcp.list_tools()).model_dump(
                mode="json", by_alias=True, exclude_none=True
            )
        names = {each["name"] for each in listed["tools"]}
        if not words or not extensions:
            assert ("page_plan_run" in names) == bool(extensions)
        of_model = [name for name in names if not name.startswith("page_")]
        assert count_json_bytes(listed) <= most * 1024, (words, count_json_bytes(listed))
        assert len(of_model) <= 13 or most == 32


async def test_a_page_does_no_more_than_its_key_and_its_toolset(
    gateway: Gateway, client: Client
) -> None:
    async with open_pages(gateway, client.key, "http", "X-MCP-Readonly:1") as mcp:
        listed = {tool.name for tool in (await mcp.list_tools()).tools}
        refused = await mcp.call_tool(
            "page_plan_run", {"planId": "plan_1", "planHash": "x", "approve": True}
        )
    assert {name for name in listed if name.startswith("page_")} == {
        "page_plan_read",
        "page_plan_picture",
    }
    assert read_tool_error(refused)["code"] == "tool_not_available"
    core = "X-MCP-Toolsets:core"
    async with open_pages(gateway, client.key, "http", core) as mcp:
        listed = {tool.name for tool in (await mcp.list_tools()).tools}
        canceled = await mcp.call_tool("media_job_cancel", {"jobId": "job_1"})
    assert {"page_plan_run", "page_job_again"} <= listed
    assert listed.isdisjoint({"media_job_cancel", "page_output_keep"})
    assert read_tool_error(canceled)["code"] == "tool_not_available"
    without = "?exclude=studio_asset_keep"
    async with open_pages(gateway, client.key, "http", without) as mcp:
        kept = await mcp.call_tool("page_output_keep", {"jobId": "job_1", "outputIndex": 0})
    assert read_tool_error(kept)["code"] == "tool_not_available"


async def test_an_odd_argument_of_a_page_is_refused_by_its_name(
    gateway: Gateway, client: Client
) -> None:
    async with open_pages(gateway, client.key) as mcp:
        for tool, name, others in (
            ("page_plan_read", "planId", {}),
            ("page_plan_run", "planHash", {"planId": "plan_1", "approve": True}),
            ("page_plan_picture", "sha256", {"planId": "plan_1"}),
            ("page_output_keep", "outputIndex", {"jobId": "job_1"}),
            ("page_job_again", "jobId", {"outputIndex": 0}),
        ):
            for odd in ("x" * 5_000, ["x"], True):
                refused = await mcp.call_tool(tool, {name: odd, **others})
                problem = read_tool_error(refused)
                assert (problem["code"], problem["field"]) == ("invalid_input", name)


def test_pages_have_the_colours_of_the_web_pages() -> None:
    web, own = (
        dict(TOKENS.findall(Path(name).read_text()))
        for name in (
            "gateway/pages/static/css/tokens.css",
            "mcp_server/apps/static/page.css",
        )
    )
    assert len(own) > 12
    assert own.items() <= web.items()
    assert all(page.uri.startswith(pages.URI_PREFIX) for page in pages.PAGES)


def _drop_seconds(text: str) -> str:
    return re.sub(r'"secondsLeft":\d+', "", text)
