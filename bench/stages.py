"""Stages of a request: where its processor time goes, as a table that adds up.

    python -m bench.stages               microseconds of a request, on the embedded database
    python -m bench.stages --rounds 30   more short samples, for a busy machine

Each stage is a server that does one thing more than the stage before; a line is the difference.
`memory` feeds the protocol class without a socket, `socket` serves the load of bench/load.py from
another process. Every figure is the least of many short samples, taken in turns. The last stage is
the whole application; beside it stands a gateway in a process of its own under the same load, and
what that costs more is the line `unexplained`.
"""

import argparse
import asyncio
import gc
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias, cast

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bench.http import CREDIT, Server, create_accounts, run_server, start_services
from bench.load import LoadRequest, measure_rate
from bench.server import SERVER_OPTIONS, BenchCaller, answer_bare_route, who_am_i
from gateway import catalogue
from gateway.app import Application, run_application
from gateway.doors import rest
from gateway.identity.keys.callers import CallerFinder
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.sessions import Sessions
from gateway.kit.disk import DiskReserve
from gateway.kit.http.browser import Site
from gateway.kit.http.guard import HttpGuard, RouteLimits
from gateway.kit.http.protocol import ConnectionLimits, DeadlineProtocol, build_protocol
from gateway.kit.http.rate_limit import RateLimits
from gateway.kit.http.request_report import build_request_counter
from gateway.kit.http.routing import Route, Routes
from gateway.kit.operation import Caller, Ports, operation, operation_from_handler
from gateway.kit.telemetry import logging
from gateway.ledger.operations import BalanceReader
from gateway.process.start_up import load_valid_settings
from tests.services.postgres import PostgresServer

CLIENTS, KEYS = 32, 20
WARM_REQUESTS, MEMORY_REQUESTS, MEMORY_SAMPLES, SOCKET_SECONDS = 100, 300, 5, 0.4
BARE_BODY = b'{"accountId":"acct_0","keyId":"key_0","livemode":false}'
BARE_HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", b"%d" % len(BARE_BODY)),
]
MICROSECONDS = 1_000_000
WAYS = ("memory", "socket")


@dataclass(frozen=True)
class Stage:
    """A server that does one thing more than the stage before it, and the request it gets.

    One that is not `is_guarded` runs in uvicorn's own protocol class, without our limits.
    """

    name: str
    app: ASGIApp
    request: LoadRequest
    is_guarded: bool = True
    samples: dict[str, list[float]] = field(
        default_factory=lambda: {way: [] for way in WAYS}, repr=False
    )

    def least(self, way: str) -> float:
        """Return the least microseconds of a request that were measured this way."""
        return min(self.samples[way]) * MICROSECONDS


class FixedBalances(BalanceReader):
    """Balances that are no longer read, so that the credit in each answer costs no query."""

    async def get_available(self, _account: int) -> int:
        """Return any amount."""
        return CREDIT


async def answer_bare(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer as much JSON as the route of `bench.server`, with nothing around it."""
    await send({"type": "http.response.start", "status": 200, "headers": BARE_HEADERS})
    await send({"type": "http.response.body", "body": BARE_BODY})


class BareDoor:
    """An endpoint that Starlette takes for an application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await answer_bare(scope, receive, send)


@operation("GET", "/bench/me", tag="health", response=BenchCaller, public=True, limit="none")
async def answer_public() -> BenchCaller:
    """Answer the same fields without a caller."""
    return BenchCaller(account_id="acct_0", key_id="key_0", livemode=False)


@operation("GET", "/bench/me", tag="health", response=BenchCaller, limit="none")
async def answer_uncounted(caller: Caller) -> BenchCaller:
    """Answer the caller without counting the request."""
    return BenchCaller(account_id=caller.account_id, key_id=caller.id, livemode=caller.livemode)


def build_read_stages(application: Application, keys: list[str]) -> list[Stage]:
    """Build the stages of an authenticated read, from a bare callable to the application."""
    request, guard = LoadRequest("GET", "/bench/me", keys), application.asgi
    ports = application.ports

    def build_guard(app: ASGIApp, **changed: Any) -> HttpGuard:  # noqa: ANN401 - fields of a guard
        return replace(guard, app=app, **changed)

    def build_door(handler: Callable[..., Awaitable[Any]], balances: BalanceReader) -> HttpGuard:
        parts = Ports(ports.get(RateLimits), ports.get(DiskReserve))
        parts.add(balances, as_type=BalanceReader)
        finder = CallerFinder(ports.get(KeyRing), ports.get(Sessions), ports.get(Site))
        return build_routed(rest.routes([operation_from_handler(handler)], finder, parts))

    def build_routed(routes: Sequence[BaseRoute]) -> HttpGuard:
        router = Routes(routes, default=answer_bare)

        def find_route_limits(scope: Scope) -> RouteLimits:
            router.find(scope)
            return RouteLimits()

        return build_guard(router, find_route_limits=find_route_limits)

    def count_answer(_scope: Scope, status: int, seconds: float) -> None:
        build_request_counter("/bench/me", "GET", status)(seconds)

    fixed = FixedBalances(application.database)
    unrouted = {"find_route_limits": lambda _scope: RouteLimits()}
    return [
        Stage("protocol", answer_bare, request),
        Stage(
            "guard: head, deadline, headers",
            build_guard(answer_bare, **unrouted, report=lambda *_: None),
            request,
        ),
        Stage("metrics", build_guard(answer_bare, **unrouted, report=count_answer), request),
        Stage("log line", build_guard(answer_bare, **unrouted), request),
        Stage("route", build_routed([Route("/bench/me", BareDoor())]), request),
        Stage("operation, JSON, answer", build_door(answer_public, fixed), request),
        Stage("key", build_door(answer_uncounted, fixed), request),
        Stage("rate limit", build_door(who_am_i, fixed), request),
        Stage("reading the credit", build_door(who_am_i, ports.get(BalanceReader)), request),
        Stage("limits of every route", guard, request),
    ]


class MemoryTransport(asyncio.Transport):
    """A transport without a socket: an answer that ends lets the client send its next request."""

    def __init__(self, answered: Callable[["MemoryTransport"], None]) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self._answered = answered
        self._received = b""
        self.protocol: DeadlineProtocol | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take a part of an answer; the last part ends with the end of a JSON object."""
        self._received += data
        if self._received.endswith(b"}"):
            if not self._received.startswith(b"HTTP/1.1 2"):
                raise RuntimeError(self._received.decode())
            self._received = b""
            self._answered(self)

    def is_closing(self) -> bool:
        """Return False: the benchmark closes nothing while it measures."""
        return False

    def close(self) -> None:
        """Close nothing: there is no socket."""

    def pause_reading(self) -> None:
        """Pause nothing: the client waits for its answer anyway."""

    def resume_reading(self) -> None:
        """Resume nothing."""


async def measure_in_memory(
    stage: Stage, build: Callable[[], DeadlineProtocol], requests: int
) -> float:
    """Measure the processor seconds of a request that comes without a socket."""
    loop = asyncio.get_running_loop()
    raw = itertools.cycle([stage.request.to_bytes(key) for key in stage.request.keys])
    done, answers = loop.create_future(), itertools.count(1)

    def send_next(transport: MemoryTransport) -> None:
        if transport.protocol is not None:
            transport.protocol.data_received(next(raw))

    def count_answer(transport: MemoryTransport) -> None:
        if next(answers) < requests:
            loop.call_soon(send_next, transport)
        elif not done.done():
            done.set_result(None)

    transports = [MemoryTransport(count_answer) for _ in range(CLIENTS)]
    for transport in transports:
        transport.protocol = build()
        transport.protocol.connection_made(transport)
    before = time.process_time()
    for transport in transports:
        loop.call_soon(send_next, transport)
    await done
    seconds = (time.process_time() - before) / requests
    await asyncio.sleep(0.002)  # the other answers under way
    for transport in transports:
        if transport.protocol is not None:
            transport.protocol.connection_lost(None)
    return seconds


class StageServer:
    """The server of one stage, in this process, with the settings of `gateway.serve`."""

    def __init__(self, stage: Stage) -> None:
        config = Config(
            stage.app,
            http=build_protocol(ConnectionLimits()) if stage.is_guarded else HttpToolsProtocol,
            **SERVER_OPTIONS,
        )
        config.load()
        self._stage, self._config, self._state = stage, config, ServerState()

    def _build_protocol(self) -> DeadlineProtocol:
        build = cast("Callable[..., DeadlineProtocol]", self._config.http_protocol_class)
        return build(config=self._config, server_state=self._state, app_state={})

    async def sample(self, clients: ProcessPoolExecutor) -> None:
        """Take some samples in memory and one over sockets, from another process."""
        # A gateway forgets a key after 5 seconds, and the other stages took longer.
        await measure_in_memory(self._stage, self._build_protocol, WARM_REQUESTS)
        for _ in range(MEMORY_SAMPLES):
            memory = await measure_in_memory(self._stage, self._build_protocol, MEMORY_REQUESTS)
            self._stage.samples["memory"].append(memory)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._build_protocol, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        load = partial(
            measure_rate, port, self._stage.request, clients=CLIENTS, seconds=SOCKET_SECONDS
        )
        before, answers = time.process_time(), self._state.total_requests
        await loop.run_in_executor(clients, load)
        spent, answered = time.process_time() - before, self._state.total_requests - answers
        self._stage.samples["socket"].append(spent / answered)
        server.close()


def measure_process(server: Server, stage: Stage) -> None:
    """Take one sample of a server in a process of its own."""
    measured = server.measure(stage.request, clients=CLIENTS, seconds=2 * SOCKET_SECONDS)
    stage.samples["socket"].append(measured.server_us / 1e6)


BuildStages: TypeAlias = Callable[[Application, list[str]], list[Stage]]
"""Builds the stages of one kind of request, which end in the application, for some keys."""


async def measure_stages(
    folder: Path, build_stages: BuildStages, rounds: int
) -> tuple[list[Stage], list[Stage]]:
    """Measure every stage in turns; return those that add up, and those beside them."""
    catalogue.HANDLERS = (*catalogue.HANDLERS, who_am_i)
    settings = load_valid_settings()
    logging.configure_logging(settings.log_level)
    keys = await create_accounts(folder, KEYS)
    with ExitStack() as stack:
        clients = stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn")))
        # A folder of its own: one gateway owns a file of SQLite.
        os.environ["KT_DATA_DIR"] = str(folder / "process")
        own_keys = await create_accounts(folder / "process", KEYS)
        process = stack.enter_context(run_server("gateway"))
        async with run_application(settings) as application:
            gc.collect()
            gc.freeze()  # as `gateway.serve` does
            stages = build_stages(application, keys)
            last = stages[-1].request
            whole = Stage("a gateway's own process", application.asgi, replace(last, keys=own_keys))
            bare = Starlette(routes=[StarletteRoute("/bare", answer_bare_route)])
            floor = LoadRequest("GET", "/bare", keys)
            floors = [
                Stage("bare Starlette, our protocol", bare, floor),
                Stage("bare Starlette, plain uvicorn", bare, floor, is_guarded=False),
            ]
            servers = [StageServer(stage) for stage in (*stages, *floors)]
            for _ in range(rounds):
                for server in servers:
                    await server.sample(clients)
                await asyncio.to_thread(measure_process, process, whole)
    return stages, [whole, *floors]


def print_table(stages: list[Stage], beside: list[Stage]) -> None:
    """Print a line for each stage, their sum, and what the whole costs beside it."""
    whole, *floors = beside
    print(f"{'microseconds of processor a request':<38}{'memory':>8}{'socket':>8}")
    previous = dict.fromkeys(WAYS, 0.0)
    for stage in stages:
        costs = {way: stage.least(way) for way in WAYS}
        print_line(stage.name, [costs[way] - previous[way] for way in WAYS])
        previous = costs
    print_line("sum: the application", [previous[way] for way in WAYS])
    print_line("unexplained", [None, whole.least("socket") - previous["socket"]])
    print_line(whole.name, [None, whole.least("socket")])
    for floor in floors:
        print_line(floor.name, [floor.least(way) for way in WAYS])
        ratios = [floor.least(way) / previous[way] for way in WAYS]
        print_line("  it / the application", ratios, places=2)


def print_line(name: str, figures: Sequence[float | None], places: int = 1) -> None:
    """Print a name and its figures; None stands for one that was not measured."""
    columns = ["" if each is None else f"{each:.{places}f}" for each in figures]
    print(f"{name:<38}" + "".join(f"{column:>8}" for column in columns))


def main(build_stages: BuildStages = build_read_stages) -> int:
    """Measure and print the table of one kind of request."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=10, help="samples of each stage")
    parser.add_argument("--postgres", action="store_true", help="whose own time is not counted")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kt-bench-")))
        postgres = stack.enter_context(PostgresServer()) if options.postgres else None
        os.environ.update(stack.enter_context(start_services(folder, postgres)))
        with tempfile.TemporaryFile("w") as lines, redirect_stdout(lines):
            measured = asyncio.run(measure_stages(folder, build_stages, options.rounds))
    print_table(*measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
