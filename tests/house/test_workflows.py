"""Workflows of the forge run `.ci/run`, with actions pinned to a commit."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TEXTS = {path.name: path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml")}


def test_the_checks_call_ci_run_on_an_old_and_a_new_python() -> None:
    job = yaml.safe_load(TEXTS["checks.yml"])["jobs"]["checks"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert ".ci/run" in [step.get("run") for step in job["steps"]]


def test_each_action_is_pinned_by_its_commit_and_may_only_read() -> None:
    for text in TEXTS.values():
        used = re.findall(r"uses: (\S+)", text)
        assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in used), used
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
