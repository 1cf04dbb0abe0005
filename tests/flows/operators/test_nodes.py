"""The operator's commands for nodes, on a gateway that runs, and the whole way from outside."""

import json
from pathlib import Path

import pytest

from tests.fakes.comfyui import FakeComfy
from tests.gateway import Gateway, assert_problem, picture_input, serve_gateway
from tests.waiting import wait_for_condition
from tests.workers.comfyui.farm import ENGINES_TOML

pytestmark = pytest.mark.slow


def run_node_command(gateway: Gateway, *words: str) -> dict[str, object]:
    done = gateway.run_command("admin", "node", *words, "--json")
    assert done.returncode == 0, done.stderr
    shown: dict[str, object] = json.loads(done.stdout)
    return shown


def test_an_operator_adds_a_node_and_a_live_job_runs_on_it(tmp_path: Path) -> None:
    engines = tmp_path / "engines.toml"
    engines.write_text(ENGINES_TOML)
    with (
        FakeComfy(tmp_path / "comfy") as fake,
        serve_gateway(tmp_path / "data", KT_ENGINES_FILE=str(engines)) as gateway,
        gateway.account(mode="live") as live,
    ):
        assert_problem(live.submit("image.generate", picture_input()), 503, "no_capacity")
        dry = run_node_command(gateway, "add", "gpu", fake.url, "--reason", "new", "--dry-run")
        assert dry["dryRun"] is True
        assert (
            run_node_command(gateway, "add", "gpu", fake.url, "--reason", "new")["changed"] is True
        )
        assert (
            run_node_command(gateway, "add", "gpu", fake.url, "--reason", "new")["changed"] is False
        )
        wait_for_condition(
            lambda: (
                live.submit("image.generate", picture_input(), dry=True).json()["blockedBy"] == []
            ),
            pause_seconds=0.5,  # an account has 120 dry runs a minute
        )
        job = live.run_job("image.generate", picture_input())
        assert (job["status"], job["upstream"]["node"]) == ("succeeded", "gpu")
        assert fake.url not in json.dumps(job)
        shown = run_node_command(gateway, "check", "gpu")
        assert (shown["state"], shown["version"], shown["lacks"]) == ("up", "0.27.0", {})
        now = shown["now"]
        assert isinstance(now, dict)
        assert (now["answers"], now["can"]["image.generate"], now["lacks"]) == (True, "sdxl", {})
        assert (
            run_node_command(gateway, "drain", "gpu", "--reason", "driver")["state"] == "draining"
        )
        assert run_node_command(gateway, "enable", "gpu", "--reason", "driver")["changed"] is True
        fake.kill()
        gone = gateway.run_command("admin", "node", "check", "gpu", "--json")
        assert (gone.returncode, json.loads(gone.stdout)["now"]["answers"]) == (1, False)
        run_node_command(gateway, "remove", "gpu", "--reason", "sold")
        assert gateway.run_command("admin", "node", "check", "gpu").returncode == 1
        assert gateway.list_findings() == []


def test_an_address_that_is_none_is_refused_in_one_line(gateway: Gateway) -> None:
    for name, url in (("gpu", "10.0.0.1:8188"), ("sandbox", "http://a:1"), ("a b", "http://a:1")):
        done = gateway.run_command("admin", "node", "add", name, url, "--reason", "x")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
