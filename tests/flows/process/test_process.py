"""The process: one owner of a folder, one clear line when it cannot start, an end that drains."""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.configuration.settings import SECRET_SETTINGS
from tests.gateway import STOP_SECONDS, Gateway, find_free_port, picture_input, serve_gateway

STRONG = "1:0123456789abcdef0123456789abcdef"
PRODUCTION = {f"KT_{each.upper()}": STRONG for each in SECRET_SETTINGS} | {
    "KT_PROFILE": "production",
    "KT_PUBLIC_URL": "https://media.example.com",
}


def read_start_refusal(gateway: Gateway, **settings: str) -> str:
    """Start what cannot start; return its one line."""
    gateway.settings |= settings
    done = gateway.run_command("serve")
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("killatamata: ")
    return line


def test_a_second_start_on_the_same_folder_is_refused(gateway: Gateway) -> None:
    assert str(gateway.data_dir) in read_start_refusal(Gateway(gateway.data_dir))


def test_a_port_in_use_is_one_clear_line(gateway: Gateway, data_dir: Path) -> None:
    line = read_start_refusal(Gateway(data_dir), KT_PORT=str(gateway.port))
    assert f":{gateway.port}" in line
    assert "--port" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_one_clear_line(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o555)
    assert "--data-dir" in read_start_refusal(Gateway(data_dir))


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in read_start_refusal(Gateway(tmp_path / "file" / "data"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KT_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:{port}/none"),
        ("KT_DATABASE_URL", "postgresql://kt@db/kt"),
        ("KT_REDIS_URL", "127.0.0.1:6379"),
        ("KT_STORAGE_URL", "s3://"),
        ("KT_COMFY_NODES", "gpu1=10.0.0.7:8188"),
        ("KT_LOG_LEVEL", "loud"),
        ("KT_SIGNING_KEYS", "nonsense"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_clear_line(
    data_dir: Path, name: str, value: str
) -> None:
    assert name in read_start_refusal(
        Gateway(data_dir), **{name: value.format(port=find_free_port())}
    )


def test_production_starts_only_with_secrets_that_were_filled_in(data_dir: Path) -> None:
    given = {"KT_PROFILE": "production", "KT_KEY_PEPPERS": STRONG}
    assert read_start_refusal(Gateway(data_dir), **given).endswith(
        ": production needs KT_PUBLIC_URL"
    )
    given["KT_PUBLIC_URL"] = "https://media.example.com"
    assert "KT_SIGNING_KEYS, KT_REQUEST_STATE_KEYS" in read_start_refusal(
        Gateway(data_dir), **given
    )
    others = {"KT_SIGNING_KEYS": "1:…", "KT_REQUEST_STATE_KEYS": STRONG}
    line = read_start_refusal(Gateway(data_dir), **given, **others)
    assert line.endswith("KT_SIGNING_KEYS: a secret must have at least 32 characters")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KT_CRASH_AT", "claim.committed:1"),
        ("KT_TEST_STRIPE_API_BASE", "http://127.0.0.1:12111"),
        ("KT_TEST_COINBASE_API_BASE", "http://127.0.0.1:12112"),
    ],
)
def test_what_is_made_for_tests_does_not_start_in_production(
    data_dir: Path, name: str, value: str
) -> None:
    line = read_start_refusal(Gateway(data_dir), **PRODUCTION, **{name: value})
    assert line == f"killatamata: production does not start with {name}"


@pytest.mark.promise("operations: safe-production")
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KT_PUBLIC_URL", "http://media.example.com", "KT_PUBLIC_URL: production needs"),
        ("KT_API_URL", "http://api.example.com", "KT_API_URL: production needs"),
        ("KT_FILES_URL", "http://files.example.com", "KT_FILES_URL: production needs"),
        ("KT_KEY_PEPPERS", f"1:{'x' * 32}", "KT_KEY_PEPPERS: a secret is easy to guess"),
        ("KT_SIGNING_KEYS", f"2:{STRONG[2:]},1:{'ab' * 16}", "KT_SIGNING_KEYS: a secret"),
        ("KT_LIVE_STRIPE_KEY", "sk_live_x", "needs KT_LIVE_STRIPE_WEBHOOK_SECRETS"),
        ("KT_LIVE_COINBASE_KEY", "x", "needs KT_LIVE_COINBASE_WEBHOOK_SECRETS"),
    ],
)
def test_production_does_not_start_where_it_would_leak_or_lose(
    data_dir: Path, name: str, value: str, told: str
) -> None:
    assert told in read_start_refusal(Gateway(data_dir), **PRODUCTION | {name: value})


@pytest.mark.promise("operations: private-folder")
def test_the_data_folder_is_its_owners_alone(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as client:
        client.run_job("image.generate", {"prompt": "a fox"})
        for each in (data_dir, *data_dir.rglob("*")):
            assert each.stat().st_mode & 0o077 == 0, each
    data_dir.chmod(0o755)
    with serve_gateway(data_dir):
        assert data_dir.stat().st_mode & 0o777 == 0o700


@pytest.mark.promise("operations: no-prompts-in-logs")
def test_a_debug_log_has_no_prompt(data_dir: Path) -> None:
    with serve_gateway(data_dir, KT_LOG_LEVEL="debug") as gateway, gateway.account() as client:
        client.run_job("image.generate", {"prompt": "a fox that nobody may read of"})
        named = client.http.post("/api/v1/studio/projects", json={"name": "nobody may read of"})
        assert named.status_code == 201, named.text
        assert "nobody may read of" not in gateway.read_log()


def test_a_setting_that_is_misspelt_is_named_at_the_start(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path / "new", KT_PROT="9", kt_log_level="error", KT_API_KEY="kt_x")
    done = gateway.run_command("migrate")
    said = "killatamata: KT_PROT is not a setting; did you mean KT_PORT?"
    assert (done.returncode, done.stderr.splitlines()) == (0, [said])


def test_commands_of_operators_make_no_database(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path / "new")
    for words in ("status", "check", "account list", "account create --mode test"):
        done = gateway.run_command("admin", *words.split())
        assert done.returncode == 1
        assert f"no database at {tmp_path}/new/kt.db" in done.stderr
    gateway.data_dir.mkdir()
    (gateway.data_dir / "kt.db").touch()
    assert "no tables" in gateway.run_command("admin", "check").stderr
    assert gateway.run_command("migrate").returncode == 0
    assert gateway.run_command("admin", "check").stdout == "clean\n"


def test_exceptions_for_fetches_are_told_at_the_start(data_dir: Path) -> None:
    with serve_gateway(data_dir, KT_FETCH_ALLOW="10.0.0.7/32:9000") as gateway:
        assert "KT_FETCH_ALLOW lets fetches reach 10.0.0.7/32:9000" in gateway.read_log()


def test_a_restart_keeps_account_key_and_files(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as account:
        job = account.run_job("image.generate", picture_input())
        assert gateway.stop() == 0
        gateway.start()
        assert account.get_balance()["balanceUsd"] == "4.98"
        assert account.get_job(job["jobId"])["status"] == "succeeded"
        assert account.http.get(job["downloadableOutputUrls"][0]).status_code == 200
        again = account.submit("image.generate", picture_input())
        assert again.status_code == 202


def test_sigterm_answers_who_waits_and_gives_the_jobs_back(data_dir: Path) -> None:
    with (
        serve_gateway(data_dir) as gateway,
        gateway.account() as account,
        ThreadPoolExecutor(1) as pool,
    ):
        slow = account.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
        version = account.wait_for_status(slow, "running")["version"] + 1_000
        waiter = pool.submit(account.get_job, slow, waitSeconds=30, sinceVersion=version)
        began = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - began < 15
        assert waiter.result(STOP_SECONDS)["status"] == "running"
        gateway.start()
        job = account.get_job(slow)
        assert job["status"] in {"queued", "running"}
        assert job["attempt"] <= 2
        account.cancel_job(slow)
        assert account.get_balance()["availableUsd"] == "5.00"
        assert gateway.list_findings() == []


def test_the_command_line_makes_accounts_and_checks_the_books(gateway: Gateway) -> None:
    made = gateway.run_command(
        "admin", "account", "create", "--mode", "test", "--credit-usd", "0.14"
    )
    assert made.returncode == 0
    key = made.stdout.split()[-1]
    with gateway.client(key) as http:
        assert http.get("/api/v1/balance").json()["availableUsd"] == "0.14"
    checked = gateway.run_command("admin", "check", "--json")
    assert (checked.returncode, checked.stdout.strip()) == (0, '{"ran": true, "findings": []}')
    wrong = gateway.run_command(
        "admin", "account", "create", "--mode", "test", "--credit-usd", "lots"
    )
    assert wrong.returncode != 0
    assert len(wrong.stderr.splitlines()) == 1


def test_only_the_address_asked_for_is_listened_on(gateway: Gateway) -> None:
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", gateway.port))


def test_health_and_readiness(gateway: Gateway) -> None:
    with gateway.client() as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        ready = http.get("/readyz").json()
        assert (ready["status"], ready["database"], ready["storage"]) == ("ready", True, True)
        assert http.get("/api/v1/health").json()["status"] == "ok"
