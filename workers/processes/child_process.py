"""The parent's side of a child process: start it, read its JSON lines, never leave it behind.

`python -I` ignores the environment, the user's packages and the working directory, so a job's files
cannot shadow a module. A child is killed and reaped on every way out, cancellation included: it
would else go on encoding for a job that has ended.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

ChildLine: TypeAlias = dict[str, Any]
"""A JSON object of a child; the docstring of each module that runs as a child has its shapes."""
# One thread for linear algebra: each OpenBLAS thread reserves address space, which is limited.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


class ChildFailed(Exception):  # noqa: N818 - what happened to the child
    """The child process reported an error, died, or could not be started."""

    def __init__(self, code: str, message: str, trace: str = "") -> None:
        """Keep the short `code` for the caller; `message` and `trace` are for the operator only."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.trace = trace


class Child:
    """One running child."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid

    async def lines(self) -> AsyncIterator[ChildLine]:
        """Yield each JSON object that the child writes, until it closes its output."""
        stdout = self._process.stdout
        if stdout is None:  # pragma: no cover - always a pipe
            return
        async for raw in stdout:
            yield json.loads(raw)

    async def wait(self) -> int:
        """Wait for the end and return the exit status, below zero for a signal."""
        return await self._process.wait()

    def terminate(self) -> None:
        """Ask the child to stop, by SIGTERM."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """Kill the child, by SIGKILL."""
        with suppress(ProcessLookupError):
            self._process.kill()


class SpareChild:
    """The child that an event loop keeps ready for its next work.

    `modules` are those whose `main` it may run: short work, which its start would double. Each of
    these, once it has its own process, has the next spare started.
    """

    def __init__(self, modules: Sequence[str], preloaded: Sequence[str]) -> None:
        """Keep a child for `modules`, which has imported the modules `preloaded` too."""
        self._modules = frozenset(modules)
        self._arguments = [*modules, *preloaded]
        self._starting: asyncio.Task[Process] | None = None
        self._is_closed = False
        _SPARES[asyncio.get_running_loop()] = self

    async def take(self, module: str) -> Process | None:
        """Return the spare, or None if there is none that can run this module."""
        if module not in self._modules or self._starting is None:
            return None
        starting, self._starting = self._starting, None
        try:
            process = await asyncio.shield(starting)
        except OSError:
            return None
        except asyncio.CancelledError:
            starting.add_done_callback(_kill_started)
            raise
        return process if process.returncode is None else None

    def start_next(self, module: str) -> None:
        """Start a spare if there is none, after work that could have used it."""
        if module in self._modules and self._starting is None and not self._is_closed:
            self._starting = asyncio.create_task(self._start())

    async def close(self) -> None:
        """End the spare, and start no other."""
        self._is_closed = True
        _SPARES.pop(asyncio.get_running_loop(), None)
        starting, self._starting = self._starting, None
        if starting is not None:
            with suppress(OSError):
                process = await starting
                Child(process).kill()
                await _reap_process(process)

    async def _start(self) -> Process:
        """Start a child and wait until it is ready.

        Raises:
            OSError: this machine cannot start it, or it ended before it was ready.
        """
        process = await _start_process("workers.processes.spare", *self._arguments)
        if process.stdout is None or not await process.stdout.readline():
            await _reap_process(process)
            raise ChildProcessError("the spare child ended before it was ready")
        return process


def _kill_started(starting: asyncio.Task[Process]) -> None:
    """Kill a spare that nobody waits for any more; the event loop reaps it."""
    if not starting.cancelled() and starting.exception() is None:
        Child(starting.result()).kill()


_SPARES: dict[asyncio.AbstractEventLoop, SpareChild] = {}


@asynccontextmanager
async def start_child(module: str, spec: Mapping[str, object]) -> AsyncIterator[Child]:
    """Run the `main` of a module with `spec` in a child; on leaving it is killed and reaped.

    It is the spare of this loop if there is one for the module, else a new process.

    Raises:
        ChildFailed: this machine cannot start it.
    """
    spare = _SPARES.get(asyncio.get_running_loop())
    process = None if spare is None else await spare.take(module)
    order = spec if process is None else {"module": module, "spec": spec}
    try:
        process = process or await _start_process(module)
    except OSError as error:
        raise ChildFailed("machine", f"{module} cannot be started: {error.strerror}") from error
    child = Child(process)
    if spare is not None:
        spare.start_next(module)
    try:
        await _send_spec(process, order)
        yield child
    finally:
        # Shielded: a second cancellation may not leave a zombie, and the kill ends it in a moment.
        child.kill()
        await asyncio.shield(_reap_process(process))


async def _start_process(module: str, *arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        module,
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=_ENVIRONMENT | _library_path_environment(),
    )


def _library_path_environment() -> dict[str, str]:
    """Return LD_LIBRARY_PATH: some systems cannot start this interpreter without it."""
    path = os.environ.get("LD_LIBRARY_PATH")
    return {} if path is None else {"LD_LIBRARY_PATH": path}


async def _send_spec(process: Process, spec: Mapping[str, object]) -> None:
    """Write the spec to stdin; a child that has died already is found by its status."""
    if process.stdin is None:  # pragma: no cover - always a pipe
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(json.dumps(spec).encode())
        await process.stdin.drain()
    process.stdin.close()


async def _reap_process(process: Process) -> None:
    """Wait for the end of a killed process, after reading what is left in its pipe."""
    if process.stdout is not None:
        with suppress(ValueError):
            await process.stdout.read()
    await process.wait()


async def ask_child(
    module: str,
    spec: Mapping[str, object],
    on_line: Callable[[ChildLine], Awaitable[None]] | None = None,
) -> ChildLine:
    """Run a child to its end and return the value of its `done` line.

    Other lines go to `on_line`. Cancelling this coroutine kills the child.

    Raises:
        ChildFailed: it reported an error, or ended without a `done` line.
    """
    done: ChildLine | None = None
    async with start_child(module, spec) as child:
        async for line in child.lines():
            if "error" in line:
                raise ChildFailed(**line["error"])
            if "done" in line:
                done = line["done"]
            elif on_line is not None:
                await on_line(line)
        status = await child.wait()
    if status != 0 or done is None:
        raise ChildFailed("died", f"{module} ended with status {status}")
    return done
