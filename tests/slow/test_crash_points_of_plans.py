"""A crash at each point of a plan that a power cut could choose."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.plans import ended, execute, prepared, read, step
from tests.gateway import STOP_SECONDS, Client, picture, serving

pytestmark = pytest.mark.slow


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.promise("plans: charged-what-succeeded")
@pytest.mark.parametrize(
    "point", ["plan.claimed:1", "plan.step_committed:1", "plan.step_committed:3"]
)
def test_a_plan_of_five_steps_ends_by_itself_after_a_crash(data_dir: Path, point: str) -> None:
    with serving(data_dir, KT_CRASH_AT=point) as gateway, gateway.account() as account:
        plan = prepared(
            account,
            step("image.generate", picture("one"), key="one"),
            step("image.upscale", {"imageUrl": "step://one/0"}, key="two"),
            step("image.generate", picture("a fox [sandbox:fail]"), key="three"),
            step("image.upscale", {"imageUrl": "step://three/0"}, key="four"),
            step("image.generate", picture("five"), key="five"),
            onFailure="continue",
        )
        with pytest.raises(httpx2.TransportError):
            execute(account, plan)
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        done = ended(account, plan)
        states = [each["state"] for each in done["steps"]]
        assert states == ["succeeded", "succeeded", "failed", "skipped", "succeeded"]
        charged = sum(
            each["priceMicrousd"] for each in done["steps"] if each["state"] == "succeeded"
        )
        balance = account.balance()
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, 5_000_000 - charged)
        assert execute(account, plan).status_code == 200
        assert gateway.findings() == []


@pytest.mark.promise("plans: charged-what-succeeded")
def test_a_film_of_five_steps_is_finished_after_kill_9(data_dir: Path) -> None:
    """Killed while its third step runs: finished steps stay, the running one starts again."""
    short = {"width": 256, "height": 256, "durationFrames": 17}
    slow = "the hatch opens [sandbox:slow=15]"
    with serving(data_dir) as gateway, gateway.account() as account:
        plan = prepared(
            account,
            step("video.generate", short | {"prompt": "a fox waits"}, key="a"),
            step("video.extend", tail("a"), key="b"),
            step("video.extend", tail("b") | {"prompt": slow}, key="c"),
            step("video.generate", short | {"prompt": "dunes"}, key="d", dependsOn=["c"]),
            step("video.combine", {"clips": [{"videoUrl": f"step://{key}/0"} for key in "abcd"]}),
        )
        assert execute(account, plan).status_code == 202
        running = submitted(account, plan, place=2)
        account.until(running, "running")
        gateway.kill()
        gateway.start()
        done = ended(account, plan)
        assert [each["state"] for each in done["steps"]] == ["succeeded"] * 5
        assert done["chargedMicrousd"] == plan["totalMicrousd"]
        balance = account.balance()
        left = 5_000_000 - plan["totalMicrousd"]
        assert (balance["heldMicrousd"], balance["availableMicrousd"]) == (0, left)
        film = account.job(done["jobIds"][-1], includeDetails=1)
        assert film["outputs"][0]["frames"] == 17 + 8 + 8 + 17
        assert gateway.findings() == []


def tail(source: str) -> dict[str, Any]:
    """Return the input of a clip that goes on from another by 8 frames."""
    return {
        "prompt": "it goes on",
        "videoUrl": f"step://{source}/0",
        "outputMode": "tail",
        "extendFrames": 8,
    }


def submitted(account: Client, plan: dict[str, Any], *, place: int) -> str:
    """Wait until a step has a job; return its id."""
    for _ in range(12):
        found = read(account, plan, waitSeconds=10, sinceVersion=plan["version"])
        plan, job_id = found, found["steps"][place]["jobId"]
        if job_id is not None:
            return str(job_id)
    raise AssertionError("the step never became a job")
