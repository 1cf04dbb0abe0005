"""The hints of tools are true: each tool is called twice, and the database tells what changed."""

import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from mcp.client import Client as SdkClient

from tests.gateway import JOB_SECONDS, Client, Gateway, picture_input, serve_gateway
from tests.mcp_clients import open_mcp_client, read_structured_answer
from tests.mcp_server.test_offers import OFFERS_BY_NAME
from tests.slow_jobs import submit_slow_jobs
from tests.studio.boards import create_board

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
# Stripe, a chain, a model, an affiliate's earnings or a second account is not at hand here.
UNTRIED = {
    *("account_topup_link", "account_crypto_link", "affiliate_payout_request"),
    *("affiliate_code_bind", "studio_message_prepare", "studio_message_send"),
    *("studio_request_get", "studio_request_cancel"),
}
CLIP = {"prompt": "a slow fox", "width": 1280, "height": 704, "durationFrames": 121}
SMALL = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}
PICKED = {"assetId": "assetId", "ifMatch": "etag"}
NOISE = {"idempotency", "audit_log", "audit_head", "media_node", "storyboard_render"}
"""Tables that say that somebody asked, how the nodes are, or what a sweep has yet to look at."""
STAMPS = {"updated_at", "last_used_at", "revision", "version"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("hints") / "data", KT_SANDBOX_PACE="1") as one:
        yield one


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


def wait_for_workers(database: sqlite3.Connection) -> None:
    """Wait until the attempts of ended jobs have ended too: no tool writes that row."""
    deadline = time.monotonic() + JOB_SECONDS
    while database.execute(
        "SELECT 1 FROM media_attempt JOIN job ON job.id = media_attempt.job_id"
        " WHERE media_attempt.finished_at IS NULL AND job.finished_at IS NOT NULL"
    ).fetchone():
        assert time.monotonic() < deadline, "an attempt does not end"
        time.sleep(0.02)


def read_all_rows(gateway: Gateway) -> dict[str, list[str]]:
    """Return every row of the database by table, without those that each request changes."""
    found: dict[str, list[str]] = {}
    uri = f"file:{gateway.data_dir}/kt.db?mode=ro"
    with sqlite3.connect(uri, uri=True) as database:
        wait_for_workers(database)
        database.row_factory = sqlite3.Row
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            if table not in NOISE:
                lines = database.execute(f"SELECT * FROM {table}")  # noqa: S608 - its own tables
                found[table] = sorted(
                    str({key: line[key] for key in line.keys() if key not in STAMPS})  # noqa: SIM118
                    for line in lines
                )
    return found


def find_changed_tables(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    return {table for table in after if before.get(table) != after[table]}


async def list_trials(mcp: SdkClient, client: Client) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield calls of tools, each of which does something at its first time."""
    made = client.run_job("image.generate", picture_input())
    output = f"job://{made['jobId']}/0"
    project = read_structured_answer(await mcp.call_tool("studio_project_create", {"name": "A"}))[
        "projectId"
    ]
    here = {"projectId": project}
    thread = read_structured_answer(await mcp.call_tool("studio_thread_create", here))["threadId"]
    given = {**here, "name": "T", "content": "a"}
    text = read_structured_answer(await mcp.call_tool("studio_text_create", given))
    board = create_board(client, project)
    kept = {**here, "jobId": made["jobId"], "outputIndex": 0}
    for tool in ("account_balance", "account_packages", "key_list", "studio_snapshot_get"):
        yield tool, {}
    yield "media_tasks_list", {"task": "image.generate"}
    items = [{"task": "image.edit", "input": {"prompt": "bluer", "imageUrl": output}}]
    yield "media_quote", {"items": items}
    for tool in ("account_usage", "account_purchases", "plan_list"):
        yield tool, {}
    yield "studio_asset_get", {"assetId": text["assetId"]}
    yield "media_jobs_list", {}
    yield "media_job_get", {"jobId": made["jobId"]}
    yield "media_preview", {"ref": output}
    yield "affiliate_code_validate", {"code": "FOX-1"}
    yield "affiliate_apply", {"displayName": "Fox", "acceptTerms": True, "desiredCode": "FOX-1"}
    for tool in ("get", "code_get", "dashboard", "commissions_list", "payouts_list"):
        yield f"affiliate_{tool}", {}
    yield "affiliate_payout_requests_list", {}
    yield "affiliate_update", {"website": "https://fox.example"}
    yield "studio_project_update", {**here, "description": "foxes"}
    yield "studio_thread_select", {"threadId": thread}
    yield "studio_thread_update", {"threadId": thread, "title": "Foxes"}
    yield "studio_thread_get", {"threadId": thread}
    yield "studio_settings_update", {"defaults": {"image": {"width": 512, "height": 512}}}
    yield "studio_project_create", {"name": "Foxes"}
    yield "studio_thread_create", here
    yield "studio_text_create", given
    yield "studio_text_get", {"assetId": text["assetId"]}
    yield "studio_text_update", {k: text[v] for k, v in PICKED.items()} | {"content": "b"}
    yield "studio_asset_versions_list", {"assetId": text["assetId"]}
    yield "studio_storyboard_create", {**here, "name": "Board"}
    yield "studio_storyboard_get", {"assetId": board["assetId"]}
    yield "studio_storyboard_export", {"assetId": board["assetId"]}
    renamed = {"operations": [{"op": "set", "fields": {"title": "Foxes"}}]}
    yield "studio_storyboard_update", {k: board[v] for k, v in PICKED.items()} | renamed
    exported = await mcp.call_tool("studio_storyboard_export", {"assetId": board["assetId"]})
    yield "studio_storyboard_import", {**here, "text": read_structured_answer(exported)["markdown"]}
    yield "studio_storyboard_render_prepare", {"assetId": board["assetId"]}
    yield "studio_asset_upload_link", {"filename": "a.png"}
    yield "studio_asset_keep", kept
    asset = read_structured_answer(await mcp.call_tool("studio_asset_keep", kept))["assetId"]
    yield "studio_project_assets_list", here
    yield "studio_assets_search", {}
    yield "studio_asset_metadata_update", {"assetId": asset, "archived": True}
    yield "key_create", {"label": "fox", "scopes": ["media"]}


async def list_maker_trials(
    mcp: SdkClient, client: Client
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield the calls of tools that have to do with results, films and shares."""

    async def call(tool: str, given: dict[str, Any]) -> dict[str, Any]:
        return read_structured_answer(await mcp.call_tool(tool, given))

    made = client.run_job("image.generate", picture_input())["jobId"]
    chosen = {"outputs": [{"jobId": made, "outputIndex": 0}]}
    for tool in ("outputs", "prompts", "presets"):
        yield f"media_{tool}_list", {}
    yield "media_outputs_update", {**chosen, "name": "Fox"}
    yield "media_outputs_keep", chosen
    yield "media_outputs_delete", chosen
    yield "media_outputs_restore", chosen
    script = {"script": "INT. AIRLOCK - NIGHT\n\nA fox leans on a hatch.\n\nThe hatch opens.\n"}
    yield "film_create", script
    film = await call("film_create", script)
    one = {"filmId": film["filmId"]}
    yield "film_get", one
    yield "film_update", {**one, "ifMatch": film["etag"], "title": "Foxes"}
    yield "film_talk", one
    yield "film_render_prepare", one
    yield "share_create", {"ref": f"job://{made}/0"}
    share = {"shareId": (await call("share_create", {"ref": f"job://{made}/0"}))["shareId"]}
    yield "share_list", {}
    yield "share_update", {**share, "remix": False}
    yield "share_revoke", share


async def list_plan_trials(
    mcp: SdkClient, client: Client
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Yield the calls of tools that have to do with plans, and those that end something."""
    output = f"job://{client.run_job('image.generate', picture_input())['jobId']}/0"
    video = f"job://{client.run_job('video.generate', SMALL)['jobId']}/0"
    yield "image_generate_prepare", picture_input()
    yield "image_edit_prepare", {"prompt": "bluer", "imageUrl": output}
    yield "image_upscale_prepare", {"imageUrl": output}
    yield "video_generate_prepare", CLIP
    yield "video_extend_prepare", {"prompt": "on", "videoUrl": video}
    yield "video_combine_prepare", {"videoUrls": [video, video]}
    yield "video_upscale_prepare", {"videoUrl": video}
    yield "audio_generate_prepare", {"prompt": "rain on tin", "durationSeconds": 2}
    yield "plan_prepare", {"steps": [{"operation": "image.generate", "input": picture_input()}]}
    plan = read_structured_answer(await mcp.call_tool("image_generate_prepare", picture_input()))
    yield "plan_get", {"planId": plan["planId"]}
    yield "plan_reject", {"planId": plan["planId"]}
    plan = read_structured_answer(await mcp.call_tool("image_generate_prepare", picture_input()))
    hashed = {"planId": plan["planId"], "planHash": plan["planHash"]}
    yield "plan_execute", {**hashed, "waitSeconds": 50}
    (job_id,) = submit_slow_jobs(client, seconds=60, count=1)
    yield "media_job_cancel", {"jobId": job_id}
    key = read_structured_answer(
        await mcp.call_tool("key_create", {"label": "b", "scopes": ["media"]})
    )
    yield "key_revoke", {"keyId": key["id"]}


@pytest.mark.promise("mcp: true-hints")
async def test_each_tool_changes_what_its_hints_say_and_no_more(
    gateway: Gateway, client: Client
) -> None:
    tried: set[str] = set()
    untrue: list[str] = []
    async with open_mcp_client(gateway, client.key, "http", "x-mcp-toolsets:all") as mcp:
        for calls in (list_trials, list_maker_trials, list_plan_trials):
            async for tool, given in calls(mcp, client):
                hints = OFFERS_BY_NAME[tool].hints
                before = read_all_rows(gateway)
                read_structured_answer(await mcp.call_tool(tool, given))
                once = read_all_rows(gateway)
                await mcp.call_tool(tool, given)
                twice = read_all_rows(gateway)
                first, second = find_changed_tables(before, once), find_changed_tables(once, twice)
                for hint, changes in (("readOnlyHint", first), ("idempotentHint", second)):
                    if hints[hint] == bool(changes):
                        untrue.append(f"{tool}: {hint} is {hints[hint]}, changed: {changes}")
                tried.add(tool)
    assert not untrue, "\n".join(untrue)
    assert set(OFFERS_BY_NAME) - tried == UNTRIED
