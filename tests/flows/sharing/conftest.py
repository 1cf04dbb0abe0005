"""Shares are tried on both databases: every flow here has gateways on each."""

import pytest

from tests.gateway import Gateway


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def gateway(request: pytest.FixtureRequest, gateway: Gateway) -> Gateway:
    """The shared gateway on SQLite, then the first of two on PostgreSQL."""
    if request.param == "sqlite":
        return gateway
    two: list[Gateway] = request.getfixturevalue("two_gateways")
    return two[0]


@pytest.fixture
def gateways(request: pytest.FixtureRequest, gateway: Gateway) -> list[Gateway]:
    """The gateways of its database: that one on SQLite, both on PostgreSQL."""
    if "KT_DATABASE_URL" not in gateway.settings:
        return [gateway]
    two: list[Gateway] = request.getfixturevalue("two_gateways")
    return two
