"""Settings and database of an operator's command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway import migrations
from gateway.kit.database import Database
from gateway.settings import Settings


def settings_for(data_dir: Path | None) -> Settings:
    """Return the settings with secrets, in the folder given or that of the environment."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.with_secrets()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database at this version's schema for the block."""
    database = Database(settings.database_url)
    try:
        await migrations.upgrade(database)
        yield database
    finally:
        await database.close()
