"""A whole gateway in one process and on one thread, which can lose its power at any moment.

The application, its sweeps and its worker are the real ones over a real SQLite file; only ports are
replaced, where two implementations exist anyway. Ids, time and faults come from the seed alone. A
task that reaches a crash point parks there, so that the seed decides which one goes on.
"""

import asyncio
import dataclasses
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock
from uuid import UUID

import httpx2
from structlog.testing import capture_logs

from gateway.app import Application, build_application
from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.kit import faults
from gateway.kit.clock import SECOND
from gateway.kit.ids import Ids
from gateway.ledger.invariants import Finding, check_invariants
from gateway.openapi import build_openapi
from gateway.payments.shop import Shop
from gateway.payments.stripe.client import StripeClient
from tests.faults.loop import BOOT_SECONDS, Crash, SimulatedLoop
from tests.faults.ports import (
    PLANNED_ABILITIES,
    InlineBank,
    PlannedEngine,
    PlannedMailer,
    PlannedNode,
    PlannedPool,
    PlannedReceiver,
    do_chores_here,
)
from tests.in_process import run_sweeps_once
from workers.jobs.runtime import Runtime

START_AT = 1_772_366_400 * SECOND  # a Sunday at noon
IN_TRANSACTION_SUFFIX = ".in_transaction"
LATE_INVARIANTS = {"I13", "I14", "I22"}  # they depend on time, and hold again after the next sweeps


class PromiseBroken(AssertionError):  # noqa: N818 - said of the world
    """An invariant or a promise of the gateway that does not hold."""


class WorldClock:
    """The wall clock: the time of the loop, moved by `offset` microseconds."""

    def __init__(self, loop: SimulatedLoop | None = None) -> None:
        self.loop = loop
        self.offset = 0

    def now(self) -> int:
        """Return microseconds since 1970."""
        passed = 0.0 if self.loop is None else self.loop.time() - BOOT_SECONDS
        return START_AT + self.offset + round(passed * SECOND)


@dataclasses.dataclass(slots=True)
class ParkedTask:
    """A task that waits at a crash point until it is released."""

    point: str
    released: asyncio.Future[None]


class World:
    """The gateway of one seed, its surroundings, and how often each event happened."""

    def __init__(self, seed: int, folder: Path, clock: WorldClock, loop: SimulatedLoop) -> None:
        self.seed = seed
        self.folder = folder
        self.clock = clock
        self.loop = loop
        self.engine = PlannedEngine(self.make_random("engine"))
        self.node = PlannedNode(self.make_random("node"))
        self.bank = InlineBank(self.make_random("bank"))
        self.mailer = PlannedMailer(self.make_random("mail"))
        self.receiver = PlannedReceiver(self.make_random("receiver"))
        chance = self.make_random("ids")
        self.ids = Ids(clock, chance.randbytes)
        self.attempt_ids = self.make_random("attempts")
        self.application: Application
        self.runtime: Runtime
        self.parked: list[ParkedTask] = []
        self.task_parked = asyncio.Event()
        self.armed_point: str | None = None
        self.spared_hits = 0
        self.crashed_point: str | None = None
        self.parks_tasks = False
        self.event_counts: Counter[str] = Counter()
        self.trace: list[str] = []
        self.messages: list[tuple[str, bytes]] = []

    def make_random(self, purpose: str) -> Random:
        """Return a generator for one purpose: more draws of another purpose change nothing here."""
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - chance, not a secret

    def count_event(self, event: str) -> None:
        """Count an event, which a run of many seeds may require."""
        self.event_counts[event] += 1

    def trace_line(self, line: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{(self.clock.now() - START_AT) / SECOND:>12.3f} {line}")

    async def reach(self, point: str) -> None:
        """Crash here if the point is armed, else park here until the run releases the task.

        A task inside a transaction does not park: it would hold the only writer for ever.
        """
        self.count_event(f"reached {point}")
        if point == self.armed_point and self.spared_hits > 0:
            self.spared_hits -= 1
        elif point == self.armed_point:
            self.armed_point, self.crashed_point = None, point
            self.loop.has_power = False
            self.count_event(f"crashed {point}")
            raise Crash(point)
        if self.parks_tasks and not point.endswith(IN_TRANSACTION_SUFFIX):
            here = ParkedTask(point, self.loop.create_future())
            self.parked.append(here)
            self.task_parked.set()
            await here.released

    async def wait_for_point(self, *points: str) -> None:
        """Return when a task is parked at one of these points."""
        while not any(here.point in points for here in self.parked):
            self.task_parked.clear()
            await self.task_parked.wait()

    def build_application(self) -> Application:
        """Return a gateway over the file that is there; nothing is opened yet."""
        return build_application(build_settings(self.folder), self.clock, self.ids)

    async def start(self) -> None:
        """Start a gateway over the folder's database, and let it recover."""
        self.application = self.build_application()
        shop: Shop = self.application.ports.get(Shop)
        for book in shop.list_open_providers(StripeClient):
            book._http._client = self.bank.build_client()
        host = self.application.host
        assert host is not None
        for queue, message in self.messages:
            host._broker.queues[queue].put(message)
        self.runtime = await host._make_runtime()
        await self.application.recover()
        await run_sweeps_once(self.application)

    async def lose_power(self, *, keep_messages: bool) -> None:
        """Lose the power: every task ends and writes nothing more; files, bank and node stay."""
        self.loop.has_power = False
        self.parks_tasks = False
        self.messages = self.list_queued_messages() if keep_messages else []
        me = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not me]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.parked.clear()
        self.engine.attempts.clear()
        self.loop.has_power = True
        await self.runtime.leases.database.close()
        await self.runtime.database.close()
        await self.application.database.close()
        self.crashed_point = None

    async def wait_until_quiet(self) -> None:
        """Return when no task can go on by itself.

        Raises:
            PromiseBroken: A transaction is open meanwhile, so it waits for something external.
        """
        await self.loop.wait_until_idle()
        if self.application.database._gate._is_taken and self.crashed_point is None:
            raise PromiseBroken("a transaction is open, and waits for something outside")

    def list_queued_messages(self) -> list[tuple[str, bytes]]:
        """Return the messages in the broker, each with its queue."""
        host = self.application.host
        assert host is not None
        queues = host._broker.queues
        return [(name, each) for name, queue in queues.items() for each in list(queue.queue)]

    async def check_invariants(self, *, late: bool = False) -> None:
        """Check every invariant; those that need time and sweeps only with `late`.

        Raises:
            PromiseBroken: An invariant does not hold.
        """
        found = await check_invariants(self.application.database)
        broken = [each for each in found if late or not is_pardoned(each)]
        if broken:
            raise PromiseBroken("\n".join(f"{each.id} {each.text}: {each.rows}" for each in broken))

    async def fetch_rows(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query, for facts that no operation shows."""
        async with self.application.database.connect() as connection:
            return [tuple(row) for row in await connection.exec_driver_sql(query, values)]

    async def call(
        self,
        method: str,
        path: str,
        who: str | None = None,
        **more: Any,  # noqa: ANN401 - httpx2's
    ) -> httpx2.Response:
        """Send the gateway a request through its ASGI application.

        Raises:
            PromiseBroken: It answers with a server error that is not a 502 or 503.
        """
        transport = httpx2.ASGITransport(self.application.asgi)
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["x-api-key"] = who
        async with httpx2.AsyncClient(
            transport=transport, base_url=self.application.settings.public_url, timeout=None
        ) as http:
            answer = await http.request(method, path, headers=headers, **more)
        self.count_event(str(answer.status_code))
        if answer.headers.get("idempotency-replayed"):
            self.count_event("replayed")
        if answer.status_code >= 500 and answer.status_code not in {502, 503}:
            raise PromiseBroken(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer


def is_pardoned(finding: Finding) -> bool:
    """Return True if a finding only shows that no sweep has run since the clock moved."""
    overdue = finding.id == "I17" and all("is there since" in row["detail"] for row in finding.rows)
    return finding.id in LATE_INVARIANTS or overdue


def build_settings(folder: Path) -> Settings:
    """Return the settings of a world in a folder, with all rate limits out of reach."""
    most = 1_000_000
    values: dict[str, Any] = {
        "data_dir": folder,
        "live_enabled": True,
        "affiliate_auto_approve": True,
        "disk_reserve": 0,
        "submits_per_minute": most,
        "quotes_per_minute": most,
        "reads_per_minute": most,
        "running_cancels_per_hour": most,
        "public_per_minute": most,
        **InlineBank(Random(0)).build_settings(),  # noqa: S311 - only its settings
    }
    return Settings(**values).with_secrets()


build_openapi_once = cache(
    lambda: build_openapi(build_settings(Path(tempfile.gettempdir())), list_operations())
)


@contextmanager
def patch_ports(world: World) -> Iterator[World]:
    """Replace the gateway's ports, crash points and random ids by a world's for the block."""
    replaced = {
        "gateway.app.build_fetcher": lambda _settings: world.receiver,
        "gateway.process.wiring.build_sender": lambda _settings: world.mailer,
        "gateway.app.build_openapi": lambda *_: build_openapi_once(),
        "gateway.app.render_skill": lambda *_: None,  # documents and pages have no part in this
        "gateway.app.pages.routes": lambda *_: [],
        "gateway.app.wellknown.routes": lambda *_: [],
        "workers.host.SandboxEngine": lambda *_, **__: world.engine,
        "workers.host.EnginePool": lambda *_: PlannedPool(world.node),
        "workers.engines.comfyui.heartbeats.list_abilities": lambda *_: PLANNED_ABILITIES,
        "workers.pipelines.ingest.do_chores": do_chores_here,
        "gateway.media.jobs.attempts.uuid4": lambda: UUID(bytes=world.attempt_ids.randbytes(16)),
    }
    with ExitStack() as stack:
        stack.enter_context(capture_logs())  # rendering log lines would take most of the time
        stack.enter_context(mock.patch.object(faults, "reach", world.reach))
        for name, instead in replaced.items():
            stack.enter_context(mock.patch(name, instead))
        stack.enter_context(mock.patch.object(tempfile, "tempdir", str(world.folder)))
        yield world


@contextmanager
def make_memory_folder(name: str) -> Iterator[Path]:
    """Yield a folder in memory for the block, or on disk where there is no /dev/shm."""
    memory = Path("/dev/shm")  # noqa: S108 - a file system, not a shared file
    root = Path(tempfile.mkdtemp(prefix=f"kt-{name}-", dir=memory if memory.is_dir() else None))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
