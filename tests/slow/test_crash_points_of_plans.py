"""A crash at each point of a plan that a power cut could choose."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.plan_calls import execute_plan, plan_step, prepare_plan, read_plan, wait_for_plan
from tests.gateway import STOP_SECONDS, Client, picture_input, serve_gateway

pytestmark = pytest.mark.slow


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.promise("plans: charged-what-succeeded")
@pytest.mark.parametrize(
    "point", ["plan.claimed:1", "plan.step_committed:1", "plan.step_committed:3"]
)
def test_a_plan_of_five_steps_ends_by_itself_after_a_crash(data_dir: Path, point: str) -> None:
    with serve_gateway(data_dir, KT_CRASH_AT=point) as gateway, gateway.account() as account:
        plan = prepare_plan(
            account,
            plan_step("image.generate", picture_input("one"), key="one"),
            plan_step("image.upscale", {"imageUrl": "step://one/0"}, key="two"),
            plan_step("image.generate", picture_input("a fox [sandbox:fail]"), key="three"),
            plan_step("image.upscale", {"imageUrl": "step://three/0"}, key="four"),
            plan_step("image.generate", picture_input("five"), key="five"),
            onFailure="continue",
        )
        with pytest.raises(httpx2.TransportError):
            execute_plan(account, plan)
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        done = wait_for_plan(account, plan)
        states = [each["state"] for each in done["steps"]]
        assert states == ["succeeded", "succeeded", "failed", "skipped", "succeeded"]
        charged = sum(
            each["priceMicrousd"] for each in done["steps"] if each["state"] == "succeeded"
        )
        balance = account.get_balance()
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000 - charged)
        assert execute_plan(account, plan).status_code == 200
        assert gateway.list_findings() == []


@pytest.mark.promise("plans: charged-what-succeeded")
def test_a_film_of_five_steps_is_finished_after_kill_9(data_dir: Path) -> None:
    """Killed while its third step runs: finished steps stay, the running one starts again."""
    short = {"width": 256, "height": 256, "durationFrames": 17}
    slow = "the hatch opens [sandbox:slow=15]"
    with serve_gateway(data_dir) as gateway, gateway.account() as account:
        plan = prepare_plan(
            account,
            plan_step("video.generate", short | {"prompt": "a fox waits"}, key="a"),
            plan_step("video.extend", build_tail_input("a"), key="b"),
            plan_step("video.extend", build_tail_input("b") | {"prompt": slow}, key="c"),
            plan_step("video.generate", short | {"prompt": "dunes"}, key="d", dependsOn=["c"]),
            plan_step(
                "video.combine", {"clips": [{"videoUrl": f"step://{key}/0"} for key in "abcd"]}
            ),
        )
        assert execute_plan(account, plan).status_code == 202
        running = wait_for_step_job(account, plan, place=2)
        account.wait_for_status(running, "running")
        gateway.kill()
        gateway.start()
        done = wait_for_plan(account, plan)
        assert [each["state"] for each in done["steps"]] == ["succeeded"] * 5
        assert done["chargedMicrousd"] == plan["totalMicrousd"]
        balance = account.get_balance()
        left = 5_000_000 - plan["totalMicrousd"]
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, left)
        film = account.get_job(done["jobIds"][-1], includeDetails=1)
        assert film["outputs"][0]["frames"] == 17 + 8 + 8 + 17
        assert gateway.list_findings() == []


def build_tail_input(source: str) -> dict[str, Any]:
    """Return the input of a clip that goes on from another by 8 frames."""
    return {
        "prompt": "it goes on",
        "videoUrl": f"step://{source}/0",
        "outputMode": "tail",
        "extendFrames": 8,
    }


def wait_for_step_job(account: Client, plan: dict[str, Any], *, place: int) -> str:
    """Wait until a step has a job; return its id."""
    for _ in range(12):
        found = read_plan(account, plan, waitSeconds=10, sinceVersion=plan["version"])
        plan, job_id = found, found["steps"][place]["jobId"]
        if job_id is not None:
            return str(job_id)
    raise AssertionError("the step never became a job")
