"""Serve the stand-in from a thread, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from tests.fakes.anthropic.api import routes_of
from tests.fakes.anthropic.script import Script
from tests.fakes.serving import served


@contextmanager
def provider() -> Iterator[tuple[str, Script]]:
    """Serve for the block; yield the base URL and the script."""
    script = Script()
    with served(Starlette(routes=routes_of(script))) as url:
        try:
            yield url, script
        finally:
            script.gate.set()
