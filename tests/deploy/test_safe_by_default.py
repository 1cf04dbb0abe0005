"""Checkers of others over this checkout; each is fetched when it runs, else its test is skipped.

`KT_TEST_SLOW=1 ./test tests/deploy/test_safe_by_default.py`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import dev
from tests.deploy.safety_tools import ROOT, run_tool

pytestmark = pytest.mark.slow

SHIPPED = ("gateway", "workers", "killatamata", "mcp_server", "wellknown", "agent_skill", "server")
SEMGREP = ("scan", "--metrics=off", "--disable-version-check", "--error", "--quiet")
LOCKED = ("export", "-q", "--frozen", "--all-packages", "--all-extras", "--no-default-groups")
PLANTED = {
    "gateway/media/hasty.py": "import httpx2\nhttpx2.get(url)\n",
    "gateway/ledger/hasty.py": "async def find(session, name):\n"
    "    await session.execute(f\"SELECT id FROM account WHERE label = '{name}'\")\n",
    "gateway/pages/templates/hasty.html": "<p>Set KT_LIVE_ENABLED.</p>\n",
    "gateway/identity/hasty.py": "if own_signature == signature:\n    pass\n",
}


def test_each_rule_of_ours_finds_the_lines_it_is_for(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".semgrep", tmp_path / "rules")  # hidden folders are not tested
    run = run_tool("semgrep", *SEMGREP[:3], "--test", "--config", "rules", "rules", folder=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "All tests passed" in run.stdout + run.stderr


def test_our_rules_hold_in_the_whole_checkout_and_find_what_is_planted(tmp_path: Path) -> None:
    copied = tmp_path / "checkout"
    for place in (*SHIPPED, ".semgrep"):
        shutil.copytree(ROOT / place, copied / place, ignore=shutil.ignore_patterns("node_modules"))
    for path, text in PLANTED.items():
        (copied / path).write_text(text)
    run = run_tool(
        "semgrep", *SEMGREP, "--json", "--no-git-ignore", "--config", ".semgrep", ".", folder=copied
    )
    report = json.loads(run.stdout)
    assert report["errors"] == []
    assert {each["path"] for each in report["results"]} == {*PLANTED}, run.stdout


def test_bandit_finds_nothing_that_ruff_leaves_out() -> None:
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    left_out = [each for each in ruff["extend-exclude"] if not each.startswith(".")]
    run = run_tool("bandit", "-q", "-r", "-c", "pyproject.toml", *left_out)
    assert run.returncode == 0, run.stdout


def test_no_locked_package_has_a_known_vulnerability(tmp_path: Path) -> None:
    listed = subprocess.run(
        [dev.find_uv(), *LOCKED, "--no-emit-workspace"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (tmp_path / "locked.txt").write_text(listed.stdout)
    for service in ("osv", "pypi"):
        run = run_tool(
            "pip-audit", "-r", "locked.txt", "--disable-pip", "--require-hashes", "-f", "json",
            "-s", service, "--timeout", "20", "--progress-spinner", "off", folder=tmp_path,
        )  # fmt: skip
        report = json.loads(run.stdout)["dependencies"] if run.stdout.startswith("{") else []
        looked_up = [each for each in report if "vulns" in each]
        assert not [each for each in looked_up if each["vulns"]]
        if looked_up:
            return
    pytest.skip(
        "NO DATABASE of vulnerabilities can be reached: the locked packages were not audited"
    )


def test_the_workflows_and_updates_are_valid_and_safe() -> None:
    run = run_tool("zizmor", "--offline", ".github")
    assert run.returncode == 0, run.stdout + run.stderr
    for schema, files in {
        "vendor.github-workflows": [*ROOT.glob(".github/workflows/*.yml")],
        "vendor.dependabot": [ROOT / ".github/dependabot.yml"],
    }.items():
        run = run_tool("check-jsonschema", "--builtin-schema", schema, *map(str, files))
        assert run.returncode == 0, run.stdout


def test_what_a_release_publishes_is_built_from_the_commit_alone(tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("NO NODE: a release packs the npm package")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    folder, again = tmp_path / "first", tmp_path / "second"
    assert [build_release(version, each) for each in (folder, again)] == [0, 0]
    assert {path.name for path in folder.iterdir()} == {
        f"killatamata-{version}-py3-none-any.whl",
        f"killatamata-{version}.tar.gz",
        f"killatamata-{version}.tgz",
        f"killatamata_server-{version}-py3-none-any.whl",
        f"killatamata_server-{version}.tar.gz",
        *("NOTES.md", "SHA256SUMS", "sbom.cdx.json"),
    }
    sums = (folder / "SHA256SUMS").read_text()
    for line in sums.splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert sums == (again / "SHA256SUMS").read_text()
    bill = json.loads((folder / "sbom.cdx.json").read_text())
    parts = {each["name"] for each in bill["components"]}
    assert {"starlette", "sqlalchemy", "httpx2"} <= parts
    assert "pytest" not in parts
    assert build_release("9.9.9", tmp_path / "third") == 1


def build_release(version: str, folder: Path) -> int:
    """Build a release whose changelog need not be dated; return the exit code."""
    command = (str(ROOT / ".ci/build-release"), version, str(folder))
    environment = os.environ | {"UNDATED": "1"}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode
