"""Settings and database of what an operator does; a command makes neither."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from gateway import migrations
from gateway.identity.secrets import Peppers
from gateway.kit.database import Database
from gateway.kit.operation import Ports
from gateway.settings import SECRETS_FILE, Settings, pairs

PRIVATE, PRIVATE_FILE, OTHERS = 0o700, 0o600, 0o077

# Where an operator works: in a gateway that serves, by its parts, or on the data folder of one;
# None is that of the environment.
Where = Ports | Path | None


def settings_for(data_dir: Path | None) -> Settings:
    """Return the settings with secrets, in the folder given or that of the environment."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    make_private(settings.data_dir)
    return settings.with_secrets()


def make_private(folder: Path) -> None:
    """Make the data folder, readable by its owner only; tighten one that an older version made.

    Somebody else's folder, such as /srv given by mistake, keeps its mode: it holds no file of ours.
    """
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE, exist_ok=True)
    found = folder.stat()
    ours = (folder / SECRETS_FILE).exists() or (folder / "kt.db").exists()
    is_new = not any(folder.iterdir())
    if (ours or is_new) and found.st_uid == os.geteuid() and found.st_mode & OTHERS:
        folder.chmod(PRIVATE)
    if ours:  # the files that SQLite puts beside its database get the mode of that
        for file in folder.glob("kt.db*"):
            file.chmod(PRIVATE_FILE)


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
