"""The stand-in as a child process of `serve --dev`, which sells play money by it."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from gateway.configuration.settings import Settings

MODULE = "gateway.stripe_stand_in"
LOOPBACK = "127.0.0.1"
UNSPECIFIED_HOSTS = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
STOP_SECONDS = 5


@contextmanager
def run_stand_in(settings: Settings) -> Iterator[Settings]:
    """Run the stand-in for the block; yield settings by which the gateway sells play credit.

    If the settings have a Stripe key of test mode, no stand-in runs and they stay as they are.
    """
    if settings.test_stripe_key.get_secret_value():
        yield settings
        return
    port, secret = find_free_port(), f"whsec_{secrets.token_hex(16)}"
    process = start_process(settings, port, secret)
    try:
        yield settings.model_copy(
            update={
                "test_stripe_key": SecretStr(f"sk_test_{secrets.token_hex(16)}"),
                "test_stripe_webhook_secrets": SecretStr(secret),
                "test_stripe_api_base": f"http://{LOOPBACK}:{port}",
            }
        )
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def start_process(settings: Settings, port: int, secret: str) -> subprocess.Popen[bytes]:
    """Start the stand-in; it exits with this process."""
    # It reads stdin until the end of the file, so it exits even if this process is killed.
    host = LOOPBACK if settings.host in UNSPECIFIED_HOSTS else settings.host
    site = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    arguments = ["--port", str(port), "--deliver-to", f"{site}/api/v1/webhooks/stripe"]
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", MODULE, *arguments, "--with-parent"],
        env={"PATH": os.environ.get("PATH", ""), "STRIPE_WEBHOOK_SECRET": secret},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def find_free_port() -> int:
    """Find a free port on loopback."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
