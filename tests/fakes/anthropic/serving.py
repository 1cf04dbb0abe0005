"""The server of the scripted model, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from tests.fakes.anthropic.api import routes_of
from tests.fakes.anthropic.script import Script
from tests.fakes.serving import served


@contextmanager
def provider() -> Iterator[tuple[str, Script]]:
    """Serve a scripted model for the block; yield its base URL and its script."""
    script = Script()
    with served(Starlette(routes=routes_of(script))) as url:
        try:
            yield url, script
        finally:
            script.gate.set()
