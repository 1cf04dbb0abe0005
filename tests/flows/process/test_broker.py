"""PostgreSQL and Valkey: the broker carries hints and nothing else."""

import json
import time
from pathlib import Path

import httpx2
import pytest

from tests.fakes.anthropic.api import ANTHROPIC_KEY
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.anthropic.serving import serve_model
from tests.flows.operators.test_observing import fetch_readiness
from tests.flows.plan_calls import execute_plan, read_plan, wait_for_plan
from tests.gateway import (
    Client,
    Gateway,
    find_free_port,
    picture_input,
    run_worker,
    serve_gateway,
    worker_log_path,
)
from tests.library.files import create_project
from tests.services.valkey import ValkeyServer
from tests.studio.messages import ask_agent
from tests.studio.talks import create_thread
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow
RETRIES_SECONDS = 8


@pytest.mark.promise("jobs: ends-once")
def test_jobs_run_in_a_worker_process_and_outlive_the_broker(
    data_dir: Path, postgres_url: str
) -> None:
    with ValkeyServer() as valkey, serve_model() as (model_url, model):
        settings = {
            "KT_DATABASE_URL": postgres_url,
            "KT_REDIS_URL": valkey.url,
            "KT_ANTHROPIC_API_KEY": ANTHROPIC_KEY,
            "KT_AGENT_BASE_URL": model_url,
        }
        with (
            serve_gateway(data_dir, **settings) as gateway,
            run_worker(gateway),
            gateway.account() as account,
        ):
            job = account.run_job("image.generate", picture_input())
            assert job["status"] == "succeeded"
            assert account.http.get(job["downloadableOutputUrls"][0]).status_code == 200
            cost = run_agent_plan(account, model)
            if not valkey.is_ours:
                return
            valkey.kill()
            answers = [
                account.submit("image.generate", picture_input(str(each))) for each in range(3)
            ]
            assert {answer.status_code for answer in answers} == {202}
            valkey.start()
            for answer in answers:
                assert account.wait_for_job(answer.json()["jobId"])["status"] == "succeeded"
            assert account.get_balance()["availableMicrousd"] == 4_920_000 - cost
            assert gateway.list_findings() == []


def run_agent_plan(account: Client, model: Script) -> int:
    """Let the agent in the worker propose a plan of two steps, run it, return what both cost."""
    steps = [
        {"key": "one", "operation": "image.generate", "input": picture_input()},
        {"operation": "image.upscale", "input": {"imageUrl": "step://one/0"}},
    ]
    model.play(
        ScriptedTurn(calls=[("propose_plan", {"title": "Fox", "steps": steps})]),
        ScriptedTurn(text="Look at it.", input_tokens=0, output_tokens=0),
    )
    done = ask_agent(account, create_thread(account, create_project(account)))
    assert done["status"] == "succeeded", done
    (plan_id,) = done["planIds"]
    plan = read_plan(account, {"planId": plan_id})
    assert (plan["origin"], plan["state"]) == ("agent", "pending")
    assert execute_plan(account, plan).status_code == 202
    assert wait_for_plan(account, plan)["outcome"] == "succeeded"
    charged: int = done["billing"]["chargedMicrousd"]
    return charged + int(plan["totalMicrousd"])


def test_a_worker_without_a_broker_is_one_clear_line(data_dir: Path) -> None:
    done = Gateway(data_dir).run_command("worker")
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "KT_REDIS_URL" in line


def test_while_the_broker_is_away_each_process_says_so_once_and_shows_it(
    data_dir: Path, postgres_url: str
) -> None:
    with ValkeyServer() as valkey:
        if not valkey.is_ours:
            pytest.skip("the server is not ours to kill")
        port = find_free_port()
        settings = {
            "KT_DATABASE_URL": postgres_url,
            "KT_REDIS_URL": valkey.url,
            "KT_WORKER_METRICS": f"127.0.0.1:{port}",
        }
        with (
            serve_gateway(data_dir, **settings) as gateway,
            run_worker(gateway),
            gateway.account() as account,
        ):
            account.run_job("image.generate", picture_input())
            valkey.kill()
            wait_for_condition(lambda: 'part_up{part="broker"} 0.0' in fetch_worker_metrics(port))
            waiting = account.submit("image.generate", picture_input("owl")).json()["jobId"]
            wait_for_condition(lambda: not fetch_readiness(gateway)[1]["broker"])
            wait_for_retries(account, waiting)
            valkey.start()
            assert account.wait_for_job(waiting)["status"] == "succeeded"
            wait_for_condition(lambda: 'part_up{part="broker"} 1.0' in fetch_worker_metrics(port))
            wait_for_condition(lambda: fetch_readiness(gateway)[1]["broker"])
            for log in (gateway.read_log(), worker_log_path(gateway).read_text()):
                told = [json.loads(line) for line in log.splitlines()]
                assert "critical" not in {each["level"] for each in told}
                parts = [each["event"].split(" (")[0] for each in told if "part" in each["event"]]
                assert parts == ["part away: broker", "part back: broker"], log


def fetch_worker_metrics(port: int) -> str:
    """Return the metrics of a worker."""
    return httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text


def wait_for_retries(account: Client, job_id: str) -> None:
    """Return when a job has waited so long that all who ask the broker have tried often."""
    began = time.monotonic()
    while time.monotonic() - began < RETRIES_SECONDS:
        assert account.get_job(job_id, waitSeconds=2)["status"] == "queued"
