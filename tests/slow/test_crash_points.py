"""A crash at each point of a job that a power cut could choose."""

from pathlib import Path

import pytest

from tests.gateway import STOP_SECONDS, picture_input, serve_gateway
from tests.slow_jobs import wait_until_settled

pytestmark = pytest.mark.slow

POINTS = [
    "claim.committed",
    "engine.finished",
    "output.stored",
    "settle.in_transaction",
    "settle.committed",
]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.promise("jobs: ends-once")
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_point_of_a_job_ends_it_once(data_dir: Path, point: str) -> None:
    with serve_gateway(data_dir, KT_CRASH_AT=f"{point}:1") as gateway, gateway.account() as account:
        job = account.submit("image.generate", picture_input(), key="once").json()["jobId"]
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        (ended,) = wait_until_settled(gateway, account, [job])
        assert ended["status"] == "succeeded"
        outputs = list((data_dir / "files" / "outputs").rglob("*.png"))
        assert len(outputs) == (2 if point in {"output.stored", "settle.in_transaction"} else 1)
