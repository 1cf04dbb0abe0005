"""The process of the facilitator: its settings, its port and its server."""

import logging as loggers

import uvicorn
from pydantic import ValidationError

from gateway.facilitator.settings import PREFIX, FacilitatorSettings
from gateway.kit.http.protocol import ConnectionLimits, build_protocol
from gateway.kit.telemetry import logging
from gateway.process import start_up

INSTALL = "pip install 'killatamata[server,facilitator]'"


def serve() -> int:
    """Serve until a signal; return the exit code."""
    return start_up.run_process(_serve)


def _serve() -> None:
    """Check the settings, the node and the key; then open the port and serve.

    Raises:
        StartRefused, ValueError: something is missing or wrong; the message names the setting.
    """
    try:
        start_up.warn_of_unknown_settings(FacilitatorSettings, PREFIX)
        settings = FacilitatorSettings()
    except ValidationError as error:
        raise start_up.refusal_from_error(error, PREFIX) from None
    logging.configure_logging("info", role="facilitator")
    loggers.getLogger("x402").setLevel(loggers.CRITICAL)  # it quotes the node, and its address
    try:
        from gateway.facilitator.api import build_api  # noqa: PLC0415 - seconds, after the settings
        from gateway.facilitator.settlement import Facilitator  # noqa: PLC0415 - same
    except ImportError as error:
        raise start_up.StartRefused(f"{error.name} is missing: {INSTALL}") from None
    with start_up.open_listener(settings.host, settings.port) as listener:
        application = build_api(Facilitator(settings), settings.token.get_secret_value())
        config = uvicorn.Config(
            application, http=build_protocol(ConnectionLimits()), ws="none", lifespan="off",
            access_log=False, log_config=None, server_header=False,
            timeout_graceful_shutdown=settings.wait_seconds,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listener])
