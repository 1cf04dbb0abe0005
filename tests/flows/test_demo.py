"""The account that `serve --dev` makes for a newcomer."""

import signal
from pathlib import Path
from time import monotonic, sleep

import pytest

from gateway.app import serving
from gateway.demo import EMAIL, dev_account
from gateway.identity import identities
from gateway.settings import Settings
from tests.processes import started

pytestmark = pytest.mark.anyio
START_SECONDS = 60


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    data_dir.mkdir()
    return Settings(data_dir=data_dir).with_secrets()


async def test_whoever_signs_in_as_the_developer_has_the_account_of_the_key(
    settings: Settings,
) -> None:
    async with serving(settings) as application:
        made = await dev_account(application)
        assert await dev_account(application) == made
        async with application.database.read() as snapshot:
            person = await identities.find(snapshot, "email", "", EMAIL)
    assert person is not None
    assert person.account_id == made["accountId"]


@pytest.mark.slow
def test_the_first_start_alone_makes_a_picture(tmp_path: Path) -> None:
    told = tmp_path / "told"
    told.touch()
    for starts in (1, 2):
        words = ("serve", "--dev", "--data-dir", str(tmp_path / "data"))
        process = started(words, {"KT_PORT": "0"}, told)
        until = monotonic() + START_SECONDS
        while told.read_text().count("Serving on ") < starts:
            assert process.poll() is None, told.read_text()
            assert monotonic() < until, told.read_text()
            sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_SECONDS) == 0
    assert told.read_text().count(" held\n") == 1
    assert (tmp_path / "data" / "first-picture.png").exists()
