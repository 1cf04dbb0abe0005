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


def test_only_a_tag_is_released_and_no_password_is_stored() -> None:
    release = yaml.safe_load(TEXTS["release.yml"])
    assert release[True] == {"push": {"tags": ["v*"]}}  # `on`, as YAML 1.1 reads it
    assert all("secrets." not in text for text in TEXTS.values())
    writing = {name for name, text in TEXTS.items() if re.search(r": write\b", text)}
    assert writing == {"release.yml"}


def test_known_vulnerabilities_are_asked_for_each_day_by_the_test_of_that_name() -> None:
    audit = yaml.safe_load(TEXTS["audit.yml"])
    assert audit[True]["schedule"]
    (command,) = (step["run"] for step in audit["jobs"]["audit"]["steps"] if "run" in step)
    file, word = re.findall(r"(tests/\S+) -k (\w+)", command)[0]
    assert f"_{word}(" in (ROOT / file).read_text()


def test_what_the_release_builds_from_is_there() -> None:
    named = re.findall(r"(?:--file|run:) ([\w./-]+/[\w.-]+)", TEXTS["release.yml"])
    assert named == [".ci/build-release", "deploy/Containerfile"]
    assert all((ROOT / path).is_file() for path in named)
