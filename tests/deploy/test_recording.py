"""Recordings of a real gateway and worker, judged by the alert rules.

Rounds are recorded at once and dated 15 seconds apart, so that minutes of rules take seconds.
"""

import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tests.databases import DatabaseCopies
from tests.deploy.promtool import needs_promtool, run_promtool
from tests.deploy.recording import MetricsRecorder, judge_recording, read_samples
from tests.gateway import find_free_port, picture_input, run_worker, serve_gateway, stop_process
from tests.services.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, needs_promtool]
ROUND_SECONDS, STARTED_AT = 15, 1_800_000_000
TOKEN = "a token of the metrics for this test"


def test_a_recording_of_a_healthy_system_is_quiet_and_of_one_without_a_worker_is_not(
    tmp_path: Path, postgres_copies: DatabaseCopies, valkey: ValkeyServer
) -> None:
    worker_metrics, path = f"127.0.0.1:{find_free_port()}", tmp_path / "recording"
    settings = {"KT_DATABASE_URL": postgres_copies.take(), "KT_REDIS_URL": valkey.url}
    settings |= {"KT_METRICS_TOKEN": TOKEN, "KT_WORKER_METRICS": worker_metrics}
    moments = count(STARTED_AT, ROUND_SECONDS)
    with (
        serve_gateway(tmp_path / "data", **settings) as gateway,
        gateway.account() as account,
        run_worker(gateway) as worker,
        path.open("w") as file,
    ):
        targets = {gateway.base: "gateway", f"http://{worker_metrics}": "worker"}
        recorder = MetricsRecorder(targets, file, TOKEN)
        account.run_job("image.generate", picture_input())
        assert [recorder.scrape(next(moments)) for _ in range(8)] == [2] * 8
        account.run_job("image.generate", picture_input())
        assert [recorder.scrape(next(moments)) for _ in range(8)] == [2] * 8
        assert judge_recording(path, ROUND_SECONDS) == {}
        stop_process(worker)
        assert [recorder.scrape(next(moments)) for _ in range(24)] == [1] * 24
        recorder.close()
    assert set(judge_recording(path, ROUND_SECONDS)) == {"NoWorker"}
    run_promtool("tsdb", "create-blocks-from", "openmetrics", str(path), str(tmp_path / "blocks"))
    samples = read_samples(path, ROUND_SECONDS)
    accepted = 'killatamata_submits_total{outcome="accepted",job="gateway"'
    ((_, values),) = [each for each in samples.items() if each[0].startswith(accepted)]
    assert [float(values[number]) for number in (0, 15)] == [1, 2]


def test_the_command_judges_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    rounds = [f'up{{job="gateway",instance="g1:8787"}} 0 {5 * number}' for number in range(60)]
    path.write_text("\n".join([*rounds, "# EOF\n"]))
    words = [sys.executable, "-m", "tests.deploy.recording", "judge", str(path)]
    judged = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (judged.returncode, judged.stdout) == (1, "NoGateway: 245 s\n")
