"""A whole gateway in one process and on one thread, that can lose its power at any moment.

The application, its sweeps and its worker are the real ones over a real SQLite file; ports are
replaced where two implementations exist. Ids, time and faults come from the seed alone.
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
LATE = {"I13", "I14", "I22"}  # of time: they hold again when the sweeps had their turn


class Broken(AssertionError):  # noqa: N818 - said of the world
    """Something is not as it must always be."""


class Clock:
    """The wall clock: the time of the loop, and what it was moved by."""

    def __init__(self, loop: Loop | None = None) -> None:
        self.loop = loop
        self.offset = 0

    def now(self) -> int:
        """Return microseconds since 1970."""
        passed = 0.0 if self.loop is None else self.loop.time() - BOOTED
        return START + self.offset + round(passed * SECOND)


@dataclasses.dataclass(slots=True)
class Parked:
    """A task that waits at a point until it is let go on."""

    point: str
    go_on: asyncio.Future[None]


class World:
    """One seed's gateway, and all that has been seen of it."""

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
        """Return the chances of one purpose, so that more draws of another change nothing here."""
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - chance, not a secret

    def note(self, what: str) -> None:
        """Count something that is to happen sometimes."""
        self.seen[what] += 1

    def tell(self, line: str) -> None:
        """Write a line of the trace."""
        self.trace.append(f"{(self.clock.now() - START) / SECOND:>12.3f} {line}")

    async def reach(self, point: str) -> None:
        """Stand at a point: crash if it is armed, else wait there until somebody lets go on."""
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
        """Return when somebody stands at one of these points."""
        while not any(here.point in points for here in self.parked):
            self.somebody_stands.clear()
            await self.somebody_stands.wait()

    def built(self) -> Application:
        """Return a gateway over the file that is there; nothing is opened yet."""
        return build_application(settings_of(self.folder), self.clock, self.ids)

    async def start(self) -> None:
        """Start the gateway over the file that is there, and let it recover."""
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
        """Lose the power: no task goes on, nothing more is written; the file and others stay."""
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
        """Return when nothing can go on by itself.

        Raises:
            Broken: somebody waits in the middle of a transaction.
        """
        await self.loop.quiet()
        if self.application.database._gate._is_taken and self.crashed is None:
            raise Broken("a transaction is open, and waits for something outside")

    def queued(self) -> list[tuple[str, bytes]]:
        """Return the messages that nobody has taken."""
        host = self.application.host
        assert host is not None
        queues = host._broker.queues
        return [(name, each) for name, queue in queues.items() for each in list(queue.queue)]

    async def check(self, *, late: bool = False) -> None:
        """Look whether all is as it must be; `late` is what only time can bring back in order.

        Raises:
            Broken: it is not.
        """
        found = await check_invariants(self.application.database)
        broken = [each for each in found if late or not pardoned(each)]
        if broken:
            raise Broken("\n".join(f"{each.id} {each.text}: {each.rows}" for each in broken))

    async def rows(self, query: str, *values: object) -> list[Any]:
        """Return rows of the database, for a look that no door gives."""
        async with self.application.database.connect() as connection:
            return [tuple(row) for row in await connection.exec_driver_sql(query, values)]

    async def call(
        self,
        method: str,
        path: str,
        who: str | None = None,
        **more: Any,  # noqa: ANN401 - httpx2's
    ) -> httpx2.Response:
        """Ask the gateway through its front door."""
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
    """Return True if a finding is only that a sweep has not had its turn since the clock moved."""
    overdue = finding.id == "I17" and all("is there since" in row["detail"] for row in finding.rows)
    return finding.id in LATE or overdue


def settings_of(folder: Path) -> Settings:
    """Return the settings of a world in a folder."""
    most = 1_000_000
    given: dict[str, Any] = {
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
    return Settings(**given).with_secrets()


drawn = cache(lambda: build_openapi(settings_of(Path(tempfile.gettempdir())), list_operations()))


@contextmanager
def standing(world: World) -> Iterator[World]:
    """Let a world stand where the real one would be."""
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
        stack.enter_context(capture_logs())  # a log is drawn by nobody
        stack.enter_context(mock.patch.object(faults, "reach", world.reach))
        for name, instead in replaced.items():
            stack.enter_context(mock.patch(name, instead))
        stack.enter_context(mock.patch.object(tempfile, "tempdir", str(world.folder)))
        yield world


@contextmanager
def folder_in_memory(name: str) -> Iterator[Path]:
    """Yield a folder that needs no disk, where the system has one."""
    memory = Path("/dev/shm")  # noqa: S108 - a file system, not a shared file
    root = Path(tempfile.mkdtemp(prefix=f"kt-{name}-", dir=memory if memory.is_dir() else None))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
