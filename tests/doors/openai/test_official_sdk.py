"""The official SDK at a timeout of one second: three requests, one job, one charge.

`KT_TEST_SLOW=1 ./test tests/doors/openai -k official` needs a registry; without one, it is skipped.
"""

import json
import subprocess
from pathlib import Path

import pytest

from tests.gateway import Client, Gateway
from tests.installing import ROOT, install_from_pip

pytestmark = pytest.mark.slow
SDK = "openai==3.57.0"
FOLDER = ROOT / ".tools" / "openai-sdk"
SCRIPT = Path(__file__).with_name("retrying_client.py")
CALL_SECONDS = 60


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of an environment with the SDK."""
    return install_from_pip(FOLDER, [SDK]) / "python"


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-stainless-read-timeout": "600"}],
    ids=["answered in time", "timed out for real"],
)
def test_the_official_client_at_one_second_makes_one_job(
    python: Path, gateway: Gateway, client: Client, headers: dict[str, str]
) -> None:
    command = [str(python), str(SCRIPT), f"{gateway.base}/v1", client.key, json.dumps(headers)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=CALL_SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    told = json.loads(ran.stdout)
    assert told["sent"] == ["POST"] * 3
    (job,) = client.http.get("/api/v1/media/jobs").json()["data"]
    assert (job["jobId"], job["status"]) == (told["job"], "succeeded")
    assert client.get_balance()["availableUsd"] == "4.98"
