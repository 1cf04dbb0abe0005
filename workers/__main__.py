"""The worker process that Redis or Valkey wakes: `killatamata worker`."""

import asyncio
import signal
import sys

import structlog
from prometheus_client import start_http_server

from gateway import migrations
from gateway.configuration.settings import Settings
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.messaging.broker import build_broker, build_notifications
from gateway.kit.queue import Sweeper, WakeUps
from gateway.kit.telemetry import logging, metrics
from gateway.media.jobs.waits import QueueDepths
from gateway.media.nodes.fleet import Fleet
from gateway.media.sweeps.job_sweeps import JobSweeps
from gateway.process import start_up
from gateway.storage import storage_from_url
from gateway.studio.agent.sweeps import AgentSweeps
from gateway.studio.plans.wiring import build_plan_advancer
from workers.host import WorkerHost

log = structlog.stdlib.get_logger("workers")


async def run_worker(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT, then give every lease back."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        stopped.set()
        loop.remove_signal_handler(number)  # a second one ends the process at once

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    broker = build_broker(settings.redis_url)
    database = Database(
        settings.database_url, notifications=build_notifications(settings.redis_url, broker)
    )
    await migrations.upgrade(database)
    await start_up.require_durability(database, settings.profile)
    storage, wakes = storage_from_url(settings.storage_url), WakeUps(broker)
    sweeps = JobSweeps(
        database,
        storage,
        wakes,
        QueueDepths(database),
        settings.job_input_days,
    )
    plans = build_plan_advancer(settings, database, storage, wakes)
    ids = Ids()
    agent = AgentSweeps(database, ids, wakes)
    host = WorkerHost(settings, broker, database, Fleet(database), ids)
    if not settings.anthropic_api_key.get_secret_value():
        log.warning("no KT_ANTHROPIC_API_KEY: messages to the agent wait for another worker")
    sweeper = Sweeper(
        database,
        [*sweeps.list_sweeps(), *agent.list_sweeps(), *host.list_sweeps(), *plans.list_sweeps()],
    )
    await host.enrol_nodes()
    host.start()
    sweeper.start()
    log.info("the worker takes jobs", threads=settings.worker_threads)
    await stopped.wait()
    await sweeper.stop()
    await asyncio.to_thread(host.stop)
    await host.heartbeats.pool.close()
    await database.close()


def serve_metrics(address: str) -> None:
    """Serve the metrics of this process at `host:port`; without one, or if it is taken, go on."""
    host, _, port = address.rpartition(":")
    if not host:
        return
    try:
        start_http_server(int(port), host.strip("[]"), metrics.REGISTRY)
    except OSError as error:
        log.warning("no metrics at %s: %s", address, error.strerror)


def main() -> int:
    """Run the worker process; return its exit code."""
    return start_up.run_process(_main)


def _main() -> None:
    settings = start_up.load_valid_settings()
    if not settings.redis_url or settings.database_url.startswith("sqlite"):
        raise start_up.StartRefused(
            "a worker of its own needs KT_REDIS_URL and a PostgreSQL KT_DATABASE_URL; "
            "without them `serve` runs the worker itself"
        )
    logging.configure_logging(settings.log_level, json=True, role="worker")
    serve_metrics(settings.worker_metrics)
    with start_up.send_telemetry(settings, "worker"):
        asyncio.run(run_worker(settings))


if __name__ == "__main__":
    sys.exit(main())
