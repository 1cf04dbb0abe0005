"""The disk: writes that are durable, and a reserve that stays free for requests under way."""

import errno
import os
import shutil
import time
from pathlib import Path

from gateway.kit.errors import StorageFull

FRESH_SECONDS = 1.0
FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_disk_full(error: BaseException) -> bool:
    """Return True if a system call failed because there is no room for what was written."""
    return isinstance(error, OSError) and error.errno in FULL_ERRNOS


def sync_to_disk(path: Path) -> None:
    """Make a file's bytes, or a folder's names, durable; to sync a file syncs not its name."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class DiskReserve:
    """The free space of one folder's disk, measured at most once a second."""

    def __init__(self, folder: Path, reserve_bytes: int) -> None:
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._free_bytes = 0
        self._fresh_until = 0.0

    def get_free_bytes(self) -> int:
        """Return the free space, a second old at most."""
        if self._fresh_until < time.monotonic():
            self._free_bytes = shutil.disk_usage(self._folder).free
            self._fresh_until = time.monotonic() + FRESH_SECONDS
        return self._free_bytes

    def has_room(self) -> bool:
        """Return True if more than the reserve is free."""
        return self.get_free_bytes() >= self._reserve_bytes

    def require_room(self) -> None:
        """Refuse new work if only the reserve is left.

        Raises:
            StorageFull: only the reserve is left.
        """
        if not self.has_room():
            raise StorageFull(retry_after_seconds=30)
