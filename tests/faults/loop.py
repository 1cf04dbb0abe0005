"""One thread and a time that stands still: what makes a run the same for the same seed.

Nothing runs beside the loop. What others give to a thread is done at once, a connection to SQLite
answers at once, and time moves on only while whoever drives the loop waits for it.
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
BOOTED = 10_000.0  # seconds that the machine has run: a clock near zero is a lie
ENDINGS = {"rollback", "close", "close_and_stop"}  # what a dying process' file handle does anyway


class Crash(BaseException):
    """The process died here: no handler of exceptions lives to see it."""


class Stuck(Exception):  # noqa: N818 - said of the loop
    """Everything waits for something that never comes."""


class Timeless(selectors.SelectSelector):
    """Instead of sleeping it lets the time of its loop pass."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = BOOTED
        self.idle: asyncio.Future[None] | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        """Let time pass, unless somebody waits for the moment when nothing else can happen."""
        if timeout is not None and timeout <= 0:
            return []
        if self.idle is not None:
            self.idle.set_result(None)
            self.idle = None
        elif timeout is None:
            raise Stuck
        else:
            self.seconds += timeout
        return []


class Loop(asyncio.SelectorEventLoop):
    """An event loop without threads, sockets and sleep; without `power` nothing is written."""

    def __init__(self) -> None:
        self.moments = Timeless()
        self.power = True
        super().__init__(self.moments)
        self.set_exception_handler(lambda *_: None)  # who died in a crash is missed by nobody

    def time(self) -> float:
        """Return the seconds that have passed."""
        return self.moments.seconds

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
        """Do it here and now."""
        done = self.create_future()
        self.do(done, lambda: func(*args))
        return done

    def do(self, done: "asyncio.Future[Any] | Future[Any]", act: Callable[[], Any]) -> None:
        """Do something that another thread would do, unless the power is off."""
        try:
            if not self.power and name_of(act) not in ENDINGS:
                raise Crash  # noqa: TRY301 - as whatever it calls might
            done.set_result(act())
        except (Exception, Crash) as error:  # noqa: BLE001 - whoever waits gets it
            done.set_exception(error)

    async def quiet(self) -> None:
        """Return when nothing can happen until time goes on or somebody is let go on."""
        self.moments.idle = self.create_future()
        await self.moments.idle


def living() -> None:
    """Return if the process that asks is alive; what is outside hears nothing of a dead one.

    Raises:
        Crash: it has died.
    """
    loop = asyncio.get_running_loop()
    if isinstance(loop, Loop) and not loop.power:
        raise Crash


def name_of(act: Callable[[], Any]) -> str:
    """Return what is to be done, whether bound, partial or plain."""
    return str(getattr(getattr(act, "func", act), "__name__", ""))


class Inline:
    """The queue of a connection to SQLite, whose other end answers at once."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def put_nowait(self, item: tuple["asyncio.Future[Any] | None", Callable[[], Any]]) -> None:
        """Do what is put in."""
        done, act = item
        self._loop.do(done or Future(), act)


class Nobody:
    """A thread that is never needed."""

    daemon = True

    def __init__(self, **_: object) -> None: ...

    def start(self) -> None:
        """Do nothing."""


class Here:
    """A pool of threads that is this thread."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def submit(self, act: Callable[[], Any]) -> Future[Any]:
        """Do it."""
        done: Future[Any] = Future()
        done.set_result(act())
        return done

    def shutdown(self) -> None:
        """Do nothing."""


class Turns:
    """A gate that whoever comes has passed already."""

    hold_in_thread = staticmethod(nullcontext)


class PatientWriter(WriterThread):
    """The writer of batches, which waits for its turn as a task: its thread would block ours."""

    async def batch(self, run: Any, units: Any) -> Any:  # noqa: ANN401 - as the real one
        """Run each unit in its own savepoint, when no other transaction is open."""
        gate = self._gate
        async with gate.hold_in_task():
            self._gate = Turns()  # type: ignore[assignment]  # passed
            try:
                return await super().batch(run, units)
            finally:
                self._gate = gate


def only_in_this_thread(replacement: Callable[[], T], real: Callable[[], T]) -> Callable[[], T]:
    """Return a clock that shows its replacement here and the real time in other threads.

    A stand-in of another test serves in its own thread; were its clock to jump back, the timers of
    its loop would sleep for hours and it could never be stopped.
    """
    own = threading.get_ident()
    return lambda: replacement() if threading.get_ident() == own else real()


@contextmanager
def alone(wall: Callable[[], float]) -> Iterator[Loop]:
    """Yield a loop on which all time is its own; `wall` is the wall clock in seconds."""
    loop = Loop()
    replaced = {
        "aiosqlite.core.SimpleQueue": lambda: Inline(loop),
        "aiosqlite.core.Thread": Nobody,
        "gateway.kit.database.sessions.WriterThread": PatientWriter,
        "gateway.kit.database.sqlite.ThreadPoolExecutor": Here,
        "time.monotonic": only_in_this_thread(loop.time, time.monotonic),
        "time.time": only_in_this_thread(wall, time.time),
        "time.time_ns": only_in_this_thread(
            lambda: round(wall() * 1_000_000) * 1_000, time.time_ns
        ),
        "workers.pipelines.attempt.monotonic": loop.time,
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
