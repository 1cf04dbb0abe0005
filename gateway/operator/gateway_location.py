"""The workplace of an operator: settings and database, which a command opens but never creates."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from gateway import migrations
from gateway.configuration.settings import SECRETS_FILE, Settings, parse_secret_pairs
from gateway.identity.keys.secrets import Peppers
from gateway.kit.database.sessions import Database
from gateway.kit.operation import Ports

PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE, OTHERS_MODE_BITS = 0o700, 0o600, 0o077

# The workplace of an operator: a serving gateway, by its parts, or the data folder of one; None is
# the folder of the environment.
GatewayLocation = Ports | Path | None


def load_settings(data_dir: Path | None) -> Settings:
    """Load the settings with secrets, of a data folder or that of the environment."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    make_folder_private(settings.data_dir)
    return settings.with_secrets()


def make_folder_private(folder: Path) -> None:
    """Create the data folder for its owner alone; tighten one that an older version created.

    A folder of other programs, such as /srv by mistake, keeps its mode: it holds no file of ours.
    """
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
    status = folder.stat()
    ours = (folder / SECRETS_FILE).exists() or (folder / "kt.db").exists()
    is_new = not any(folder.iterdir())
    if (ours or is_new) and status.st_uid == os.geteuid() and status.st_mode & OTHERS_MODE_BITS:
        folder.chmod(PRIVATE_FOLDER_MODE)
    if ours:  # SQLite gives the files beside its database the same mode
        for file in folder.glob("kt.db*"):
            file.chmod(PRIVATE_FILE_MODE)


def load_existing_settings(data_dir: Path | None) -> Settings:
    """Load the settings of an existing gateway: a wrong folder must not look like a clean one.

    Raises:
        LookupError: there is no database; the message names the place.
    """
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise LookupError(
            f"no database at {url.database}; give --data-dir, or start the gateway once"
        )
    return load_settings(data_dir)


@asynccontextmanager
async def open_database(settings: Settings, *, create: bool = True) -> AsyncIterator[Database]:
    """Open the database at this version's schema for the block.

    Raises:
        SchemaRefused: it cannot be upgraded, or has no tables and `create` is false.
    """
    database = Database(settings.database_url)
    try:
        await migrations.upgrade(database, create=create)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_database_at(where: GatewayLocation) -> AsyncIterator[Database]:
    """Open the database of a workplace for the block; that of a serving gateway stays open."""
    if isinstance(where, Ports):
        yield where.get(Database)
        return
    async with open_database(load_existing_settings(where), create=False) as database:
        yield database


def load_peppers(where: GatewayLocation) -> Peppers:
    """Load the peppers of a workplace, with which keys are hashed."""
    if isinstance(where, Ports):
        peppers: Peppers = where.get(Peppers)
        return peppers
    return Peppers(parse_secret_pairs(load_existing_settings(where).key_peppers))
