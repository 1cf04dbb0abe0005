"""The parent's side of the forker, which has children ready within milliseconds.

A child's own start and imports would take longer than a picture's work.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Protocol, TypeAlias

FORKER = "workers.processes.forker"
# Its start and imports take a second, on a busy machine many. A child that is forked later is
# killed, since its line is closed.
FORK_SECONDS = 60
Stream: TypeAlias = tuple[StreamReader, StreamWriter]
# One thread for linear algebra: each OpenBLAS thread reserves address space, which is limited.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
_log = logging.getLogger(__name__)


class ChildProcess(Protocol):
    """Process of a child, started or forked."""

    @property
    def pid(self) -> int:
        """Return the process id."""

    @property
    def stdin(self) -> StreamWriter | None:
        """Return where the spec goes."""

    @property
    def stdout(self) -> StreamReader | None:
        """Return where the answer comes from."""

    async def wait(self) -> int:
        """Wait for the end and return the exit status, below zero for a signal."""

    def terminate(self) -> None:
        """Send it SIGTERM."""

    def kill(self) -> None:
        """Send it SIGKILL."""


class ForkedProcess:
    """A process that the forker forked, in the shape of one that asyncio started."""

    def __init__(self, pid: int, talk: Stream, line: Stream) -> None:
        """Keep the two streams that its order had the other ends of."""
        self.pid = pid
        self.stdout, self.stdin = talk
        self._line = line
        self._ending = asyncio.create_task(self._await_status())

    async def wait(self) -> int:
        """Wait for the end and return the exit status, below zero for a signal."""
        return await asyncio.shield(self._ending)

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self._send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send it SIGKILL."""
        self._send_signal(signal.SIGKILL)

    def _send_signal(self, number: int) -> None:
        if not self._ending.done():
            self._line[1].write(bytes([number]))

    async def _await_status(self) -> int:
        """Return the status that the forker tells; a forker that ended took the child along."""
        reader, writer = self._line
        status = b""
        with suppress(ConnectionError):
            status = await reader.readline()
        writer.close()
        return int(status or -signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class _Forker:
    """The running process, and the socket of its orders."""

    process: Process
    orders: socket.socket

    @classmethod
    async def start(cls, words: Sequence[str]) -> "_Forker":
        """Start it; it takes orders before it is ready, and follows them then.

        Raises:
            OSError: this machine cannot start it.
        """
        orders, theirs = socket.socketpair()
        with theirs:
            try:
                process = await start_python(FORKER, *words, stdin=theirs.fileno())
            except BaseException:
                orders.close()
                raise
        orders.settimeout(0)
        return cls(process, orders)


class ForkServer:
    """The forker of an event loop. It starts with the first child, and again if it has ended."""

    def __init__(self, modules: Sequence[str], preloaded: Sequence[str]) -> None:
        """Run children of these `modules`, which find the modules `preloaded` imported."""
        self._modules = tuple(modules)
        self._words = (*modules, "-", *preloaded)
        self._forker: _Forker | None = None
        self._is_closed = False
        self._starting = asyncio.Lock()
        _SERVERS[asyncio.get_running_loop()] = self

    @staticmethod
    def of_this_loop() -> "ForkServer | None":
        """Return the server that was made in the event loop that runs now, if there is one."""
        return _SERVERS.get(asyncio.get_running_loop())

    async def fork_child(self, module: str) -> ForkedProcess | None:
        """Return a new child that runs a module, None if none can be forked for it.

        Raises:
            OSError: this machine cannot start a process.
        """
        forker = await self._get_forker() if module in self._modules else None
        if forker is None:
            return None
        order = bytes([self._modules.index(module)])
        with ExitStack() as undoing:
            talk, their_talk = await _open_stream(undoing)
            line, their_line = await _open_stream(undoing)
            with their_talk, their_line, suppress(ConnectionError, BlockingIOError):
                socket.send_fds(forker.orders, [order], [their_talk.fileno(), their_line.fileno()])
            pid = await _read_pid(line[0])
            if pid is not None:
                undoing.pop_all()
                return ForkedProcess(pid, talk, line)
        _log.warning("no child was forked for %s, so it is started", module)
        return None

    async def close(self) -> None:
        """End the forker with all its children, and start no other."""
        async with self._starting:
            self._is_closed = True
            _SERVERS.pop(asyncio.get_running_loop(), None)
            if self._forker is not None:
                self._forker.orders.close()
                await self._forker.process.wait()

    async def _get_forker(self) -> "_Forker | None":
        """Return the forker, a new one if there is none or it has ended; None once closed."""
        async with self._starting:
            if self._forker is not None and self._forker.process.returncode is not None:
                self._forker.orders.close()
                self._forker = None
            if self._forker is None and not self._is_closed:
                self._forker = await _Forker.start(self._words)
            return None if self._is_closed else self._forker


_SERVERS: dict[asyncio.AbstractEventLoop, ForkServer] = {}


async def start_python(module: str, *words: str, stdin: int = PIPE) -> Process:
    """Start a Python that runs a module, without our environment.

    Raises:
        OSError: this machine cannot start it.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        module,
        *words,
        stdin=stdin,
        stdout=PIPE if stdin == PIPE else DEVNULL,
        stderr=DEVNULL,
        env=_ENVIRONMENT | _library_path_environment(),
    )


def _library_path_environment() -> dict[str, str]:
    """Return LD_LIBRARY_PATH: some systems cannot start this interpreter without it."""
    path = os.environ.get("LD_LIBRARY_PATH")
    return {} if path is None else {"LD_LIBRARY_PATH": path}


async def _open_stream(undoing: ExitStack) -> tuple[Stream, socket.socket]:
    """Return a stream, which the stack closes, and the socket at its other end."""
    ours, theirs = socket.socketpair()
    undoing.callback(ours.close)
    undoing.callback(theirs.close)
    stream = await asyncio.open_unix_connection(sock=ours)
    undoing.callback(stream[1].close)
    return stream, theirs


async def _read_pid(reader: StreamReader) -> int | None:
    """Read the process id of a child; None if the forker ended or does not answer.

    Raises:
        OSError: the forker could not fork.
    """
    told = b""
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(FORK_SECONDS):
            told = await reader.readline()
    number = int(told or 0)
    if number < 0:
        raise OSError(-number, os.strerror(-number))
    return number or None
