"""The account that `serve --dev` makes for a newcomer."""

from pathlib import Path

import pytest

from gateway.app import serving
from gateway.demo import EMAIL, dev_account
from gateway.identity import identities
from gateway.settings import Settings

pytestmark = pytest.mark.anyio


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
