"""Settings and database of what an operator does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway import migrations
from gateway.identity.secrets import Peppers
from gateway.kit.database import Database
from gateway.kit.operation import Ports
from gateway.settings import Settings, pairs

# Where an operator works: in a gateway that serves, by its parts, or on the data folder of one;
# None is that of the environment.
Where = Ports | Path | None


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


@asynccontextmanager
async def database_at(where: Where) -> AsyncIterator[Database]:
    """Open the database there for the block; that of a gateway that serves is open."""
    if isinstance(where, Ports):
        yield where.get(Database)
        return
    async with opened(settings_for(where)) as database:
        yield database


def peppers_at(where: Where) -> Peppers:
    """Return what keys are hashed with there."""
    if isinstance(where, Ports):
        peppers: Peppers = where.get(Peppers)
        return peppers
    return Peppers(pairs(settings_for(where).key_peppers))
