"""The lock of the data folder: one SQLite database has one process."""

import fcntl
from typing import IO

from gateway.configuration.settings import Settings
from gateway.process.start_up import StartRefused


class AlreadyRunning(StartRefused):
    """Another process owns this data folder's SQLite database."""


def lock_data_folder(settings: Settings) -> IO[str]:
    """Lock the data folder for this process; a SQLite database may have only one.

    The kernel drops the lock when the process dies, however it dies.

    Raises:
        AlreadyRunning: another process holds the lock.
    """
    file = (settings.data_dir / "kt.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AlreadyRunning(f"another gateway uses {settings.data_dir}") from None
    return file
