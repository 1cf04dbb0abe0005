"""Overlap frames that came as JPEG are advised against, whichever way they came and are asked."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from killatamata import Client as Sdk
from killatamata.cli import app
from tests.gateway import Client, Gateway, drawn, inline, item, picture
from tests.library.files import create_project, upload_asset
from tests.mcp_clients import connected, facts

CODE = "jpeg_overlap_anchor"
CLIP: dict[str, Any] = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 17}


def webp() -> bytes:
    stream = io.BytesIO()
    Image.open(io.BytesIO(drawn(256, 256))).save(stream, "WEBP", lossless=True)
    return stream.getvalue()


def inline_frame(_: Client) -> dict[str, Any]:
    return {"overlapFrameImages": [inline("image/jpeg", drawn(256, 256, form="jpeg"))]}


def uploaded_frame(client: Client) -> dict[str, Any]:
    asset = upload_asset(client, create_project(client), "9.jpg", drawn(256, 256, form="jpeg"))
    return {"overlapFrameImageUrls": [f"asset://{asset['assetId']}"]}


def made_frame(client: Client) -> dict[str, Any]:
    job = client.made("image.generate", picture(outputFormat="jpeg"))
    return {"overlapFrameImageUrls": [f"job://{job['jobId']}/0"]}


def clip(frames: dict[str, Any]) -> dict[str, Any]:
    return CLIP | frames


def codes(answer: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in answer["warnings"]]


@pytest.mark.parametrize("frame", [inline_frame, uploaded_frame, made_frame])
def test_a_jpeg_overlap_frame_is_advised_against_and_costs_the_same(
    client: Client, frame: Callable[[Client], dict[str, Any]]
) -> None:
    given = clip(frame(client))
    lossless = clip({"overlapFrameImages": [inline("image/webp", webp())]})
    (right,) = client.quoted(item("video.generate", lossless))["items"]
    assert codes(right) == []
    (quoted,) = client.quoted(item("video.generate", given))["items"]
    dry = client.post("video.generate", given, dry=True).json()
    made = client.made("video.generate", given)
    for answer in (quoted, dry, made):
        assert codes(answer) == [CODE]
        assert "lossless WebP" in answer["warnings"][0]["message"]
    assert quoted["priceMicrousd"] == dry["priceMicrousd"] == right["priceMicrousd"]
    assert made["billing"]["chargedMicrousd"] == right["priceMicrousd"]


def test_a_frame_that_a_job_is_still_to_make_is_judged_by_its_format(client: Client) -> None:
    for form, found in (("jpeg", [CODE]), ("webp", [])):
        slow = picture("[sandbox:slow=60]", outputFormat=form)
        job = client.post("image.generate", slow).json()
        given = clip({"overlapFrameImageUrls": [f"job://{job['jobId']}/0"]})
        (quoted,) = client.quoted(item("video.generate", given))["items"]
        assert codes(quoted) == found
        client.cancel(job["jobId"])


@pytest.mark.anyio
async def test_an_agent_is_told_when_it_prepares(gateway: Gateway, client: Client) -> None:
    given = clip(uploaded_frame(client))
    async with connected(gateway, client.key) as mcp:
        plan = facts(await mcp.call_tool("video_generate_prepare", given))
    assert codes(plan["steps"][0]) == [CODE]


def test_sdk_and_command_tell_it_before_anything_is_spent(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    frame = tmp_path / "9.jpg"
    frame.write_bytes(drawn(256, 256, form="jpeg"))
    size = {"prompt": "a fox", "width": 256, "height": 256}
    with Sdk(client.key, base_url=gateway.base) as sdk:
        quote = sdk.quote("video.generate", **size, overlap_frame_images=[frame])
    assert [each.code for each in quote.items[0].warnings] == [CODE]
    words = [*(f"{name}={value}" for name, value in size.items()), f"overlapFrameImages@{frame}"]
    env = {"KT_API_BASE": gateway.base, "KT_API_KEY": client.key}
    for command in (["quote"], ["run", "--dry-run"]):
        said = CliRunner().invoke(app, [*command, "video.generate", *words], env=env)
        assert said.exit_code == 0, said.output
        assert "lossless WebP" in said.stderr
    assert client.balance()["availableUsd"] == "5.00"
