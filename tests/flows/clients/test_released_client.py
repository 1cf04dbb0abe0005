"""The last released client and today's gateway: what an installed program does goes on working."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.kit.release import VERSION
from tests.gateway import Gateway

(WHEEL,) = (Path(__file__).parent / "data").glob("killatamata-*.whl")
COMMAND = "from killatamata.cli import main; main()"
SECONDS = 90
PROGRAM = """
import json, sys
from importlib.metadata import version
import killatamata

fields = {"prompt": "a fox", "width": 256, "height": 256}
with killatamata.Client() as client:
    quote = client.quote("image.generate", **fields)
    job = client.run("image.generate", quote_id=quote.quote_id, **fields)
    (file,) = client.jobs.download(job, "fox.png")
    submitted = client.submit("image.generate", **fields)
    waited = client.jobs.wait(submitted, timeout_seconds=60)
    events = [each.type for each in client.jobs.events(submitted)]
    steps = [{"operation": "image.generate", "input": fields}]
    plan = client.plans.execute(client.plans.prepare(steps))
    while plan.outcome == "running":
        plan = client.plans.get(plan.plan_id, wait_seconds=30, since_version=plan.version)
    print(json.dumps({
        "place": killatamata.__file__,
        "version": version("killatamata"),
        "available": client.balance().available_usd,
        "quoted": quote.total_usd,
        "charged": job.billing.charged_usd,
        "head": file.read_bytes()[:4].hex(),
        "waited": waited.status,
        "last_event": events[-1],
        "plan": plan.outcome,
        "jobs": [each.status for each in client.jobs.list()],
        "plans": [each.plan_id for each in client.plans.list()] == [plan.plan_id],
    }))
"""


class Installed:
    """The released client in a folder of its own, as pip would put it there, and its user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with zipfile.ZipFile(WHEEL) as archive:
            archive.extractall(folder / "site")

    def run_python(self, *words: str, stdin: str = "") -> str:
        """Run Python with this client in front of the checkout's; return what it printed."""
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.folder / "site"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
        }
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder, env=environment, input=stdin, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def released(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    installed = Installed(tmp_path_factory.mktemp("released"))
    with gateway.account() as account:
        options = ("--with-key", "-", "--base-url", gateway.base)
        said = installed.run_python("-c", COMMAND, "login", *options, stdin=f"{account.key}\n")
        assert "Signed in" in said
        yield installed


@pytest.mark.promise("client: released-client")
def test_a_released_client_signs_in_buys_waits_saves_and_lists(released: Installed) -> None:
    told: dict[str, Any] = json.loads(released.run_python("-c", PROGRAM))
    assert told.pop("place").startswith(str(released.folder))
    assert told.pop("version") == WHEEL.name.split("-")[1]
    assert told.pop("available") < "5"
    assert told.pop("quoted") == told.pop("charged")
    assert told == {
        "head": "89504e47",
        "waited": "succeeded",
        "last_event": "done",
        "plan": "succeeded",
        "jobs": ["succeeded"] * 3,
        "plans": True,
    }


def test_its_command_makes_a_picture_too(released: Installed) -> None:
    words = ("generate", "a fox", "width=256", "height=256", "-o", "too.png", "--json")
    told = json.loads(released.run_python("-c", COMMAND, *words))
    assert told["status"] == "succeeded"
    assert (released.folder / "too.png").read_bytes()[:4].hex() == "89504e47"


def test_each_answer_names_the_version_of_the_gateway(gateway: Gateway) -> None:
    with gateway.client() as http:
        for path, status in (("/api/v1/health", 200), ("/api/v1/balance", 401), ("/nothing", 404)):
            answer = http.get(path)
            assert (answer.status_code, answer.headers["x-gateway-version"]) == (status, VERSION)
