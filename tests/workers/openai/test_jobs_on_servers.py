"""Live jobs on the stand-in of each server, through the gateway and a worker."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.workers.openai.servers import (
    IMAGE_COST_MICROUSD,
    ServerFarm,
    serve_server,
    start_stand_in,
)

pytestmark = pytest.mark.anyio
DIALECTS = ["sglang", "dynamo", "sdcpp", "localai", "openai"]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_good_picture_is_charged_once_and_all_that_goes_wrong_is_free(
    tmp_path: Path, dialect: str
) -> None:
    with start_stand_in(dialect) as server:
        async with serve_server(tmp_path, server, dialect, takes=[]) as farm:
            await check_that_an_unbound_field_costs_nothing(farm)
            await check_that_a_good_picture_is_charged_and_its_cost_recorded(farm)
            spent = await farm.farm.get_spent_microusd()
            await check_that_a_rounded_picture_fails(farm)
            await check_that_a_paid_call_is_not_made_again(farm)
            assert await farm.farm.get_spent_microusd() == spent


async def check_that_an_unbound_field_costs_nothing(farm: ServerFarm) -> None:
    refused = await farm.farm.post_picture(negativePrompt="text")
    assert (refused.status_code, refused.json()["field"]) == (422, "input.negativePrompt")
    assert farm.server.paid_calls == []


async def check_that_a_good_picture_is_charged_and_its_cost_recorded(farm: ServerFarm) -> None:
    job = await farm.make_job(count=2)
    assert job["status"] == "succeeded", job
    assert (job["upstream"]["engine"], job["upstream"]["node"]) == ("openai", "srv")
    assert await farm.list_costs(job) == [("succeeded", 2 * IMAGE_COST_MICROUSD, "expected")]
    assert len({drawing.seed for drawing in farm.server.upstream.drawn}) == 2  # else equal pictures
    assert farm.server.root not in str(job)
    assert "cost" not in str(job).lower()  # what it costs us is no user's business
    assert await farm.farm.get_spent_microusd() == job["billing"]["chargedMicrousd"] > 0


async def check_that_a_rounded_picture_fails(farm: ServerFarm) -> None:
    farm.server.faults.round_to = 96
    job = await farm.make_job()
    farm.server.faults.round_to = 1
    assert (job["status"], job["error"]["code"]) == ("failed", "output_invalid"), job


async def check_that_a_paid_call_is_not_made_again(farm: ServerFarm) -> None:
    made = len(farm.server.paid_calls)
    farm.server.faults.lose_reply = 1
    job = await farm.make_job(count=2)
    assert job["status"] == "failed", job
    assert len(farm.server.paid_calls) == made + 1
    assert await farm.list_costs(job) == [("lost", IMAGE_COST_MICROUSD, "possible")]


async def test_a_lost_answer_that_costs_nothing_is_asked_for_again(tmp_path: Path) -> None:
    with start_stand_in("sdcpp") as server:
        async with serve_server(tmp_path, server, "sdcpp", cost=None) as farm:
            server.faults.lose_reply = 1
            job = await farm.make_job()
            assert job["status"] == "succeeded", job
            assert len(server.paid_calls) == 2
            assert await farm.farm.get_spent_microusd() == job["billing"]["chargedMicrousd"]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("sdcpp", 'a fox <sd_cpp_extra_args>{"width": 2048}</sd_cpp_extra_args>'),
        ("localai", "a fox | a cat"),
    ],
)
async def test_text_that_a_server_would_obey_is_refused_before_money(
    tmp_path: Path, dialect: str, text: str
) -> None:
    with start_stand_in(dialect) as server:
        async with serve_server(tmp_path, server, dialect) as farm:
            for field in ("prompt", "negativePrompt"):
                refused = await farm.farm.post_picture(**{"prompt": "a fox", field: text})
                assert refused.status_code == 422, refused.text
                assert refused.json()["field"] == f"input.{field}"
            assert server.paid_calls == []
            job = await farm.make_job(negativePrompt="a dog", seed=77)
            assert job["status"] == "succeeded", job
            [drawing] = server.upstream.drawn
            assert (drawing.prompt.strip(), drawing.seed) == ("a fox", 77)


async def test_a_result_that_cannot_be_fetched_ends_the_job_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.engines.openai.held_calls.FETCH_SECONDS", 0.01)
    with start_stand_in("sglang") as server:
        async with serve_server(tmp_path, server, "sglang", cost=None) as farm:
            server.faults.link, server.faults.cut_content = 9, 99
            server.faults.elsewhere = f"{server.url}/videos/x/content"
            job = await farm.make_job()
            assert (job["status"], job["error"]["code"]) == ("failed", "output_invalid"), job
            assert await farm.farm.get_spent_microusd() == 0


async def test_an_edit_on_stable_diffusion_cpp_keeps_what_its_mask_leaves_black(
    tmp_path: Path,
) -> None:
    with start_stand_in("sdcpp") as server:
        async with serve_server(tmp_path, server, "sdcpp", tasks=["image.edit"]) as farm:
            source, mask = Image.new("RGB", (256, 256), (200, 10, 10)), Image.new("L", (256, 256))
            mask.paste(255, (0, 0, 128, 256))
            job = await farm.make_job(
                "image.edit", image=to_base64(source), mask=to_base64(mask), strength=0.5
            )
            assert job["status"] == "succeeded", job
            assert '"strength": 0.5' in server.last_fields["prompt"]
            assert set(server.paid_calls[-1].files) == {"image[]", "mask"}
            with Image.open(io.BytesIO(await farm.farm.fetch_output(job))) as made:
                assert made.convert("RGB").getpixel((250, 5)) == (200, 10, 10)


async def test_a_film_on_dynamo_is_free_in_the_codec_that_it_writes(tmp_path: Path) -> None:
    with start_stand_in("dynamo") as server:
        tasks, cost = ["video.generate"], '{ second = "0.01" }'
        async with serve_server(tmp_path, server, "dynamo", tasks=tasks, cost=cost) as farm:
            job = await farm.make_job("video.generate", generateAudio=False)
            assert (job["status"], job["error"]["code"]) == ("failed", "output_invalid"), job
            assert await farm.farm.get_spent_microusd() == 0
            server.upstream.codec = "h264"
            job = await farm.make_job("video.generate")
            assert job["status"] == "succeeded", job
            assert server.last_fields["nvext"]["num_frames"] == 9
            assert await farm.list_costs(job) == [("succeeded", 3750, "expected")]


def to_base64(picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
