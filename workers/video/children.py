"""The parent's side of a child process: start it, read its JSON lines, never leave it behind."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

Line: TypeAlias = dict[str, Any]
"""A JSON object of a child: open here, each module that runs as a child says its shapes."""
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


class ChildFailed(Exception):  # noqa: N818 - said of the child, in the past
    """The child process ended without an answer."""

    def __init__(self, code: str, message: str, trace: str = "") -> None:
        """Keep the short `code`, the `message` and the `trace`, both for the operator only."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.trace = trace


class Child:
    """One running `python -I -m <module>`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid

    async def lines(self) -> AsyncIterator[Line]:
        """Yield each JSON object the child writes, until it closes its output."""
        stdout = self._process.stdout
        if stdout is None:  # pragma: no cover - always a pipe
            return
        async for raw in stdout:
            yield json.loads(raw)

    async def wait(self) -> int:
        """Return the exit status; a signal counts below zero."""
        return await self._process.wait()

    def terminate(self) -> None:
        """Ask the child to stop."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """Stop the child without asking."""
        with suppress(ProcessLookupError):
            self._process.kill()


@asynccontextmanager
async def started(module: str, spec: Mapping[str, object]) -> AsyncIterator[Child]:
    """Run `python -I -m <module>` with `spec` on stdin; on leaving it is killed and reaped.

    Raises:
        ChildFailed: this machine cannot start it.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            module,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_ENVIRONMENT | _library_path(),
        )
    except OSError as error:
        raise ChildFailed("machine", f"{module} cannot be started: {error.strerror}") from error
    child = Child(process)
    try:
        await _send(process, spec)
        yield child
    finally:
        child.kill()
        await asyncio.shield(_reap(process))


def _library_path() -> dict[str, str]:
    """Keep the one variable without which some systems cannot start this interpreter."""
    path = os.environ.get("LD_LIBRARY_PATH")
    return {} if path is None else {"LD_LIBRARY_PATH": path}


async def _send(process: Process, spec: Mapping[str, object]) -> None:
    if process.stdin is None:  # pragma: no cover - always a pipe
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(json.dumps(spec).encode())
        await process.stdin.drain()
    process.stdin.close()


async def _reap(process: Process) -> None:
    """Wait for the end, reading what is left so that the pipe cannot hold it open."""
    if process.stdout is not None:
        with suppress(ValueError):
            await process.stdout.read()
    await process.wait()


async def answer(
    module: str,
    spec: Mapping[str, object],
    on_line: Callable[[Line], Awaitable[None]] | None = None,
) -> Line:
    """Run a child to its end and return the value of its `done` line.

    Other lines go to `on_line`. Cancelling this coroutine kills the child.

    Raises:
        ChildFailed: it reported an error, died, or said nothing.
    """
    done: Line | None = None
    async with started(module, spec) as child:
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
