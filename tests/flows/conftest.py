"""Gateways for the flows: those that all share, and the parts of a fresh one."""

from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import httpx2
import pytest

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from tests.databases import DatabaseCopies, MovedClock
from tests.gateway import Client, Gateway, serve_gateway
from tests.gateway_pairs import serve_pair
from tests.in_process import open_account_client
from tests.services.postgres import PostgresServer


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One embedded gateway for all tests that bring an account of their own."""
    with serve_gateway(tmp_path_factory.mktemp("flows") / "data") as one:
        yield one


@pytest.fixture(scope="session")
def two_gateways(
    postgres: PostgresServer, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Gateway]]:
    """Two gateways on one PostgreSQL database and one folder."""
    folder = tmp_path_factory.mktemp("flows") / "data"
    with serve_pair(folder, postgres, postgres_template) as pair:
        yield pair


@pytest.fixture(params=["sqlite", "two on postgresql"])
def gateways(request: pytest.FixtureRequest) -> list[Gateway]:
    """The gateways of one database: one on SQLite, then two on PostgreSQL."""
    if request.param == "sqlite":
        return [request.getfixturevalue("gateway")]
    two: list[Gateway] = request.getfixturevalue("two_gateways")
    return two


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    """A fresh test account with $5 at the shared gateway."""
    with gateway.account() as account:
        yield account


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def application(
    anyio_backend: str, settings: Settings, clock: MovedClock
) -> AsyncIterator[Application]:
    """An embedded gateway without a socket, by the settings and the clock of the test's module."""
    async with run_application(settings, clock) as application:
        yield application


@pytest.fixture
async def http(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of that gateway with the key of an account with $5."""
    async with open_account_client(application) as client:
        yield client


@pytest.fixture
def postgres_url(postgres_copies: DatabaseCopies) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database without a row."""
    url = postgres_copies.take()
    yield url
    postgres_copies.give_back(url)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of its gateways' logs to the report of a test that failed."""
    report = yield
    if report.failed:
        one, many = item.funcargs.get("gateway"), item.funcargs.get("gateways")
        for gateway in [one, *(many if isinstance(many, list) else [])]:
            if isinstance(gateway, Gateway):
                report.sections.append((f"log of {gateway.base}", gateway.read_log()[-2_000:]))
    return report
