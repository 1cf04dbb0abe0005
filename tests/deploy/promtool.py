"""Prometheus's own promtool, run on our files; tests that need it skip where it is missing."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.alert_cases import HEALTHY, AlertCase

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
RULES = sorted((MONITORING / "rules").glob("*.yml"))
RUN_SECONDS = 300
FIRING = 'count by (alertname) (ALERTS{alertstate="firing", alertname!="Watchdog"})'
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="needs promtool (Debian's package prometheus)"
)


def run_promtool(*words: str) -> str:
    """Run promtool; return what it printed, and fail the test if it is not content."""
    ran = subprocess.run(
        ["promtool", *words], capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    assert ran.returncode == 0, f"{ran.stdout[-4000:]}{ran.stderr[-4000:]}"
    return ran.stdout


def load_rules() -> list[dict[str, Any]]:
    """Load all rules, of all groups of all files."""
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def judge_alert_cases(cases: Sequence[AlertCase], folder: Path, *, evaluate_every: str) -> None:
    """Let promtool evaluate the rules in each case; in each, exactly its alerts may fire."""
    document = {
        "rule_files": [str(file) for file in RULES],
        "evaluation_interval": evaluate_every,
        "tests": [_build_unit_test(case) for case in cases],
    }
    file = folder / "cases.yml"
    file.write_text(yaml.safe_dump(document))
    run_promtool("test", "rules", str(file))


def _build_unit_test(case: AlertCase) -> dict[str, Any]:
    series = {name: values for name, values in (HEALTHY | case.series).items() if values != "_"}
    expected = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in case.alerts]
    moment = {"expr": FIRING, "eval_time": f"{case.at_minute}m", "exp_samples": expected}
    return {
        "name": case.title,
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [moment],
    }
