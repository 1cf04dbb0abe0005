"""Fixtures of every test: no socket beyond loopback, a clean environment, the two services."""

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.command_cache import keep_built_commands
from tests.databases import clock as clock
from tests.databases import database as database
from tests.databases import database_url as database_url
from tests.databases import ids as ids
from tests.databases import postgres_copies as postgres_copies
from tests.databases import postgres_template as postgres_template
from tests.databases import sqlite_template as sqlite_template
from tests.long_files import read_long_files
from tests.services.loopback import loopback_only
from tests.services.postgres import PostgresServer, ServiceMissingError
from tests.services.valkey import ValkeyServer

HERE = Path(__file__).parent
SQLITE_ONLY = os.environ.get("KT_TEST_SQLITE_ONLY") == "1"
# Their tests start processes. A long file that began last would keep one worker busy alone.
LONGEST_FOLDERS = {"chaos", "deploy", "doors", "faults", "flows", "payments", "slow"}
SLOW_TOO = os.environ.get("KT_TEST_SLOW") == "1"

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")

for setting in [name for name in os.environ if name.startswith("KT_")]:
    if not setting.startswith("KT_TEST_"):
        del os.environ[setting]
os.environ.pop("ANTHROPIC_API_KEY", None)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each process compiles all it imports
sys.dont_write_bytecode = False
keep_built_commands()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "promise(id): this test proves that promise of the manifest")
    config.addinivalue_line("markers", "slow: takes long; left out without KT_TEST_SLOW=1")
    config.addinivalue_line("markers", "wide: takes an hour; run by hand")
    config.addinivalue_line("markers", "long: tests/long_files.py chose its file")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Exempt what is imported and collected from garbage collection: it stays until the end.

    Each full collection would walk through more than a million objects.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest folders first; deselect tests marked `slow` unless KT_TEST_SLOW=1."""
    items.sort(key=lambda item: LONGEST_FOLDERS.isdisjoint(item.path.parts))
    long_files = read_long_files()
    for item in items:
        if item.path.relative_to(HERE).as_posix() in long_files:
            item.add_marker("long")
    if SLOW_TOO:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run; `create` a database per module or test."""
    if SQLITE_ONLY:
        pytest.skip("PostgreSQL is left out by --sqlite")
    try:
        with PostgresServer() as server:
            yield server
    except ServiceMissingError as missing:
        pytest.exit(str(missing), returncode=1)


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """One Valkey for the whole run; a test that stops it starts it again."""
    if SQLITE_ONLY:
        pytest.skip("Valkey is left out by --sqlite")
    try:
        with ValkeyServer() as server:
            yield server
    except ServiceMissingError as missing:
        pytest.exit(str(missing), returncode=1)


@pytest.fixture(scope="session")
def valkey_url(valkey: ValkeyServer) -> str:
    return valkey.url


@pytest.fixture(scope="session")
def refused_hosts() -> Iterator[list[str]]:
    with loopback_only() as refused:
        yield refused


@pytest.fixture(autouse=True)
def _no_dialling_out(refused_hosts: list[str]) -> Iterator[None]:
    """Fail a test that dialled out, even where the code under test swallowed the refusal."""
    yield
    hosts = list(refused_hosts)
    refused_hosts.clear()
    assert not hosts, f"this test dialled {hosts}: only loopback is allowed"
