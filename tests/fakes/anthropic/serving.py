"""The server of the scripted model, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from tests.fakes.anthropic.api import build_routes
from tests.fakes.anthropic.script import Script
from tests.fakes.serving import serve_application


@contextmanager
def serve_model() -> Iterator[tuple[str, Script]]:
    """Serve a scripted model for the block; yield its base URL and its script."""
    script = Script()
    with serve_application(Starlette(routes=build_routes(script))) as url:
        try:
            yield url, script
        finally:
            script.gate.set()
