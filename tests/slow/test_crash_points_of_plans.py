"""A crash at each point of a plan that a power cut could choose."""

from pathlib import Path

import httpx2
import pytest

from tests.flows.plans import ended, execute, prepared, step
from tests.gateway import STOP_SECONDS, picture, serving


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
