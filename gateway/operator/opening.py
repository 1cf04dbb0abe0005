"""Settings and database of what an operator does; a command makes neither."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

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


def existing(data_dir: Path | None) -> Settings:
    """Return the settings of a gateway that there is: a wrong folder must not look clean.

    Raises:
        LookupError: there is no database, naming where.
    """
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise LookupError(
            f"no database at {url.database}; give --data-dir, or start the gateway once"
        )
    return settings_for(data_dir)


@asynccontextmanager
async def opened(settings: Settings, *, create: bool = True) -> AsyncIterator[Database]:
    """Open the database at this version's schema for the block.

    Raises:
        SchemaRefused: that cannot be, or there are no tables and `create` is false.
    """
    database = Database(settings.database_url)
    try:
        await migrations.upgrade(database, create=create)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def database_at(where: Where) -> AsyncIterator[Database]:
    """Open the database there for the block; that of a gateway that serves is open."""
    if isinstance(where, Ports):
        yield where.get(Database)
        return
    async with opened(existing(where), create=False) as database:
        yield database


def peppers_at(where: Where) -> Peppers:
    """Return what keys are hashed with there."""
    if isinstance(where, Ports):
        peppers: Peppers = where.get(Peppers)
        return peppers
    return Peppers(pairs(existing(where).key_peppers))
