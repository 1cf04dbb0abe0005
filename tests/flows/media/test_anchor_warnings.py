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
from tests.gateway import Client, Gateway, draw_picture, picture_input, quote_item, to_data_uri
from tests.library.files import create_project, upload_asset
from tests.mcp_clients import open_mcp_client, read_structured_answer

CODE = "jpeg_overlap_anchor"
CLIP: dict[str, Any] = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 17}


def make_webp() -> bytes:
    stream = io.BytesIO()
    Image.open(io.BytesIO(draw_picture(256, 256))).save(stream, "WEBP", lossless=True)
    return stream.getvalue()


def build_inline_frame(_: Client) -> dict[str, Any]:
    return {"overlapFrameImages": [to_data_uri("image/jpeg", draw_picture(256, 256, form="jpeg"))]}


def upload_frame(client: Client) -> dict[str, Any]:
    asset = upload_asset(
        client, create_project(client), "9.jpg", draw_picture(256, 256, form="jpeg")
    )
    return {"overlapFrameImageUrls": [f"asset://{asset['assetId']}"]}


def make_frame(client: Client) -> dict[str, Any]:
    job = client.run_job("image.generate", picture_input(outputFormat="jpeg"))
    return {"overlapFrameImageUrls": [f"job://{job['jobId']}/0"]}


def clip_input(frames: dict[str, Any]) -> dict[str, Any]:
    return CLIP | frames


def list_warning_codes(answer: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in answer["warnings"]]


@pytest.mark.parametrize("frame", [build_inline_frame, upload_frame, make_frame])
def test_a_jpeg_overlap_frame_is_advised_against_and_costs_the_same(
    client: Client, frame: Callable[[Client], dict[str, Any]]
) -> None:
    given = clip_input(frame(client))
    lossless = clip_input({"overlapFrameImages": [to_data_uri("image/webp", make_webp())]})
    (right,) = client.create_quote(quote_item("video.generate", lossless))["items"]
    assert list_warning_codes(right) == []
    (quoted,) = client.create_quote(quote_item("video.generate", given))["items"]
    dry = client.submit("video.generate", given, dry=True).json()
    made = client.run_job("video.generate", given)
    for answer in (quoted, dry, made):
        assert list_warning_codes(answer) == [CODE]
        assert "lossless WebP" in answer["warnings"][0]["message"]
    assert quoted["priceMicrousd"] == dry["priceMicrousd"] == right["priceMicrousd"]
    assert made["billing"]["chargedMicrousd"] == right["priceMicrousd"]


def test_a_frame_that_a_job_is_still_to_make_is_judged_by_its_format(client: Client) -> None:
    for form, found in (("jpeg", [CODE]), ("webp", [])):
        slow = picture_input("[sandbox:slow=60]", outputFormat=form)
        job = client.submit("image.generate", slow).json()
        given = clip_input({"overlapFrameImageUrls": [f"job://{job['jobId']}/0"]})
        (quoted,) = client.create_quote(quote_item("video.generate", given))["items"]
        assert list_warning_codes(quoted) == found
        client.cancel_job(job["jobId"])


@pytest.mark.anyio
async def test_an_agent_is_told_when_it_prepares(gateway: Gateway, client: Client) -> None:
    given = clip_input(upload_frame(client))
    async with open_mcp_client(gateway, client.key) as mcp:
        plan = read_structured_answer(await mcp.call_tool("video_generate_prepare", given))
    assert list_warning_codes(plan["steps"][0]) == [CODE]


def test_sdk_and_command_tell_it_before_anything_is_spent(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    frame = tmp_path / "9.jpg"
    frame.write_bytes(draw_picture(256, 256, form="jpeg"))
    size: dict[str, Any] = {"prompt": "a fox", "width": 256, "height": 256}
    with Sdk(client.key, base_url=gateway.base) as sdk:
        quote = sdk.quote("video.generate", **size, overlap_frame_images=[frame])
    assert [each.code for each in quote.items[0].warnings] == [CODE]
    words = [*(f"{name}={value}" for name, value in size.items()), f"overlapFrameImages@{frame}"]
    env = {"KT_API_BASE": gateway.base, "KT_API_KEY": client.key}
    for command in (["quote"], ["run", "--dry-run"]):
        said = CliRunner().invoke(app, [*command, "video.generate", *words], env=env)
        assert said.exit_code == 0, said.output
        assert "lossless WebP" in said.stderr
    assert client.get_balance()["availableUsd"] == "5.00"
