"""The host of the actors, inside the gateway or in a process of its own: one code for both.

Dramatiq's threads only hand messages to the event loop of its asyncio middleware; there the runtime
lives, with a database of its own (`Database.sibling`), since connections belong to one loop.
"""

import asyncio
import logging
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from contextvars import Context

from dramatiq.worker import Worker

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.messaging.broker import LocalBroker, SharedBroker
from gateway.kit.queue import JOB_QUEUES, Sweep, WakeUps
from gateway.kit.telemetry import metrics
from gateway.library.wiring import build_quotas
from gateway.media.jobs.kept_outputs import OutputKeeper
from gateway.media.nodes import node_pool, server_nodes
from gateway.media.nodes.fleet import Fleet
from gateway.media.tasks.catalogue import TASKS
from gateway.media.wiring import load_price_table
from gateway.storage import Storage, storage_from_url
from gateway.studio.plans.wiring import build_plan_advancer
from workers.actors import LazyRuntime, declare_actors
from workers.engines.comfyui.graphs.engines_file import EngineFamilies, read_engines_file
from workers.engines.comfyui.heartbeats import NodeHeartbeats
from workers.engines.engine_pool import EnginePool
from workers.engines.openai.losses import list_losses
from workers.engines.openai.upstreams import Upstreams, build_unknown_upstream, read_upstreams
from workers.engines.sandbox.engine import SandboxEngine
from workers.jobs.endings import AttemptEndings
from workers.jobs.job_slots import JobSlots
from workers.jobs.leases import Leases
from workers.jobs.machine import Machine
from workers.jobs.runtime import AgentRunner, Runtime
from workers.jobs.wake_ups import WakeUpRelay
from workers.processes.fork_server import ForkServer

log = logging.getLogger("workers")
IDLE_WAIT_MS = 250  # how soon a thread sees that it is to stop; a message wakes it at once
BROKER_THREADS = 2  # they only hand messages on: jobs run on the event loop
STOP_MS = 5_000
SETTLE_SECONDS = 20
# What children run, and what they need: imported once, in the process that forks them.
CHILDREN = ("workers.engines.sandbox.child", "workers.video.chores.child", "workers.video.concat")
MEDIA_TOOLS = (
    "workers.engines.sandbox.films",
    "workers.engines.sandbox.pictures",
    "workers.video.chores.film_chores",
    "workers.video.chores.picture_chores",
)
ENGINE_NODE = "engine"  # the name of the node of KT_ENGINE_URL


def load_engines(settings: Settings) -> EngineFamilies | None:
    """Read the families for ComfyUI from the engines file; None if there is none of them.

    Raises:
        EnginesFileInvalid: the file cannot be used.
    """
    if settings.engines_file is None:
        return None
    engines = read_engines_file(settings.engines_file)
    only_servers = not engines.families and bool(read_upstreams(settings.engines_file))
    return None if only_servers else engines


def load_upstreams(settings: Settings) -> Upstreams:
    """Return the servers of the engines file, and the one that KT_ENGINE_URL names.

    Raises:
        EnginesFileInvalid: the file cannot be used.
        ValueError: KT_ENGINE_URL is no address.
    """
    file = settings.engines_file
    upstreams = {} if file is None else dict(read_upstreams(file))
    if settings.engine_url:
        key = settings.engine_key.get_secret_value()
        try:
            upstreams[ENGINE_NODE] = build_unknown_upstream(ENGINE_NODE, settings.engine_url, key)
        except ValueError as error:
            raise ValueError(f"KT_ENGINE_URL: {error}") from None
    return upstreams


def build_pool(settings: Settings) -> EnginePool:
    """Build the pool of engines of one event loop.

    Raises:
        ValueError: a setting or the engines file is not valid.
    """
    return EnginePool(load_engines(settings), parse_node_tokens(settings), load_upstreams(settings))


def parse_nodes(settings: Settings) -> list[tuple[str, str]]:
    """Parse KT_COMFY_NODES: name and URL of each node.

    Raises:
        ValueError: a name or URL is not valid.
    """
    entries = [entry.partition("=") for entry in settings.comfy_nodes.split(",") if entry.strip()]
    try:
        return [
            (node_pool.check_node_name(name.strip()), node_pool.parse_node_url(url))
            for name, _, url in entries
        ]
    except ValueError as error:
        raise ValueError(f"KT_COMFY_NODES: {error}") from None


def parse_node_tokens(settings: Settings) -> dict[str, str]:
    """Parse KT_NODE_TOKENS: the bearer token for the proxy before a node, by the node's name.

    Raises:
        ValueError: `KT_NODE_TOKENS` is not of its form.
    """
    if not settings.node_tokens.get_secret_value():
        return {}
    try:
        return {
            name: token.decode() for name, token in parse_secret_pairs(settings.node_tokens).items()
        }
    except ValueError as error:
        raise ValueError(f"KT_NODE_TOKENS: {error}") from None


class WorkerHost:
    """The Dramatiq worker of this process, which has one at most."""

    def __init__(
        self,
        settings: Settings,
        broker: LocalBroker | SharedBroker,
        database: Database,
        fleet: Fleet,
        ids: Ids,
    ) -> None:
        self._settings = settings
        self._ids = ids
        self._fleet = fleet
        self._database = database
        self._boot = LazyRuntime(self._make_runtime)
        declare_actors(broker, self._boot)
        self._broker = broker
        self._engine = SandboxEngine(settings.data_dir / "sandbox", pace=settings.sandbox_pace)
        self._upstreams = load_upstreams(settings)
        for upstream in self._upstreams.values():
            upstream.read_key()  # said now, and not when the first job needs it
        for loss in list_losses(self._upstreams.values(), load_price_table(settings)):
            log.warning("%s", loss)
        self.heartbeats = NodeHeartbeats(database, build_pool(settings))
        self._machine = Machine(
            settings.data_dir, settings.disk_reserve, alone=not settings.redis_url
        )
        if isinstance(broker, SharedBroker):
            broker.may_take = self._may_take
            broker.is_half_full = self._is_half_full
        broker.begin_queue = self._begin_queue
        self._worker = Worker(broker, worker_threads=BROKER_THREADS, worker_timeout=IDLE_WAIT_MS)

    def list_sweeps(self) -> list[Sweep]:
        """Return the sweeps that look after the nodes; they run on the caller's event loop."""
        return [
            Sweep(
                "nodes",
                node_pool.HEARTBEAT_PERIOD / SECOND,
                self.heartbeats.beat,
                node_pool.SELECT_DUE_NODES,
            ),
            self._fleet.build_sweep(),
        ]

    async def enrol_nodes(self) -> None:
        """Add the nodes of the settings to the pool; let the next heartbeats prove all nodes."""
        async with self._database.write() as session:
            await node_pool.expire_node_facts(session)
            for name, url in parse_nodes(self._settings):
                await node_pool.enrol_node(session, name, url)
            for upstream in self._upstreams.values():
                await server_nodes.enrol_server(
                    session, upstream.name, upstream.url, upstream.max_inflight
                )

    def start(self) -> None:
        """Begin taking messages."""
        for task in TASKS:  # from 0, so that the first job of each counts as growth
            metrics.JOB_QUEUE_SECONDS.labels(task)
        self._worker.start()
        self._broker.emit_after("process_boot")  # else its time limits do nothing

    def stop(self) -> None:
        """Give every lease back, then take no more messages; blocks."""
        runtime, loop = self._boot.runtime, self._boot.loop
        if runtime is not None and loop is not None:
            with suppress(NotInTime):  # the leases would run out by themselves
                asyncio.run_coroutine_threadsafe(runtime.close(), loop).result(SETTLE_SECONDS)
        self._worker.stop(STOP_MS)

    async def _make_runtime(self) -> Runtime:
        database = self._database.sibling()
        leases = Leases(database)
        leases.start()
        storage, wakes = storage_from_url(self._settings.storage_url), WakeUps(self._broker)
        return Runtime(
            database=database,
            storage=storage,
            engine=self._engine,
            pool=build_pool(self._settings),
            leases=leases,
            output_keeper=OutputKeeper(storage, build_quotas(self._settings), self._ids),
            running_limit=self._settings.running_jobs,
            plan_advancer=build_plan_advancer(self._settings, database, storage, wakes),
            agents=self._make_agents(database, storage),
            slots=JobSlots(self._settings.worker_threads, self._machine, self._upstreams),
            endings=AttemptEndings(database, self._machine),
            wake_up_relay=WakeUpRelay(wakes),
            fork_server=ForkServer(CHILDREN, MEDIA_TOOLS),
        )

    def _begin_queue(self, queue: str) -> bool:
        """Begin the jobs of a queue without a message; return False if that cannot be done now."""
        runtime, loop = self._boot.runtime, self._boot.loop
        if runtime is None or loop is None or queue not in JOB_QUEUES:
            return False
        # In a context of its own: the job may not have the log fields of the request that woke it.
        with suppress(RuntimeError):  # the loop has stopped
            loop.call_soon_threadsafe(runtime.begin_queue, queue, context=Context())
            return True
        return False

    def _may_take(self, queue: str) -> bool:
        """Return True if a wake-up of this queue is of use here; else others may take it."""
        runtime = self._boot.runtime
        has_slot = runtime is None or runtime.slots.has_free_slot(queue)
        return has_slot and self._machine.is_fit()

    def _is_half_full(self, queue: str) -> bool:
        """Return True if a book is full here: the wake-up may be for it, and others have room."""
        runtime = self._boot.runtime
        return runtime is not None and runtime.slots.has_full_book(queue)

    def _make_agents(self, database: Database, storage: Storage) -> AgentRunner | None:
        """Make the runner of agent requests; None without a key for the model."""
        if not self._settings.anthropic_api_key.get_secret_value():
            return None
        from workers.agent.wiring import build_agent_pool  # noqa: PLC0415 - the SDK takes seconds to load

        return build_agent_pool(self._settings, self._broker, database, storage, self._fleet)
