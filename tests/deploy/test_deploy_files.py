"""Files of `deploy/`: each is read by the tool that it is for, and they agree with the program.

A check is skipped where its tool is not installed; `.ci/run` installs them on Debian.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.doors.openai import routes as openai_routes
from gateway.openapi.problems import takes_idempotency_key
from tests.deploy.deploy_files import DEPLOY, find_tool, make_certificate, make_environment_file
from tests.docs.test_documents import is_known_command

COMPOSE_FILES = ("compose.yaml", "compose.small.yaml")
SCRIPTS = [*sorted(DEPLOY.rglob("*.sh")), DEPLOY / "systemd/killatamata"]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HARDENING = DEPLOY / "systemd/killatamata-.service.d/hardening.conf"
OURS = ("gateway-1", "gateway-2", "worker", "migrate", "gateway")


def run_tool(*command: str | Path, **environment: str) -> str:
    """Run a tool to its end; return what it printed, and fail with it."""
    done = subprocess.run(
        list(map(str, command)),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    """A copy of the folder with its `.env` filled in."""
    copy = shutil.copytree(DEPLOY, tmp_path / "deploy")
    make_environment_file(copy)
    return copy


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_compose_resolves_each_file(deploy: Path, name: str) -> None:
    compose = find_tool("docker-compose")
    resolved = run_tool(compose, "-f", deploy / name, "config")
    services: dict[str, Any] = yaml.safe_load(resolved)["services"]
    for service in OURS:
        if found := services.get(service):
            assert found["read_only"]
            assert found["cap_drop"] == ["ALL"]
            assert found["image"] == "killatamata:local"
        if service in {"gateway-1", "gateway-2"} and found:
            assert found["healthcheck"]["test"][-2:] == ["8787", "/readyz"]


def test_no_process_of_the_application_knows_the_password_of_the_owner(deploy: Path) -> None:
    compose = find_tool("docker-compose")
    services = yaml.safe_load(
        run_tool(compose, "-f", deploy / "compose.yaml", "--profile", "backup", "config")
    )["services"]
    owner = re.search(r"^OWNER_PASSWORD=(.+)$", (deploy / ".env").read_text(), re.MULTILINE)
    assert owner is not None
    knowing = {name for name, service in services.items() if owner[1] in yaml.dump(service)}
    assert knowing == {"backup", "database", "migrate"}


def test_compose_refuses_to_start_without_secrets(deploy: Path) -> None:
    shutil.copy(deploy / "env.example", deploy / ".env")
    command = [find_tool("docker-compose"), "-f", str(deploy / "compose.yaml"), "config"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "env.example" in done.stderr


@pytest.mark.parametrize("name", [*COMPOSE_FILES, "env.example"])
def test_each_setting_that_a_file_names_exists(name: str) -> None:
    named = set(re.findall(r"\bKT_[A-Z_]+", (DEPLOY / name).read_text()))
    assert named <= {f"KT_{each.upper()}" for each in Settings.model_fields}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_script_is_valid_for_a_plain_shell(script: Path) -> None:
    run_tool("sh", "-n", script)


@pytest.mark.parametrize("as_owner", ["", "1"])
def test_the_operators_script_hands_arguments_and_settings_to_systemd_as_they_are(
    as_owner: str, tmp_path: Path
) -> None:
    stand_in = tmp_path / "systemd-run"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    typed = ["admin", "restore", "/a folder", "--reason", "costs $5 & more"]
    path = f"{tmp_path}:{os.environ['PATH']}"
    script = DEPLOY / "systemd/killatamata"
    words = run_tool("sh", script, *typed, AS_OWNER=as_owner, PATH=path).splitlines()
    assert words[-len(typed) :] == typed
    assert {"--property=User=killatamata", "--expand-environment=no"} <= set(words)
    files = [word.rpartition("=")[2] for word in words if "=EnvironmentFile=" in word]
    owner = ["/etc/killatamata/owner.env"] if as_owner else []
    assert files == ["/etc/killatamata/env", *owner]


def test_caddy_takes_its_file_as_it_is() -> None:
    caddy = find_tool("caddy")
    file = DEPLOY / "proxy/Caddyfile"
    names = {"SITE_HOST": "media.example.com", "GATEWAYS": "127.0.0.1:1 127.0.0.1:2"}
    assert "Valid configuration" in run_tool(
        caddy, "validate", "--adapter", "caddyfile", "--config", file, **names
    )
    assert run_tool(caddy, "fmt", file).strip() == file.read_text().strip()


def test_nginx_takes_its_file_with_a_certificate(tmp_path: Path) -> None:
    nginx = find_tool("nginx")
    text = (DEPLOY / "proxy/nginx.conf").read_text()
    folder = make_certificate(tmp_path)
    text = text.replace("/etc/letsencrypt/live/media.example.com", str(folder))
    frame = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {tmp_path}/site; }}"
    (tmp_path / "site").write_text(text)
    (tmp_path / "nginx.conf").write_text(frame)
    said = run_tool(nginx, "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path)
    assert "test is successful" in said
    assert "[warn]" not in said


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """A copy of the units and their drop-in, with a program that is there."""
    copy = shutil.copytree(DEPLOY / "systemd", tmp_path / "systemd")
    for unit in copy.glob("*.service"):
        text = unit.read_text().replace("/opt/killatamata/.venv/bin/killatamata", "/bin/true")
        unit.write_text(text.replace("/usr/bin/curl", "/bin/true"))
        unit.rename(unit.with_name(unit.name.replace("@", "@8787")))
    return copy


def test_nginx_repeats_only_what_the_gateways_carry_out_once_for_a_key() -> None:
    text = (DEPLOY / "proxy/nginx.conf").read_text()
    (pattern,) = re.findall(r'"~(\^.+)" 1;', text)
    posts = {each.path: each for each in list_operations() if each.method == "POST"}
    repeated = {path for path in posts if re.match(pattern, f"{path}|10|key|application/json")}
    assert repeated == {"/api/v1/media/jobs"}
    assert takes_idempotency_key(posts["/api/v1/media/jobs"])
    assert re.match(pattern, "/v1/videos|33999999|key|application/json")
    for other in ("/v1/videos||key|application/json", "/v1/videos|10||application/json"):
        assert not re.match(pattern, other)
    # Each POST at /v1 is a submit under its key.
    names = re.findall(r'"POST": \((\w+),', Path(openai_routes.__file__).read_text())
    assert set(names) == {"submit_job"}


def test_systemd_takes_each_unit(units: Path) -> None:
    files = sorted([*units.glob("*.service"), *units.glob("*.timer")])
    assert len(files) == len(UNITS) + 1
    assert run_tool(find_tool("systemd-analyze"), "verify", "--man=no", *files) == ""


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_calls_the_exposure_of_each_unit_low(unit: Path, units: Path) -> None:
    threshold = ("--threshold=20", "--offline=true", "--no-pager")  # 2.0 of 10
    file = units / unit.name.replace("@", "@8787")
    run_tool(find_tool("systemd-analyze"), "security", *threshold, file)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_no_unit_sets_what_the_drop_in_would_overrule(unit: Path) -> None:
    def list_names(file: Path) -> set[str]:
        return set(re.findall(r"^(\w+)=", file.read_text(), re.MULTILINE))

    assert not list_names(unit) & list_names(HARDENING)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_each_unit_starts_a_command_that_exists(unit: Path) -> None:
    line = re.findall(r"^ExecStart=\S+/killatamata (.+)$", unit.read_text(), re.MULTILINE)[0]
    assert is_known_command(["killatamata", *shlex.split(line.replace("%i", "8787"))])
