"""One folder for one server. It outlives no one: whoever comes next ends what a killed owner left.

The owner holds a file lock for as long as it lives, so a free lock is proof that it is gone.
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
    """Own a fresh folder right under the system temp folder (a socket path ends at 107 bytes)."""

    def __init__(self, prefix: str) -> None:
        self.owner = os.getpid()
        with _one_at_a_time():
            _sweep(prefix)
            self.path = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
            self.path.chmod(0o755)
            self._lock = _try_lock(self.path)

    def remove(self) -> None:
        """End what still runs here, and leave nothing."""
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
    """Wait for the process to end; say whether it did."""
    deadline = time.monotonic() + seconds
    while is_running(pid, marker):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _sweep(prefix: str) -> None:
    for path in Path(tempfile.gettempdir()).resolve().glob(f"{prefix}*"):
        if (lock := _try_lock(path)) is not None:
            _end_servers(path)
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def _end_servers(path: Path) -> None:
    """Stop each server with a pid file below: at once, as a crash would."""
    for pid_file in path.glob("**/*.pid"):
        with suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            for number in (signal.SIGQUIT, signal.SIGKILL):
                if is_running(pid, str(path)):
                    os.kill(pid, number)
                    wait_until_gone(pid, str(path), seconds=5)


def _try_lock(path: Path) -> int | None:
    """Take the owner's lock of a folder that is ours; None if its owner lives."""
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
def _one_at_a_time() -> Iterator[None]:
    """No one sweeps a folder between its making and its lock."""
    with (Path(tempfile.gettempdir()) / f"kt-services-{os.geteuid()}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
