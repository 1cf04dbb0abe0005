"""The composition root: settings in, one ASGI application out.

`build_application` composes everything and opens nothing: a wrong setting fails before a database
is touched. `Application.start` opens in the order of need; `stop` closes in reverse: first what
takes new work, then what writes, the database last.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any
from urllib.parse import urlsplit

from starlette.routing import BaseRoute
from starlette.types import Scope

from agent_skill.render import render_skill
from gateway import migrations, pages
from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.doors import files, oauth, shared_files
from gateway.doors.mcp import McpDoor, build_app_token_verifier, build_key_verifier, build_mcp_site
from gateway.doors.openai import routes as openai
from gateway.doors.openai.wiring import build_openai_door
from gateway.doors.rest import RestDoor, routes
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.secrets import Peppers
from gateway.identity.oauth.apps import Apps
from gateway.kit.clock import Clock
from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database
from gateway.kit.disk import DiskReserve
from gateway.kit.http.guard import HttpGuard, RouteLimits
from gateway.kit.http.rate_limit import RateLimits
from gateway.kit.http.routing import Route, Routes
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.ids import Ids
from gateway.kit.messaging.broker import (
    build_broker,
    build_notifications,
    is_broker_answering,
    presence_from_broker,
)
from gateway.kit.money import parse_usd
from gateway.kit.operation import Ports
from gateway.kit.outgoing.public_address import FetchAllowList
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.kit.queue import Sweep, Sweeper, WakeUps
from gateway.kit.telemetry import metrics
from gateway.ledger.operations import BalanceReader, TopUp
from gateway.ledger.transfers import expire_due_grants
from gateway.library.inspection.inspector import can_cut_network
from gateway.mail.outbox import Mailer
from gateway.media.client_calls.calls import ClientCalls
from gateway.media.jobs.event_streams import JobEvents, OpenStreams
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.waits import ActivityWatch, JobWatch, QueueDepths
from gateway.media.nodes.fleet import Fleet
from gateway.media.submits.submitter import Submitter
from gateway.media.sweeps.asset_sweeps import AssetSweeps
from gateway.media.sweeps.client_call_sweeps import ClientCallSweeps
from gateway.media.sweeps.input_sweeps import InputSweeps
from gateway.media.sweeps.job_sweeps import JobSweeps
from gateway.media.sweeps.orphan_sweeps import OrphanSweeps
from gateway.media.sweeps.output_sweeps import OutputSweeps
from gateway.media.tasks.catalogue import TASKS, build_task_entry
from gateway.media.tasks.prices import PriceTable
from gateway.media.webhooks.deliveries import DeliveryDispatcher
from gateway.media.wiring import build_input_resolver, build_submitter
from gateway.openapi import build_openapi
from gateway.pages.operation_client import OperationClient
from gateway.payments.shop import Shop
from gateway.process import probes
from gateway.process.data_folder import lock_data_folder
from gateway.process.start_up import require_durability
from gateway.process.wiring import (
    add_documents,
    add_identity,
    add_library,
    add_limits,
    add_oauth,
    add_payments,
    add_plans,
    add_studio,
    list_gauge_sweeps,
    list_identity_sweeps,
    list_library_sweeps,
    list_payment_sweeps,
    list_plan_sweeps,
)
from gateway.shares.shared_results import SharedResults
from gateway.storage import Storage, storage_from_url
from gateway.storage.origins import list_file_origins
from gateway.studio.agent.sweeps import AgentSweeps
from wellknown import routes as wellknown
from wellknown.facts import SiteFacts
from workers.host import WorkerHost

FILES_PATH = "/files/"
log = logging.getLogger("gateway")


@dataclass(slots=True)
class Application:
    """Everything that lives as long as the process serves."""

    settings: Settings
    database: Database
    storage: Storage
    ports: Ports
    sweeper: Sweeper
    gauge_sweeper: Sweeper
    job_sweeps: JobSweeps
    admissions: GroupCommit  # type: ignore[type-arg]  # its types are admission's
    readiness: probes.Readiness
    host: WorkerHost | None
    asgi: HttpGuard
    mcp: McpDoor
    folder_lock: IO[str] | None = None

    async def start(self) -> None:
        """Open everything, in the order of need.

        Raises:
            AlreadyRunning: another process owns the SQLite file.
            StartRefused: PostgreSQL may lose committed data.
        """
        if not self.database.is_postgres:
            # Before the migration: two processes must not migrate one SQLite file.
            self.folder_lock = lock_data_folder(self.settings)
        await migrations.upgrade(self.database)
        await require_durability(self.database, self.settings.profile)
        if self.settings.profile == "production" and not await can_cut_network():
            log.warning("hostile media is opened with a network: no user namespaces here")
        await self.recover()
        if self.host is not None:
            self.host.start()
        self.sweeper.start()
        self.gauge_sweeper.start()
        self.database.notifications.start()
        # Serve only after the first round: it picks up what a dead process left.
        await self.sweeper.wait_for_first_round()

    async def recover(self) -> None:
        """Give back at once the work that a dead process held.

        With SQLite there is one process, so every lease belongs to a dead one. With PostgreSQL
        other processes may live, and leases run out by themselves.
        """
        if not self.database.is_postgres:
            await self.job_sweeps.end_all_leases()
            await self.ports.get(AgentSweeps).end_all_leases()
        if self.host is not None:
            await self.host.enrol_nodes()

    def start_draining(self) -> None:
        """Make `/readyz` answer "unready" and each answer close its connection; serve on."""
        self.readiness.is_draining = True

    def end_waits(self) -> None:
        """Answer the calls that wait, and end the streams: they would delay the stop."""
        self.start_draining()
        self.readiness.is_stopping = True
        self.mcp.drain()

    async def stop(self) -> None:
        """Take nothing new, finish accepted work, close everything."""
        self.end_waits()
        await self.mcp.stop()
        await self.sweeper.stop()
        await self.gauge_sweeper.stop()
        await self.database.notifications.stop()
        await self.readiness.close()
        await self.ports.get(DeliveryDispatcher).close()
        await self.admissions.close()
        await self.ports.get(Mailer).close()
        await self.ports.get(KeyRing).close()
        if self.host is not None:
            await asyncio.to_thread(self.host.stop)
            await self.host.heartbeats.pool.close()
        await self.ports.get(RateLimits).close()
        await self.ports.get(Shop).close()
        await self.database.close()
        if self.folder_lock is not None:
            self.folder_lock.close()


def build_application(
    settings: Settings, clock: Clock | None = None, ids: Ids | None = None
) -> Application:
    """Compose the application; it opens nothing yet."""
    broker = build_broker(settings.redis_url)
    notifications = build_notifications(settings.redis_url, broker)
    database = Database(settings.database_url, clock, notifications=notifications)
    storage, ids = storage_from_url(settings.storage_url), ids or Ids()
    wakes, depths = WakeUps(broker), QueueDepths(database)
    file_urls = OutputUrls(settings.files_url, parse_secret_pairs(settings.signing_keys))
    peppers = Peppers(parse_secret_pairs(settings.key_peppers))
    ring, disk = KeyRing(database, peppers), DiskReserve(settings.data_dir, settings.disk_reserve)
    inputs = build_input_resolver(
        settings, database, storage, ids, file_urls, build_fetcher(settings)
    )
    fleet = Fleet(database)
    parts = {"broker": partial(is_broker_answering, broker)} | build_engine_check(settings, fleet)
    readiness = probes.Readiness(database, storage, disk, parts, presence_from_broker(broker))
    submitter = build_submitter(settings, database, inputs, ids, wakes, depths, fleet)
    ports = Ports(
        database, ids, peppers, ring, file_urls, submitter, readiness, BalanceReader(database)
    )
    ports.add(file_urls, as_type=SignedUrls)
    ports.add(fleet)
    _add_job_events(ports, database, file_urls, submitter, readiness)
    ports.add(TopUp(f"{settings.public_url}/credits", parse_usd(settings.low_balance_usd)))
    callers = add_identity(ports, settings)
    add_oauth(ports, settings, inputs.fetcher)
    add_payments(ports, settings)
    add_library(ports, settings, storage, inputs.fetcher)
    add_documents(ports)
    add_plans(ports, settings, storage, wakes)
    add_studio(ports, settings, wakes)
    sweeps = JobSweeps(database, storage, wakes, depths, settings.job_input_days)
    add_limits(ports, settings, disk, presence_from_broker(broker))
    host = None if settings.redis_url else WorkerHost(settings, broker, database, fleet, ids)
    document = _build_document(settings, storage)
    verifiers = [build_key_verifier(ring), build_app_token_verifier(ports.get(Apps))]
    site = build_mcp_site(settings, list_served_hosts(settings))
    mcp = McpDoor(site, document, verifiers, ports.get(RateLimits))
    client = OperationClient(ports, callers)
    all_routes = [*_build_routes(settings, client, readiness, document), *mcp.routes()]
    guard = _build_guard(
        settings, Routes(all_routes, default=pages.build_not_found_page(client)), readiness
    )
    mcp.connect(guard.serve_internal)
    return Application(
        settings=settings,
        database=database,
        storage=storage,
        ports=ports,
        sweeper=build_sweeper(ports, sweeps, storage, settings, host),
        gauge_sweeper=Sweeper(database, list_gauge_sweeps(settings, readiness)),
        job_sweeps=sweeps,
        admissions=submitter.admissions,
        readiness=readiness,
        host=host,
        asgi=guard,
        mcp=mcp,
    )


def _build_document(settings: Settings, storage: Storage) -> dict[str, Any]:
    """Build the OpenAPI document, with the origins that pages in a chat may show files from."""
    document = build_openapi(settings, list_operations())
    return document | {"x-file-origins": list_file_origins(settings.files_url, storage)}


def build_engine_check(settings: Settings, fleet: Fleet) -> dict[str, probes.PartCheck]:
    """Build the check of the engines: a node can work, or live mode is off and none is needed."""

    async def work() -> bool:
        return fleet.takes_any_work() or (fleet.is_empty() and not settings.live_enabled)

    return {"engines": work}


def build_sweeper(
    ports: Ports, jobs: JobSweeps, storage: Storage, settings: Settings, host: WorkerHost | None
) -> Sweeper:
    """Build the sweeper with the sweeps of every room."""
    database: Database = ports.get(Database)
    return Sweeper(
        database,
        [
            *jobs.list_sweeps(),
            *InputSweeps(database, storage).list_sweeps(),
            *OrphanSweeps(database, storage, settings.orphan_days).list_sweeps(),
            *ClientCallSweeps(database, ports.get(RateLimits)).list_sweeps(),
            *OutputSweeps(database, storage).list_sweeps(),
            *AssetSweeps(database, storage, settings.studio_purge_days).list_sweeps(),
            *ports.get(DeliveryDispatcher).list_sweeps(),
            Sweep("due grants", 60, partial(expire_due_grants, database)),
            *list_identity_sweeps(ports),
            *list_payment_sweeps(ports),
            *list_library_sweeps(ports),
            *list_plan_sweeps(ports),
            *ports.get(AgentSweeps).list_sweeps(),
            *(host.list_sweeps() if host else [ports.get(Fleet).build_sweep()]),
        ],
    )


def build_fetcher(settings: Settings) -> SafeFetch:
    """Build the only fetcher of URLs from callers; warn if it may reach private addresses."""
    if settings.fetch_allow:
        log.warning("KT_FETCH_ALLOW lets fetches reach %s", settings.fetch_allow)
    return SafeFetch(
        allow_list=FetchAllowList.parse(settings.fetch_allow),
        report=lambda reason: metrics.FETCH_BLOCKED.labels(reason).inc(),
    )


def _build_routes(
    settings: Settings,
    client: OperationClient,
    readiness: probes.Readiness,
    document: dict[str, Any],
) -> list[BaseRoute]:
    ports = client.ports
    database, urls = ports.get(Database), ports.get(OutputUrls)
    prices: PriceTable = ports.get(Submitter).planner.prices
    return [
        *routes(list_operations(), client.callers, ports),
        Route("/healthz", probes.healthz),
        Route("/readyz", probes.readyz_endpoint(readiness)),
        Route("/metrics", probes.metrics_endpoint(settings.metrics_token.get_secret_value())),
        *files.routes(database, readiness.storage, urls),
        *shared_files.routes(readiness.storage, ports.get(SharedResults)),
        *openai.routes(build_openai_door(settings, ports, client.callers, readiness.storage)),
        *(oauth.routes(ports) if settings.oauth_enabled else ()),
        *wellknown.routes(
            SiteFacts(
                settings=settings,
                operations=list_operations(),
                openapi=document,
                skill=render_skill(settings, list_operations()),
            ),
            database.clock,
        ),
        *pages.routes(
            document, [build_task_entry(task, prices) for task in TASKS.values()], client
        ),
    ]


def list_served_hosts(settings: Settings) -> frozenset[str]:
    """List the host names that requests may name."""
    addresses = (settings.public_url, settings.api_url, settings.files_url)
    hosts = {urlsplit(address).netloc for address in addresses}
    return frozenset(hosts | {name.strip() for name in settings.allowed_hosts.split(",")} - {""})


def _add_job_events(
    ports: Ports,
    database: Database,
    file_urls: OutputUrls,
    submitter: Submitter,
    readiness: probes.Readiness,
) -> None:
    watch, streams = JobWatch(database, lambda: readiness.is_stopping), OpenStreams()
    ports.add(watch)
    ports.add(streams)
    ports.add(JobEvents(database, file_urls, watch, ActivityWatch(database), streams))
    ports.add(ClientCalls(database, ports.get(Ids)))
    ports.add(submitter.planner.webhooks)
    ports.add(DeliveryDispatcher(database, submitter.planner.webhooks, file_urls))


def _build_guard(settings: Settings, router: Routes, readiness: probes.Readiness) -> HttpGuard:
    default_limits, files_limits = RouteLimits(), RouteLimits(handler_seconds=None)

    def limits(scope: Scope) -> RouteLimits:
        route = router.find(scope)
        if isinstance(route, Route) and route.limits is not None:
            return route.limits
        door = getattr(route, "endpoint", None)
        if isinstance(door, RestDoor):
            return door.get_route_limits(scope["method"])
        if isinstance(door, McpDoor):
            return door.limits
        return files_limits if scope["path"].startswith(FILES_PATH) else default_limits

    return HttpGuard(
        router,
        hosts=list_served_hosts(settings),
        serves_loopback=settings.profile == "embedded",
        find_route_limits=limits,
        is_https=settings.public_url.startswith("https:"),
        is_draining=lambda: readiness.is_draining,
    )


@asynccontextmanager
async def run_application(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Application]:
    """Start the application for the block, and stop it afterwards."""
    application = build_application(settings, clock)
    await application.start()
    try:
        yield application
    finally:
        await application.stop()
