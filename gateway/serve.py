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
from gateway.kit.http.protocol import ConnectionLimits, build_protocol
from gateway.kit.telemetry import logging
from gateway.operator import open_database
from gateway.process import start_up
from gateway.stripe_stand_in.child_process import run_stand_in

KEEP_ALIVE_SECONDS = 5
DRAIN_SECONDS = 20


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
            with run_stand_in(settings) if dev else contextlib.nullcontext(settings) as complete:
                asyncio.run(_serve_application(complete, listener, dev=dev))

    return start_up.run_process(run)


def migrate(grant_to: str) -> int:
    """Migrate the database to the newest schema; grant the application role its rights."""

    async def run() -> None:
        async with open_database(start_up.load_valid_settings()) as database:
            if grant_to:
                await migrations.grant_to(database, grant_to)
        sys.stdout.write("the tables are those of this version\n")

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
            timeout_graceful_shutdown=DRAIN_SECONDS,
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
    """A server that tells the application when it begins to drain."""

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
        """Stop in order; a second signal ends the process at once.

        `handle_exit` of uvicorn is not used: sse-starlette, through which MCP answers, replaces it
        and would cut off every answer still under way.
        """
        self.should_exit = True
        loop.remove_signal_handler(number)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the application drain, then finish what is under way."""
        self._application.drain()
        await super().shutdown(sockets)
