"""One gateway and one browser for all pages of a file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.gateway import Gateway, serve_gateway
from tests.pages.browser import start_browser


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(
        tmp_path_factory.mktemp("pages") / "data",
        KT_PUBLIC_PER_MINUTE="100000",
        KT_READS_PER_MINUTE="100000",
    ) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for one module: while it runs, this thread can run no other event loop."""
    with start_browser() as one:
        yield one
