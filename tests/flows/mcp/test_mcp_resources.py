"""Resources, subscriptions, prompts and completion, as the SDK's own client meets them."""

import base64
import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError, types
from mcp.client import Client as Mcp
from mcp.client.subscriptions import ResourceUpdated

from tests.flows.plan_calls import execute_plan, plan_step, prepare_plan
from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.library.files import create_project, make_png, upload_asset
from tests.mcp_clients import open_mcp_client
from tests.storage.conftest import s3_url as s3_url

pytestmark = pytest.mark.anyio
LONGEST = 60  # seconds
SLOW = "a fox [sandbox:slow=600]"


async def read_json_resource(mcp: Mcp, uri: str) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of a resource."""
    (contents,) = (await mcp.read_resource(uri)).contents
    assert isinstance(contents, types.TextResourceContents)
    assert contents.mime_type == "application/json"
    return json.loads(contents.text)


@pytest.mark.promise("mcp: resources")
@pytest.mark.parametrize("transport", ["http", "stdio of 2025"])
async def test_what_an_account_has_is_read_as_resources(
    transport: str, gateway: Gateway, client: Client
) -> None:
    job = client.run_job("image.generate", picture_input())
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))
    asset = upload_asset(client, create_project(client), "fox.png", make_png())
    async with open_mcp_client(gateway, client.key, transport) as mcp:
        assert (await read_json_resource(mcp, f"killatamata://jobs/{job['jobId']}"))[
            "status"
        ] == "succeeded"
        uri = f"killatamata://jobs/{job['jobId']}/outputs/0"
        (output,) = (await mcp.read_resource(uri)).contents
        assert isinstance(output, types.BlobResourceContents)
        data = base64.b64decode(output.blob)
        assert (output.mime_type, len(data)) == ("image/png", job["outputs"][0]["bytes"])
        assert hashlib.sha256(data).hexdigest() == job["outputs"][0]["sha256"]
        seen = await read_json_resource(mcp, f"killatamata://assets/{asset['assetId']}")
        assert seen["sha256"] == asset["sha256"]
        seen = await read_json_resource(mcp, f"killatamata://plans/{plan['planId']}")
        assert seen["planHash"] == plan["planHash"]
        assert (await read_json_resource(mcp, "killatamata://tasks/image.generate"))["inputSchema"]
        assert "image.generate" in await read_json_resource(mcp, "killatamata://pricing")
        (about,) = (await mcp.read_resource("killatamata://llms.txt")).contents
        assert isinstance(about, types.TextResourceContents)
        assert about.text.startswith("# Killa Tamata")
        listed = {each.uri for each in (await mcp.list_resources()).resources}
        assert {"killatamata://pricing", "killatamata://llms.txt"} <= listed
        templates = (await mcp.list_resource_templates()).resource_templates
        assert "killatamata://plans/{planId}" in {each.uri_template for each in templates}


async def test_an_output_in_a_bucket_is_read_too(s3_url: str, data_dir: Path) -> None:
    secrets = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    with (
        serve_gateway(data_dir, KT_STORAGE_URL=s3_url, **secrets) as gateway,
        gateway.account() as client,
    ):
        job = client.run_job("image.generate", picture_input())
        assert client.http.get(job["outputs"][0]["url"]).status_code == 307
        async with open_mcp_client(gateway, client.key) as mcp:
            uri = f"killatamata://jobs/{job['jobId']}/outputs/0"
            (output,) = (await mcp.read_resource(uri)).contents
        assert isinstance(output, types.BlobResourceContents)
        assert len(base64.b64decode(output.blob)) == job["outputs"][0]["bytes"]


async def test_what_is_not_there_is_named_and_another_accounts_is_not_there(
    gateway: Gateway, client: Client
) -> None:
    job_id = client.submit("image.generate", picture_input()).json()["jobId"]
    with gateway.account() as other:
        async with open_mcp_client(gateway, other.key) as mcp:
            for uri in (
                f"killatamata://jobs/{job_id}",
                f"killatamata://jobs/{job_id}/outputs/0",
                "killatamata://jobs/nothing",
                "killatamata://plans/plan_00000000000000000000000000",
                "killatamata://tasks/image.sing",
                "killatamata://nowhere",
                "skill://killatamata/nowhere.md",
            ):
                with pytest.raises(MCPError) as refused:
                    await mcp.read_resource(uri)
                assert (refused.value.code, refused.value.data) == (-32602, {"uri": uri})


@pytest.mark.promise("mcp: told-at-the-end")
async def test_a_stream_hears_when_a_job_and_a_plan_end_and_of_nobody_elses(
    gateway: Gateway, client: Client
) -> None:
    job_id = client.submit("image.generate", picture_input(SLOW)).json()["jobId"]
    plan = prepare_plan(client, plan_step("image.generate", picture_input(SLOW)))
    (step_job,) = execute_plan(client, plan).json()["jobIds"]
    job, whole = f"killatamata://jobs/{job_id}", f"killatamata://plans/{plan['planId']}"
    with gateway.account() as other:
        async with (
            open_mcp_client(gateway, client.key) as mcp,
            open_mcp_client(gateway, other.key) as stranger,
            mcp.listen(resource_subscriptions=[job, whole]) as heard,
            stranger.listen(resource_subscriptions=[job]) as foreign,
        ):
            with anyio.fail_after(LONGEST):
                client.cancel_job(job_id)
                assert await anext(heard) == ResourceUpdated(job)
                client.cancel_job(step_job)
                assert await anext(heard) == ResourceUpdated(whole)
            assert (await read_json_resource(mcp, whole))["outcome"] == "canceled"
            with anyio.move_on_after(0.2) as silence:
                await anext(foreign)
            assert silence.cancelled_caught


async def test_a_gateway_that_stops_ends_its_streams_in_good_order(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as client:
        async with (
            open_mcp_client(gateway, client.key) as mcp,
            mcp.listen(resource_subscriptions=["killatamata://jobs/none"]) as heard,
        ):
            assert gateway.process is not None
            gateway.process.send_signal(signal.SIGTERM)
            with anyio.fail_after(LONGEST):
                assert [event async for event in heard] == []


async def test_a_subscriber_of_the_handshake_era_hears_too_until_it_unsubscribes(
    gateway: Gateway, client: Client
) -> None:
    first, second = (
        client.submit("image.generate", picture_input(SLOW)).json()["jobId"] for _ in range(2)
    )
    told, heard = anyio.create_memory_object_stream[Any](10)

    async def hear(message: object) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            await told.send(message.params.uri)

    async with (
        told,
        heard,
        open_mcp_client(gateway, client.key, "sse", message_handler=hear) as mcp,
    ):
        assert mcp.server_capabilities.resources is not None
        assert mcp.server_capabilities.resources.subscribe
        for job_id in (first, second):
            params = types.SubscribeRequestParams(uri=f"killatamata://jobs/{job_id}")
            request = types.SubscribeRequest(params=params)
            await mcp.session.send_request(request, types.EmptyResult)
        off = types.UnsubscribeRequestParams(uri=f"killatamata://jobs/{first}")
        request_off = types.UnsubscribeRequest(params=off)
        await mcp.session.send_request(request_off, types.EmptyResult)
        client.cancel_job(first)
        client.cancel_job(second)
        with anyio.fail_after(LONGEST):
            assert await heard.receive() == f"killatamata://jobs/{second}"


async def test_prompts_are_filled_in_and_completed_with_what_the_account_has(
    gateway: Gateway, client: Client
) -> None:
    clip = {"prompt": "it walks", "width": 256, "height": 256, "durationFrames": 9}
    job = client.run_job("video.generate", clip)
    client.run_job("image.generate", picture_input())
    async with open_mcp_client(gateway, client.key) as mcp:
        prompts = {each.name: each for each in (await mcp.list_prompts()).prompts}
        names = {
            name: [argument.name for argument in each.arguments or ()]
            for name, each in prompts.items()
        }
        assert names == {
            "storyboard_to_video": ["assetId"],
            "product_shot": ["subject", "aspectRatio"],
            "continue_clip": ["jobId", "prompt"],
            "film_from_idea": ["idea", "shots"],
        }
        arguments = {"jobId": job["jobId"], "prompt": "it stops"}
        (message,) = (await mcp.get_prompt("continue_clip", arguments)).messages
        assert isinstance(message.content, types.TextContent)
        assert job["jobId"] in message.content.text
        assert "it stops" in message.content.text
        for name in ("continue_clip", "sing"):
            with pytest.raises(MCPError) as refused:
                await mcp.get_prompt(name, {})
            assert refused.value.code == -32602

        async def completed(name: str, argument: str, value: str = "") -> list[str]:
            ref = types.PromptReference(type="ref/prompt", name=name)
            given = {"name": argument, "value": value}
            return (await mcp.complete(ref, given)).completion.values

        assert await completed("continue_clip", "jobId") == [job["jobId"]]
        assert await completed("continue_clip", "jobId", "job_X") == []
        assert await completed("product_shot", "aspectRatio", "1") == ["1:1", "16:9"]
        assert await completed("storyboard_to_video", "assetId") == []
        assert len(await completed("film_from_idea", "shots")) == 20
        template = types.ResourceTemplateReference(
            type="ref/resource", uri="killatamata://tasks/{task}"
        )
        found = await mcp.complete(template, {"name": "task", "value": "image.g"})
        assert found.completion.values == ["image.generate"]
