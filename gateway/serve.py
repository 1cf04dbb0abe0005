"""The process around the application: port, server, signals, one clear line on failure."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn

from gateway import demo, migrations
from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.kit.database.sessions import Database
from gateway.kit.http.protocol import ConnectionLimits, build_protocol
from gateway.kit.telemetry import logging
from gateway.migrations.compatibility import SchemaFit
from gateway.migrations.plan import measure_tables, plan_migrations, render_plan
from gateway.operator import open_database
from gateway.process import start_up
from gateway.stripe_stand_in.child_process import run_stand_in

KEEP_ALIVE_SECONDS = 5
ANSWER_SECONDS = 20  # in which a stop waits for the answers under way
MIGRATED_WORDS = {
    SchemaFit.CURRENT: "the tables are those of this version\n",
    SchemaFit.NEWER: "the tables are of a newer version, and this one works on them\n",
}


def serve(*, dev: bool) -> int:
    """Serve until a signal; return the exit code.

    The port is opened first: with port 0 the settings, and so every URL, depend on the one that the
    kernel gave.
    """

    def run() -> None:
        settings = start_up.load_valid_settings()
        quiet = dev and "log_level" not in settings.model_fields_set
        logging.configure_logging("warning" if quiet else settings.log_level, json=not dev)
        with start_up.open_listener(settings.host, settings.port) as listener:
            bound = listener.getsockname()[1]
            if bound != settings.port:
                settings = Settings(port=bound).with_secrets()
            with (
                run_stand_in(settings) if dev else contextlib.nullcontext(settings) as complete,
                start_up.send_telemetry(complete, "gateway"),
            ):
                asyncio.run(_serve_application(complete, listener, dev=dev))

    return start_up.run_process(run)


def migrate(grant_to: str) -> int:
    """Migrate the database to the newest schema; grant the application role its rights."""

    async def run() -> None:
        async with open_database(start_up.load_valid_settings()) as database:
            if grant_to:
                await migrations.grant_to(database, grant_to)
            fit = await migrations.get_schema_fit(database)
        sys.stdout.write(MIGRATED_WORDS[fit])

    return start_up.run_process(lambda: asyncio.run(run()))


def plan_migration() -> int:
    """Print the pending migrations with their locks and their work; change nothing."""

    async def run() -> None:
        settings = start_up.load_valid_settings()
        database = Database(settings.database_url)
        try:
            start, pending = await plan_migrations(database)
            sizes = await measure_tables(database, pending) if start else {}
        finally:
            await database.close()
        sys.stdout.writelines(f"{line}\n" for line in render_plan(start, pending, sizes))

    return start_up.run_process(lambda: asyncio.run(run()))


async def _serve_application(settings: Settings, listener: socket.socket, *, dev: bool) -> None:
    async with run_application(settings) as application:
        config = uvicorn.Config(
            application.asgi,
            http=build_protocol(
                ConnectionLimits(connections_per_address=settings.connections_per_address),
                settings.trusted_proxies,
            ),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=ANSWER_SECONDS,
            limit_concurrency=1_000,
            backlog=512,
        )
        server = _Server(config, application)
        # All objects so far live as long as the process: exempt them from garbage collection,
        # or every full collection walks through them again.
        gc.collect()
        gc.freeze()
        welcome = asyncio.create_task(demo.show_welcome(application, server)) if dev else None
        await server.serve(sockets=[listener])
        if welcome is not None:
            welcome.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await welcome


class _Server(uvicorn.Server):
    """A server that stops in three steps: it drains, it stops listening, it finishes answers.

    While it drains, `/readyz` is 503 and each answer closes its connection, but all requests are
    served: load balancers learn only now that they must go elsewhere.
    """

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and let the application close: do not raise them again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, loop, number)
        yield

    def _stop(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        """Begin to drain, and stop afterwards; a second signal ends the process at once.

        `handle_exit` of uvicorn is not used: sse-starlette, through which MCP answers, replaces it
        and would cut off every answer still under way.
        """
        loop.remove_signal_handler(number)
        self._application.start_draining()
        loop.call_later(self._application.settings.drain_seconds, self._exit)

    def _exit(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer the calls that wait, stop listening, then finish what is under way.

        A connection that the kernel has accepted and we have not would be reset by the close of its
        listener, with its request. So those are taken over first, without a pause before the close.
        """
        self._application.end_waits()
        connections = [each for one in sockets or () for each in _accept_waiting(one)]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in connections:
            await loop.connect_accepted_socket(self._build_protocol, connection)
        await super().shutdown(sockets)

    def _build_protocol(self) -> asyncio.Protocol:
        """Build the protocol of one connection, as uvicorn does."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]  # any protocol of uvicorn
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _accept_waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """Accept the connections that wait in the queue of a listener."""
    with contextlib.suppress(BlockingIOError):
        while True:
            connection, _ = listener.accept()
            connection.settimeout(0)
            yield connection
