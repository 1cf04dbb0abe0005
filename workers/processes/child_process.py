"""The parent's side of a child process: start it, read its JSON lines, never leave it behind.

`python -I` ignores the environment, the user's packages and the working directory, so a job's files
cannot shadow a module. A child is killed and reaped on every way out, cancellation included: it
would else go on encoding for a job that has ended.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

from workers.processes.fork_server import ChildProcess, ForkServer, start_python

ChildLine: TypeAlias = dict[str, Any]
"""A JSON object of a child; the docstring of each module that runs as a child has its shapes."""


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

    def __init__(self, process: ChildProcess) -> None:
        self._process = process
        self.pid = process.pid

    async def lines(self) -> AsyncIterator[ChildLine]:
        """Yield each JSON object that the child writes, until it closes its output."""
        stdout = self._process.stdout
        if stdout is None:  # pragma: no cover - always a pipe
            return
        with suppress(ConnectionError):  # it was killed before it had read all of its spec
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


@asynccontextmanager
async def start_child(module: str, spec: Mapping[str, object]) -> AsyncIterator[Child]:
    """Run the `main` of a module with `spec` in a child; on leaving it is killed and reaped.

    It is forked if this event loop has a fork server for the module, else started anew.

    Raises:
        ChildFailed: this machine cannot start it.
    """
    server = ForkServer.of_this_loop()
    try:
        forked = None if server is None else await server.fork_child(module)
        process: ChildProcess = forked or await start_python(module)
    except OSError as error:
        raise ChildFailed("machine", f"{module} cannot be started: {error.strerror}") from error
    child = Child(process)
    try:
        await _send_spec(process, spec)
        yield child
    finally:
        # Shielded: a second cancellation may not leave a zombie, and the kill ends it in a moment.
        child.kill()
        await asyncio.shield(_reap_process(process))


async def _send_spec(process: ChildProcess, spec: Mapping[str, object]) -> None:
    """Write the spec to stdin; a child that has died already is found by its status."""
    if process.stdin is None:  # pragma: no cover - always there
        return
    with suppress(ConnectionError):
        process.stdin.write(json.dumps(spec).encode())
        await process.stdin.drain()
        process.stdin.write_eof()


async def _reap_process(process: ChildProcess) -> None:
    """Wait for the end of a killed process, after reading what is left in its pipe."""
    if process.stdout is not None:
        with suppress(ValueError, ConnectionError):
            await process.stdout.read()
    await process.wait()
    if process.stdin is not None:
        process.stdin.close()


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
