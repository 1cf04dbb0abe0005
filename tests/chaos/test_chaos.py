"""A short chaos run with a fixed seed, and proof that its oracle sees what is broken."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random

import boto3  # type: ignore[import-untyped]
import pytest

from tests.chaos.deployment import run_deployment
from tests.chaos.faults import KINDS
from tests.chaos.load import Caller
from tests.chaos.oracle import check_promises, list_stored_keys
from tests.chaos.report import render_report
from tests.chaos.run import ChaosRun
from tests.fakes.buckets import BUCKET_KEYS
from tests.gateway import picture_input

pytestmark = pytest.mark.slow
SHORT_KINDS = ("kill -9 of a worker", "kill -9 of PostgreSQL", "empty broker")
LEAST_JOBS = 5


@pytest.mark.promise("jobs: ends-once")
@pytest.mark.promise("operations: degraded")
def test_every_promise_is_kept_after_kills_and_a_lost_promise_is_seen(tmp_path: Path) -> None:
    with run_deployment(tmp_path) as deployment:
        run = ChaosRun(deployment, seed=1)
        result = run.run_for(10, SHORT_KINDS)
        assert result.verdict.broken == []
        assert len(run.book.jobs) >= LEAST_JOBS
        report = render_report(result)
        assert "| **broken promises** | **0** |" in report
        assert f"Not made on this machine: {next(iter(KINDS))}" in report

        bucket = boto3.client(
            "s3",
            endpoint_url=deployment.bucket,
            region_name="us-east-1",
            aws_access_key_id=BUCKET_KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=BUCKET_KEYS["AWS_SECRET_ACCESS_KEY"],
        )
        output = next(
            key
            for key in list_stored_keys(deployment)
            if key.startswith(f"outputs/{run.book.jobs[0].job_id}/") and key.endswith("/0.png")
        )
        bucket.delete_object(Bucket="media", Key=f"kt/{output}")
        bucket.put_object(Bucket="media", Key="kt/outputs/job_of_nobody/1/0", Body=b"left")
        run.book.jobs[0] = replace(run.book.jobs[0], price_microusd=1, answer=b"other")
        caller = Caller(deployment, run.book, Random(0))  # noqa: S311 - no secret
        with ExitStack() as stack:
            caller.open(stack)
            caller.execute_plan()
            caller.submit("test", "image.generate", picture_input("[sandbox:reject]"))
        run.book.plans[-1] = replace(run.book.plans[-1], price_microusd=1)
        deployment.sink.delivery_ids[run.book.jobs[0].job_id].append("whd_other")
        verdict = check_promises(deployment, run.book)
        assert {each.partition(":")[0] for each in verdict.broken} >= {
            "file loads",
            "charged once",
            "failed by faults alone",
            "plan charged once",
            "webhook delivered",
            "admin check --storage",
        }
        assert any("its key is answered by" in each for each in verdict.broken)
        assert verdict.orphans == ["outputs/job_of_nobody/1/0"]
