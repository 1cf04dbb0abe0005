"""The process around the application: port, server, signals, one clear line on failure."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from pydantic import ValidationError

from gateway import demo, migrations
from gateway.app import AlreadyRunning, Application, serving
from gateway.kit import faults, logging
from gateway.kit.http_guard import Limits, head_deadline
from gateway.operator import opened, settings_for
from gateway.settings import Settings

KEEP_ALIVE_SECONDS = 5
DRAIN_SECONDS = 20


class Refused(Exception):  # noqa: N818 - said of a start
    """The gateway cannot start; the message is one clear line."""


def serve(*, dev: bool) -> int:
    """Serve until a signal; return the exit code."""
    try:
        settings = _settings()
        quiet = dev and "log_level" not in settings.model_fields_set
        logging.configure("warning" if quiet else settings.log_level, json=not dev)
        with _listening(settings) as listener:
            bound = listener.getsockname()[1]
            if bound != settings.port:
                settings = Settings(port=bound).with_secrets()
            asyncio.run(_serve(settings, listener, dev=dev))
    except (Refused, AlreadyRunning, ValueError, OSError) as error:
        print_line(f"killatamata: {error}")
        return 1
    return 0


def migrate(grant_to: str) -> int:
    """Bring the database to head; grant the application role its rights."""

    async def run() -> None:
        async with opened(_settings()) as database:
            if grant_to:
                await migrations.grant_to(database, grant_to)

    try:
        asyncio.run(run())
    except (Refused, OSError, ValueError) as error:
        print_line(f"killatamata: {error}")
        return 1
    return 0


def print_line(text: str) -> None:
    """Write one line for a person to standard error."""
    sys.stderr.write(text.splitlines()[0] + "\n")


def _settings() -> Settings:
    """Return the settings, with a data folder that can be written to.

    Raises:
        Refused: naming what is wrong.
    """
    try:
        settings = settings_for(None)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise Refused(f"KT_{name}: {first['msg']}") from None
    except PermissionError as error:
        raise Refused(f"cannot write to {error.filename}: choose another --data-dir") from None
    except OSError as error:
        raise Refused(f"cannot use {error.filename}: {error.strerror}") from None
    if not os.access(settings.data_dir, os.W_OK):
        raise Refused(f"cannot write to {settings.data_dir}: choose another --data-dir")
    if settings.profile == "production" and os.environ.get(faults.SETTING):
        raise Refused(f"production does not start with {faults.SETTING}")
    return settings


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise Refused(
            f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): "
            "choose another --port"
        ) from None
    with listener:
        yield listener


async def _serve(settings: Settings, listener: socket.socket, *, dev: bool) -> None:
    async with serving(settings) as application:
        config = uvicorn.Config(
            application.asgi,
            http=head_deadline(Limits()),
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            limit_concurrency=1_000,
            backlog=512,
        )
        server = _Server(config, application)
        show = asyncio.create_task(demo.show(application, server)) if dev else None
        await server.serve(sockets=[listener])
        if show is not None:
            show.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await show


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
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so, then finish what is under way."""
        self._application.readiness.draining = True
        await super().shutdown(sockets)
