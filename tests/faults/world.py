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
from gateway.ledger.audit import Finding, check_invariants
from gateway.openapi import build_openapi
from gateway.payments.shop import Shop
from gateway.payments.stripe.client import StripeClient
from tests.faults.loop import BOOTED, Crash, Loop
from tests.faults.ports import (
    ABLE,
    Bank,
    PlannedEngine,
    PlannedNode,
    PlannedPool,
    Postman,
    Receiver,
    chores_here,
)
from tests.in_process import sweep_once
from workers.jobs.runtime import Runtime

START = 1_772_366_400 * SECOND  # a Sunday at noon
INSIDE = ".in_transaction"
LATE = {"I13", "I14", "I22"}  # they depend on time, and hold again after the next sweeps


class Broken(AssertionError):  # noqa: N818 - said of the world
    """An invariant or a promise of the gateway that does not hold."""


class Clock:
    """The wall clock: the time of the loop, moved by `offset` microseconds."""

    def __init__(self, loop: Loop | None = None) -> None:
        self.loop = loop
        self.offset = 0

    def now(self) -> int:
        """Return microseconds since 1970."""
        passed = 0.0 if self.loop is None else self.loop.time() - BOOTED
        return START + self.offset + round(passed * SECOND)


@dataclasses.dataclass(slots=True)
class Parked:
    """A task that waits at a crash point until it is released."""

    point: str
    go_on: asyncio.Future[None]


class World:
    """The gateway of one seed, its surroundings, and how often each event happened."""

    def __init__(self, seed: int, folder: Path, clock: Clock, loop: Loop) -> None:
        self.seed = seed
        self.folder = folder
        self.clock = clock
        self.loop = loop
        self.engine = PlannedEngine(self.random("engine"))
        self.node = PlannedNode(self.random("node"))
        self.bank = Bank(self.random("bank"))
        self.postman = Postman(self.random("mail"))
        self.receiver = Receiver(self.random("receiver"))
        chance = self.random("ids")
        self.ids = Ids(clock, chance.randbytes)
        self.attempt_ids = self.random("attempts")
        self.application: Application
        self.runtime: Runtime
        self.parked: list[Parked] = []
        self.somebody_stands = asyncio.Event()
        self.armed: str | None = None
        self.spared = 0
        self.crashed: str | None = None
        self.stepping = False
        self.seen: Counter[str] = Counter()
        self.trace: list[str] = []
        self.messages: list[tuple[str, bytes]] = []

    def random(self, purpose: str) -> Random:
        """Return a generator for one purpose: more draws of another purpose change nothing here."""
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - chance, not a secret

    def note(self, what: str) -> None:
        """Count an event, which a run of many seeds may require."""
        self.seen[what] += 1

    def tell(self, line: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{(self.clock.now() - START) / SECOND:>12.3f} {line}")

    async def reach(self, point: str) -> None:
        """Crash here if the point is armed, else park here until the run releases the task.

        A task inside a transaction does not park: it would hold the only writer for ever.
        """
        self.note(f"reached {point}")
        if point == self.armed and self.spared > 0:
            self.spared -= 1
        elif point == self.armed:
            self.armed, self.crashed = None, point
            self.loop.power = False
            self.note(f"crashed {point}")
            raise Crash(point)
        if self.stepping and not point.endswith(INSIDE):
            here = Parked(point, self.loop.create_future())
            self.parked.append(here)
            self.somebody_stands.set()
            await here.go_on

    async def stands(self, *points: str) -> None:
        """Return when a task is parked at one of these points."""
        while not any(here.point in points for here in self.parked):
            self.somebody_stands.clear()
            await self.somebody_stands.wait()

    def built(self) -> Application:
        """Return a gateway over the file that is there; nothing is opened yet."""
        return build_application(settings_of(self.folder), self.clock, self.ids)

    async def start(self) -> None:
        """Start a gateway over the folder's database, and let it recover."""
        self.application = self.built()
        shop: Shop = self.application.ports.get(Shop)
        for book in shop.list_open_providers(StripeClient):
            book._http._client = self.bank.client()
        host = self.application.host
        assert host is not None
        for queue, message in self.messages:
            host._broker.queues[queue].put(message)
        self.runtime = await host._make_runtime()
        await self.application.recover()
        await sweep_once(self.application)

    async def die(self, *, keep_messages: bool) -> None:
        """Lose the power: every task ends and writes nothing more; files, bank and node stay."""
        self.loop.power = False
        self.stepping = False
        self.messages = self.queued() if keep_messages else []
        me = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not me]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.parked.clear()
        self.engine.attempts.clear()
        self.loop.power = True
        await self.runtime.database.close()
        await self.application.database.close()
        self.crashed = None

    async def quiet(self) -> None:
        """Return when no task can go on by itself.

        Raises:
            Broken: A transaction is open meanwhile, so it waits for something external.
        """
        await self.loop.quiet()
        if self.application.database._gate._is_taken and self.crashed is None:
            raise Broken("a transaction is open, and waits for something outside")

    def queued(self) -> list[tuple[str, bytes]]:
        """Return the messages in the broker, each with its queue."""
        host = self.application.host
        assert host is not None
        queues = host._broker.queues
        return [(name, each) for name, queue in queues.items() for each in list(queue.queue)]

    async def check(self, *, late: bool = False) -> None:
        """Check every invariant; those that need time and sweeps only with `late`.

        Raises:
            Broken: An invariant does not hold.
        """
        found = await check_invariants(self.application.database)
        broken = [each for each in found if late or not pardoned(each)]
        if broken:
            raise Broken("\n".join(f"{each.id} {each.text}: {each.rows}" for each in broken))

    async def rows(self, query: str, *values: object) -> list[Any]:
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
            Broken: It answers with a server error that is not a 502 or 503.
        """
        transport = httpx2.ASGITransport(self.application.asgi)
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["x-api-key"] = who
        async with httpx2.AsyncClient(
            transport=transport, base_url=self.application.settings.public_url, timeout=None
        ) as http:
            answer = await http.request(method, path, headers=headers, **more)
        self.note(str(answer.status_code))
        if answer.headers.get("idempotency-replayed"):
            self.note("replayed")
        if answer.status_code >= 500 and answer.status_code not in {502, 503}:
            raise Broken(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer


def pardoned(finding: Finding) -> bool:
    """Return True if a finding only shows that no sweep has run since the clock moved."""
    overdue = finding.id == "I17" and all("is there since" in row["detail"] for row in finding.rows)
    return finding.id in LATE or overdue


def settings_of(folder: Path) -> Settings:
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
        **Bank(Random(0)).settings(),  # noqa: S311 - only its settings
    }
    return Settings(**values).with_secrets()


drawn = cache(lambda: build_openapi(settings_of(Path(tempfile.gettempdir())), list_operations()))


@contextmanager
def standing(world: World) -> Iterator[World]:
    """Replace the gateway's ports, crash points and random ids by a world's for the block."""
    replaced = {
        "gateway.app.build_fetcher": lambda _settings: world.receiver,
        "gateway.process.wiring.build_sender": lambda _settings: world.postman,
        "gateway.app.build_openapi": lambda *_: drawn(),
        "gateway.app.render_skill": lambda *_: None,  # documents and pages have no part in this
        "gateway.app.pages.routes": lambda *_: [],
        "gateway.app.wellknown.routes": lambda *_: [],
        "workers.host.SandboxEngine": lambda *_, **__: world.engine,
        "workers.host.EnginePool": lambda *_: PlannedPool(world.node),
        "workers.engines.comfyui.heartbeats.list_abilities": lambda *_: ABLE,
        "workers.pipelines.ingest.do_chores": chores_here,
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
def folder_in_memory(name: str) -> Iterator[Path]:
    """Yield a folder in memory for the block, or on disk where there is no /dev/shm."""
    memory = Path("/dev/shm")  # noqa: S108 - a file system, not a shared file
    root = Path(tempfile.mkdtemp(prefix=f"kt-{name}-", dir=memory if memory.is_dir() else None))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
