from collections.abc import Iterator

import pytest

from tests.flows.conftest import client as client
from tests.gateway import Gateway, serve_gateway

PATIENT = {
    f"KT_{kind}_PER_MINUTE": "1000000" for kind in ("SUBMITS", "QUOTES", "READS", "PUBLIC")
} | {"KT_QUEUED_JOBS": "10000"}


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway without rate limits, for tests that send thousands of requests."""
    with serve_gateway(tmp_path_factory.mktemp("contract") / "data", **PATIENT) as one:
        yield one
