"""An event loop with one thread and a time of its own, so that a seed always gives the same run.

Threads and the clock are the two things that a seed cannot decide, so neither is left. Work for a
thread is done at once on the loop, a connection to SQLite answers at once, and time passes only
while every task waits. `has_power` is the life of the simulated process: without it nothing is
written any more, except what the kernel does with the file handles of a dead process.
"""

import asyncio
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar
from unittest import mock

from gateway.kit.database.sqlite import WriterThread
from workers.jobs.progress import ProgressMeter

T = TypeVar("T")
BOOT_SECONDS = 10_000.0  # seconds that the machine has run: a clock near zero is a lie
CLOSING_CALLS = {
    "rollback",
    "close",
    "close_and_stop",
}  # the kernel does these for a dead process too


class Crash(BaseException):
    """The death of the process at this point.

    A BaseException, because no `except Exception` runs in a process that is dead.
    """


class LoopStuck(Exception):  # noqa: N818 - said of the loop
    """An error of the loop: every task waits, and no timer is set that could wake one."""


class VirtualTimeSelector(selectors.SelectSelector):
    """A selector that moves the time of its loop forward where others would sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = BOOT_SECONDS
        self.idle_waiter: asyncio.Future[None] | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        """Let `timeout` pass at once, unless a task waits for the moment of rest: then wake it.

        Raises:
            LoopStuck: No timer is set and no task waits for rest.
        """
        if timeout is not None and timeout <= 0:
            return []
        if self.idle_waiter is not None:
            self.idle_waiter.set_result(None)
            self.idle_waiter = None
        elif timeout is None:
            raise LoopStuck
        else:
            self.seconds += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop without threads, sockets and sleep; without `has_power` nothing is written."""

    def __init__(self) -> None:
        self.time_selector = VirtualTimeSelector()
        self.has_power = True
        super().__init__(self.time_selector)
        self.set_exception_handler(lambda *_: None)  # the tasks of a crash end unobserved

    def time(self) -> float:
        """Return the seconds since the simulated machine booted."""
        return self.time_selector.seconds

    def call_soon_threadsafe(  # type: ignore[override]  # asyncio's own, without its type variables
        self,
        callback: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
        context: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Call soon: there is only one thread."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]  # asyncio's own, without its type variables
        self,
        executor: Any,  # noqa: ANN401, ARG002
        func: Any,  # noqa: ANN401
        *args: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Call the function now, on this thread."""
        done = self.create_future()
        self.run_now(done, lambda: func(*args))
        return done

    def run_now(self, done: "asyncio.Future[Any] | Future[Any]", act: Callable[[], Any]) -> None:
        """Do the work of another thread now and set its result; without power, set a Crash."""
        try:
            if not self.has_power and find_callable_name(act) not in CLOSING_CALLS:
                raise Crash  # noqa: TRY301 - as the work itself might
            done.set_result(act())
        except (Exception, Crash) as error:  # noqa: BLE001 - the waiting task gets it
            done.set_exception(error)

    async def wait_until_idle(self) -> None:
        """Return when nothing more can happen until time passes or a parked task is released."""
        self.time_selector.idle_waiter = self.create_future()
        await self.time_selector.idle_waiter


def crash_if_dead() -> None:
    """Raise if the calling process is dead: the outside hears nothing of a dead one.

    Raises:
        Crash: It has no power.
    """
    loop = asyncio.get_running_loop()
    if isinstance(loop, SimulatedLoop) and not loop.has_power:
        raise Crash


def find_callable_name(act: Callable[[], Any]) -> str:
    """Return the name of a function, be it bound, partial or plain."""
    return str(getattr(getattr(act, "func", act), "__name__", ""))


class InlineQueue:
    """The queue of a connection to SQLite whose work is done as soon as it is put in."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def put_nowait(self, item: tuple["asyncio.Future[Any] | None", Callable[[], Any]]) -> None:
        """Do the work at once and set its future."""
        done, act = item
        self._loop.run_now(done or Future(), act)


class UnusedThread:
    """A thread that is never needed: its work is done when it is queued."""

    daemon = True

    def __init__(self, **_: object) -> None: ...

    def start(self) -> None:
        """Do nothing."""


class InlineExecutor:
    """A pool of threads that does all work on this thread."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def submit(self, act: Callable[[], Any]) -> Future[Any]:
        """Do the work at once."""
        done: Future[Any] = Future()
        done.set_result(act())
        return done

    def shutdown(self) -> None:
        """Do nothing."""


class OpenGate:
    """A gate that is open to every thread."""

    hold_in_thread = staticmethod(nullcontext)


class PatientWriter(WriterThread):
    """The writer of batches that waits for its turn as a task.

    The real one waits in its own thread. Here that is the loop's thread, so the transaction that it
    waits for could never end.
    """

    async def batch(self, run: Any, units: Any) -> Any:  # noqa: ANN401 - as the real one
        """Run all units, when no other transaction is open."""
        gate = self._gate
        async with gate.hold_in_task():
            self._gate = OpenGate()  # type: ignore[assignment]  # passed
            try:
                return await super().batch(run, units)
            finally:
                self._gate = gate


def replace_in_this_thread(replacement: Callable[[], T], real: Callable[[], T]) -> Callable[[], T]:
    """Return a clock that shows the replacement in this thread and the real time in others.

    A stand-in of another test may serve in its own thread. If its clock jumped back, the timers of
    its loop would sleep for hours and it could not be stopped.
    """
    own = threading.get_ident()
    return lambda: replacement() if threading.get_ident() == own else real()


@contextmanager
def open_simulated_loop(wall: Callable[[], float]) -> Iterator[SimulatedLoop]:
    """Yield a loop, with every clock of this thread replaced; `wall` is in seconds since 1970."""
    loop = SimulatedLoop()
    replaced = {
        "aiosqlite.core.SimpleQueue": lambda: InlineQueue(loop),
        "aiosqlite.core.Thread": UnusedThread,
        "gateway.kit.database.sessions.WriterThread": PatientWriter,
        "gateway.kit.database.sqlite.ThreadPoolExecutor": InlineExecutor,
        "time.monotonic": replace_in_this_thread(loop.time, time.monotonic),
        "time.time": replace_in_this_thread(wall, time.time),
        "time.time_ns": replace_in_this_thread(
            lambda: round(wall() * 1_000_000) * 1_000, time.time_ns
        ),
        "workers.pipelines.attempt.monotonic": loop.time,
        "workers.pipelines.progress_watcher.monotonic": loop.time,
    }
    with ExitStack() as stack:
        defaults = (None, loop.time)  # a meter guesses by the clock
        stack.enter_context(mock.patch.object(ProgressMeter.__init__, "__defaults__", defaults))
        for name, instead in replaced.items():
            stack.enter_context(mock.patch(name, instead))
        try:
            yield loop
        finally:
            loop.close()
