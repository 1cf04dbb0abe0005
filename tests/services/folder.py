"""The folder of one server, which does not outlive its owner.

A run that is killed leaves its server and its folder behind, so the next run ends the one and
removes the other. The owner holds a file lock for as long as it lives: a lock that is free proves
that the owner is gone.
"""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class ServerFolder:
    """A new folder right under the system's temp folder: a socket path has at most 107 bytes."""

    def __init__(self, prefix: str) -> None:
        self.owner = os.getpid()
        with _lock_all_folders():
            _remove_orphans(prefix)
            self.path = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
            self.path.chmod(0o755)
            self._lock = _try_lock(self.path)

    def remove(self) -> None:
        """Stop the servers that still run here, and remove the folder."""
        _end_servers(self.path)
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def is_running(pid: int, marker: str) -> bool:
    """Return True if this process lives and has the marker in its command (pids are reused)."""
    with suppress(OSError):
        os.kill(pid, 0)
        proc = Path(f"/proc/{pid}")
        if not proc.parent.joinpath("self").exists():
            return True
        zombie = ") Z " in proc.joinpath("stat").read_text()
        return not zombie and marker.encode() in proc.joinpath("cmdline").read_bytes()
    return False


def wait_until_gone(pid: int, marker: str, *, seconds: float) -> bool:
    """Wait until the process has ended; return False if it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while is_running(pid, marker):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _remove_orphans(prefix: str) -> None:
    """Remove the folders whose owner is gone, and stop their servers."""
    for path in Path(tempfile.gettempdir()).resolve().glob(f"{prefix}*"):
        if (lock := _try_lock(path)) is not None:
            _end_servers(path)
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def _end_servers(path: Path) -> None:
    """Stop each server with a pid file below this folder at once, as a crash would."""
    for pid_file in path.glob("**/*.pid"):
        with suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            for number in (signal.SIGQUIT, signal.SIGKILL):
                if is_running(pid, str(path)):
                    os.kill(pid, number)
                    wait_until_gone(pid, str(path), seconds=5)


def _try_lock(path: Path) -> int | None:
    """Take the owner's lock of a folder; None if its owner lives or it is not ours."""
    with suppress(OSError):
        lock = os.open(path / "owner", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        return lock
    return None


@contextmanager
def _lock_all_folders() -> Iterator[None]:
    """Hold a lock for all runs: without it another may remove a new folder before it is locked."""
    with (Path(tempfile.gettempdir()) / f"kt-services-{os.geteuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
