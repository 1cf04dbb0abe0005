"""Two gateways: the node of the first is the door of the second, and both ledgers stay exact."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.kit.money import render_usd
from tests.fault_proxy import FaultProxy
from tests.gateway import Client, Gateway, picture_data_uri, picture_input, serve_gateway
from tests.waiting import wait_for_condition
from workers.engines.openai.dialects.killatamata import HOPS_HEADER

pytestmark = pytest.mark.slow
PRICE, CREDIT, FAR_CREDIT = 20_000, 5_000_000, 100_000
ENGINES = """
[upstreams.other]
dialect = "killatamata"
url = "{url}/v1"
key_env = "OTHER_GATEWAY"
max_inflight = 4
cost = {{ image = "0.02" }}
[families.pictures]
upstreams = ["other"]
task = "image.generate"
model = "killatamata-image"
takes = ["negativePrompt", "seed", "highDetail"]
[families.edits]
upstreams = ["other"]
task = "image.edit"
model = "killatamata-image"
takes = ["seed", "mask", "strength"]
images = 4
[families.clips]
upstreams = ["other"]
task = "video.generate"
model = "killatamata-video"
takes = ["negativePrompt", "seed", "startFrame", "generateAudio"]
audio = true
"""


@dataclass(frozen=True)
class Chain:
    """The gateway of the caller, the one behind it, an account on each, and what is between."""

    near: Gateway
    caller: Client
    far: Gateway
    payer: Client
    line: FaultProxy

    def submit(self, prompt: str = "a fox", **more: object) -> str:
        """Submit a picture to the near gateway and return its job."""
        answer = self.caller.submit("image.generate", picture_input(prompt, **more))
        assert answer.status_code == 202, answer.text
        job_id: str = answer.json()["jobId"]
        return job_id

    def run(self, **more: object) -> dict[str, Any]:
        """Run a picture to its end."""
        return self.caller.wait_for_job(self.submit("a fox", **more))

    def count_spent(self) -> tuple[int, int]:
        """Return the micro-USD spent near and far, when nothing is held on either side."""

        def is_settled() -> bool:
            return not any(one.get_balance()["heldMicrousd"] for one in (self.caller, self.payer))

        wait_for_condition(is_settled)
        near, far = (one.get_balance()["availableMicrousd"] for one in (self.caller, self.payer))
        return CREDIT - near, FAR_CREDIT - far

    def read_margin(self) -> dict[str, Any]:
        """Return the margin of the pictures, as the operator of the near gateway sees it."""
        said = self.near.run_command("admin", "node", "margin", "--json")
        [margin] = json.loads(said.stdout)
        found: dict[str, Any] = margin
        return found


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with serve_gateway(tmp_path / "far") as far, FaultProxy(far.port) as line:
        file = tmp_path / "engines.toml"
        file.write_text(ENGINES.format(url=f"http://127.0.0.1:{line.port}"))
        with far.account(render_usd(FAR_CREDIT)) as payer:
            settings = {"KT_ENGINES_FILE": str(file), "OTHER_GATEWAY": payer.key}
            with (
                serve_gateway(tmp_path / "near", **settings) as near,
                near.account(mode="live") as caller,
            ):

                def is_known() -> bool:
                    dry = caller.submit("image.generate", picture_input(), dry=True)
                    return "waiting_for_node" not in dry.text and dry.status_code == 200

                wait_for_condition(is_known)
                yield Chain(near, caller, far, payer, line)


def test_a_picture_is_charged_once_on_both_sides(chain: Chain) -> None:
    job = chain.run(seed=7, count=2, highDetail=True)
    assert job["status"] == "succeeded", job
    assert [one["width"] for one in job["outputs"]] == [256, 256]
    upstream = job["attempts"][0]["upstream"]
    assert (upstream["engine"], upstream["dialect"]) == ("openai", "killatamata")
    assert chain.count_spent() == (3 * PRICE, 3 * PRICE)
    margin = chain.read_margin()
    assert (margin["capturedUsd"], margin["costUsd"], margin["jobs"]) == ("0.06", "0.06", 1)
    assert chain.near.list_findings() == chain.far.list_findings() == []


def test_an_edit_takes_its_pictures_and_its_mask_along(chain: Chain) -> None:
    picture = picture_data_uri(256, 256)
    given = {"prompt": "a hat", "images": [picture, picture], "mask": picture, "strength": 0.4}
    job = chain.caller.run_job("image.edit", given)
    assert job["status"] == "succeeded", job
    assert (job["outputs"][0]["width"], job["outputs"][0]["height"]) == (256, 256)
    near, far = chain.count_spent()
    assert near == far == job["billing"]["chargedMicrousd"] > 0


def test_a_clip_keeps_its_frames_and_its_sound_on_the_way(chain: Chain) -> None:
    given = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 25, "fps": 30}
    job = chain.caller.run_job("video.generate", given)
    assert job["status"] == "succeeded", job
    [clip] = job["outputs"]
    assert (clip["frames"], clip["fps"], clip["hasAudio"]) == (25, 30, True)
    near, far = chain.count_spent()
    assert near == far == job["billing"]["chargedMicrousd"] > 0


def test_a_clip_that_is_canceled_near_is_canceled_far_and_free_on_both_sides(chain: Chain) -> None:
    given = {"prompt": "a fox [sandbox:slow=40]", "width": 256, "height": 256, "durationFrames": 25}
    job_id = chain.caller.submit("video.generate", given).json()["jobId"]
    wait_for_condition(lambda: bool(chain.payer.get_balance()["heldMicrousd"]))
    assert chain.caller.cancel_job(job_id).status_code == 200
    assert chain.count_spent() == (0, 0)


def test_an_answer_that_is_cut_is_asked_for_again_and_charged_once(chain: Chain) -> None:
    chain.line.set_fault("half:200", matching=b"/v1/images/generations", times=2)
    job = chain.run()
    assert (job["status"], len(job["attempts"])) == ("succeeded", 1), job
    assert chain.line.hits == 2
    assert chain.count_spent() == (PRICE, PRICE)


def test_a_refusal_after_an_answer_that_was_cut_makes_no_second_job(chain: Chain) -> None:
    chain.line.set_fault("half:200", matching=b"/v1/images/generations", times=1)
    job_id = chain.submit()
    wait_for_condition(lambda: chain.line.hits == 1)
    chain.line.set_fault("503", matching=b"/v1/images/generations", times=2)
    job = chain.caller.wait_for_job(job_id)
    assert (job["status"], len(job["attempts"])) == ("succeeded", 1), job
    assert chain.line.hits == 2
    assert chain.count_spent() == (PRICE, PRICE)


def test_a_gateway_that_is_killed_takes_its_job_up_again(chain: Chain) -> None:
    job_id = chain.submit(prompt="a fox [sandbox:slow=3]")

    def is_sent() -> bool:
        return bool(chain.payer.get_balance()["heldMicrousd"])

    wait_for_condition(is_sent)
    chain.near.kill()
    chain.near.start()
    job = chain.caller.wait_for_job(job_id)
    assert job["status"] == "succeeded", job
    assert chain.count_spent() == (PRICE, PRICE)


def test_a_node_without_credit_is_unpaid_and_nobody_sees_its_402(chain: Chain) -> None:
    for count in (4, 1):
        job = chain.payer.run_job("image.generate", picture_input(count=count))
        assert job["status"] == "succeeded", job
    assert chain.payer.get_balance()["availableMicrousd"] == 0
    job_id = chain.submit()

    def is_unpaid() -> bool:
        return '"unpaid"' in chain.near.run_command("admin", "node", "list", "--json").stdout

    wait_for_condition(is_unpaid)
    job = chain.caller.get_job(job_id, includeDetails=1)
    assert (job["status"], job["error"]) == ("queued", None)
    assert chain.caller.cancel_job(job_id).status_code == 200
    assert chain.caller.get_balance()["availableMicrousd"] == CREDIT


def test_a_job_that_came_through_too_many_gateways_is_refused(chain: Chain) -> None:
    body = {"prompt": "a fox", "size": "256x256"}
    for hops, status in (("2", 200), ("3", 400)):
        answer = chain.payer.http.post(
            "/v1/images/generations", json=body, headers={HOPS_HEADER: hops}
        )
        assert answer.status_code == status, answer.text
    through_near = chain.caller.http.post(
        "/v1/images/generations", json=body, headers={HOPS_HEADER: "2"}
    )
    assert (through_near.status_code, through_near.json()["error"]["code"]) == (
        500,
        "engine_failed",
    )
    assert chain.count_spent() == (0, PRICE)
