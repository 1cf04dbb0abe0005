"""The account that `serve --dev` makes for a newcomer."""

import json
import signal
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest
from PIL import Image

from gateway.app import run_application
from gateway.configuration.settings import Settings
from gateway.demo import DEV_FILE, EMAIL, ensure_dev_account
from gateway.identity.accounts import identities
from tests.gateway import stop_process
from tests.in_process import build_client
from tests.processes import Process, start_command

pytestmark = pytest.mark.anyio
START_SECONDS, KILLED = 60, 137


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir).with_secrets()


async def test_whoever_signs_in_as_the_developer_has_the_account_of_the_key(
    settings: Settings,
) -> None:
    async with run_application(settings) as application:
        made = await ensure_dev_account(application)
        assert await ensure_dev_account(application) == made
        async with application.database.read() as snapshot:
            person = await identities.find_identity(snapshot, "email", "", EMAIL)
    assert person is not None
    assert person.account_id == made["accountId"]


async def test_a_start_that_died_before_it_kept_the_key_left_one_account(
    settings: Settings,
) -> None:
    async with run_application(settings) as application:
        lost = await ensure_dev_account(application)
        (settings.data_dir / DEV_FILE).unlink()
        found = await ensure_dev_account(application)
    assert found["accountId"] == lost["accountId"]
    assert found["apiKey"] != lost["apiKey"]


async def test_a_revoked_key_of_the_developer_is_replaced(settings: Settings) -> None:
    async with run_application(settings) as application:
        lost = await ensure_dev_account(application)
        async with build_client(application, lost["apiKey"]) as http:
            revoked = await http.post(
                "/api/v1/keys/revoke", json={"keyPrefix": lost["apiKey"][:16]}
            )
            assert revoked.status_code == 200, revoked.text
        found = await ensure_dev_account(application)
        assert found["apiKey"] != lost["apiKey"]
        async with build_client(application, found["apiKey"]) as http:
            assert (await http.get("/api/v1/balance")).status_code == 200
        assert await ensure_dev_account(application) == found


@pytest.mark.slow
def test_the_first_start_alone_makes_a_picture(tmp_path: Path) -> None:
    told = tmp_path / "told"
    for starts in (1, 2):
        process = start_dev(tmp_path)
        wait_for_words(process, told, "Serving on ", starts)
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_SECONDS) == 0
    assert told.read_text().count(" held\n") == 1
    assert (tmp_path / "data" / "first-picture.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("point", ["submit.committed", "claim.committed", "settle.committed"])
def test_a_first_start_that_dies_makes_its_picture_at_the_next(tmp_path: Path, point: str) -> None:
    assert start_dev(tmp_path, KT_CRASH_AT=point).wait(START_SECONDS) == KILLED
    process = start_dev(tmp_path)
    wait_for_words(process, tmp_path / "told", "Serving on ", 1)
    kept = json.loads((tmp_path / "data" / "dev.json").read_text())
    with httpx2.Client(base_url=kept["baseUrl"], headers={"x-api-key": kept["apiKey"]}) as client:
        jobs = client.get("/api/v1/media/jobs").json()["data"]
        balance = client.get("/api/v1/balance").json()
    assert stop_process(process) == 0
    assert [job["status"] for job in jobs] == ["succeeded"]
    assert (balance["balanceUsd"], balance["heldMicrousd"]) == ("4.98", 0)
    with Image.open(tmp_path / "data" / "first-picture.png") as picture:
        picture.load()


def start_dev(folder: Path, **settings: str) -> Process:
    """Start `serve --dev` in a folder; its output goes to the file `told` there."""
    words = ("serve", "--dev", "--data-dir", str(folder / "data"))
    return start_command(words, {"KT_PORT": "0", **settings}, folder / "told")


def wait_for_words(process: Process, told: Path, words: str, times: int) -> None:
    """Wait until a process has printed these words so many times."""
    until = monotonic() + START_SECONDS
    while not told.exists() or told.read_text().count(words) < times:
        assert process.poll() is None, told.read_text()
        assert monotonic() < until, told.read_text()
        sleep(0.05)
