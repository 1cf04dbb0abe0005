"""Servers as nodes: what is refused before the price, and what operators see and do."""

from pathlib import Path
from typing import Any

import pytest

from gateway.media.nodes import node_pool
from gateway.media.tasks.prices import PriceTable
from gateway.operator import nodes
from gateway.operator.margins import list_margins
from tests.waiting import await_condition
from tests.workers.comfyui.farm import Farm, serve_farm
from tests.workers.openai.servers import FILM, render_engines, serve_server, start_stand_in
from workers.engines.openai.losses import list_losses
from workers.engines.openai.upstreams import read_upstreams
from workers.server_check import check_server

pytestmark = pytest.mark.anyio
WAN = """
[families.wan]
upstreams = ["srv"]
task = "video.generate"
model = "{model}"
takes = ["seed"]
sizes = ["832x448", "448x832"]
frames = {{ max = 81 }}
"""


async def read_refusal(farm: Farm, **more: object) -> tuple[int, str | None, str]:
    answer = await farm.dry_run("video.generate", {"prompt": "a fox", **more})
    body: dict[str, Any] = answer.json()
    return answer.status_code, body.get("field"), body.get("hint", "")


async def test_what_a_server_would_not_do_is_refused_before_the_price(tmp_path: Path) -> None:
    with start_stand_in("vllm-omni") as server:
        head = f'[upstreams.srv]\ndialect = "vllm-omni"\nurl = "{server.url}"\n'
        engines = head + WAN.format(model=server.upstream.model)
        async with serve_farm(tmp_path, engines) as farm:
            await farm.wait_until_able("srv", tasks=["video.generate"])
            taken = (await farm.dry_run("video.generate", {"prompt": "a fox"})).json()
            effective = taken["effectiveInput"]
            assert (effective["width"], effective["height"]) == (832, 448)
            assert effective["generateAudio"] is False
            for field, value in (("generateAudio", True), ("negativePrompt", "text")):
                refused = await read_refusal(farm, **{field: value})
                assert refused[:2] == (422, f"input.{field}")
            size = await read_refusal(farm, width=1280, height=704)
            assert (size[0], "832x448" in size[2]) == (422, True)
            length = await read_refusal(farm, durationFrames=89)
            assert length[:2] == (422, "input.durationFrames")
            assert server.paid_calls == []


@pytest.mark.slow
async def test_a_server_is_drained_checked_and_accounted_for_as_any_node(tmp_path: Path) -> None:
    with start_stand_in("sglang") as server:
        async with serve_server(tmp_path, server, "sglang") as one:
            farm, ports = one.farm, one.farm.application.ports
            assert (await one.make_job())["status"] == "succeeded"
            [margin] = await list_margins(ports)
            assert (margin["jobs"], margin["costUsd"], margin["marginUsd"]) == (1, "0.004", "0.016")
            async with farm.application.database.write() as session:
                node = await node_pool.get_node(session, "srv")
                node.draining = 1
            job_id = await farm.submit_picture()
            [shown] = await nodes.list_nodes(ports)
            assert (shown["engine"], shown["state"]) == ("openai", "draining")
            async with farm.application.database.write() as session:
                node = await node_pool.get_node(session, "srv")
                node.draining = 0
            assert (await farm.wait_for_end(job_id))["status"] == "succeeded"
            upstream = read_upstreams(tmp_path / "engines.toml")["srv"]
            made = len(server.paid_calls)
            assert (await check_server(upstream, render=False))["answers"] is True
            assert len(server.paid_calls) == made
            rendered = (await check_server(upstream, render=True))["rendered"]
            assert (rendered["trouble"], rendered["size"]) == (None, "256x256")
            assert len(server.paid_calls) == made + 1


@pytest.mark.slow
async def test_a_family_that_twice_makes_something_else_is_off_on_that_server(
    tmp_path: Path,
) -> None:
    with start_stand_in("sglang") as server:
        async with serve_server(tmp_path, server, "sglang") as one:
            server.faults.round_to = 96
            for _ in range(2):
                assert (await one.make_job())["error"]["code"] == "output_invalid"

            async def is_off() -> bool:
                [shown] = await nodes.list_nodes(one.farm.application.ports)
                return "two in a row" in str(shown["lacks"])

            await await_condition(is_off)


@pytest.mark.slow
async def test_a_server_is_found_out_by_its_address_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_stand_in("vllm-omni") as server:
        monkeypatch.setenv("KT_ENGINE_URL", server.root)
        async with serve_farm(tmp_path, "") as farm:
            await farm.wait_until_able("engine", tasks=["video.generate"])
            answer = await farm.post_job("video.generate", FILM)
            job = await farm.wait_for_end(answer.json()["jobId"])
            assert job["status"] == "succeeded", job
            assert job["upstream"]["dialect"] == "vllm-omni"


def test_a_cost_that_eats_the_price_is_said_at_the_start(tmp_path: Path) -> None:
    with start_stand_in("sdcpp") as server:
        told = []
        for cost in ("0.019", "0.02"):
            file = tmp_path / "engines.toml"
            tariff = f'{{ image = "{cost}" }}'
            file.write_text(render_engines({"srv": server}, dialect="sdcpp", cost=tariff))
            told.append(list_losses(read_upstreams(file).values(), PriceTable()))
    assert told[0] == []
    assert "costs $0.02 and is sold for $0.02" in told[1][0]
