"""A PostgreSQL that may lose what it has committed: production says no, others say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from gateway.configuration.settings import SECRET_SETTINGS
from tests.gateway import Gateway, serve_gateway
from tests.services.postgres import PostgresServer


@pytest.fixture
def forgetful(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The URL of a database whose commits do not wait for the disk."""
    url = postgres.create_database(postgres_template)
    name = make_url(url).database
    postgres.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    yield url
    postgres.drop_database(url)


def test_production_does_not_start_on_a_database_that_may_forget(
    data_dir: Path, forgetful: str
) -> None:
    secrets = {
        f"KT_{each.upper()}": "1:0123456789abcdef0123456789abcdef" for each in SECRET_SETTINGS
    }
    profile = {"KT_PROFILE": "production", "KT_PUBLIC_URL": "https://media.example.com"}
    gateway = Gateway(data_dir, KT_DATABASE_URL=forgetful, **secrets, **profile)
    done = gateway.run_command("serve")
    (line,) = [each for each in done.stderr.splitlines() if each.startswith("killatamata: ")]
    said = "production does not start while PostgreSQL has synchronous_commit off"
    assert (done.returncode, line) == (1, f"killatamata: {said}")


def test_elsewhere_a_database_that_may_forget_is_told(data_dir: Path, forgetful: str) -> None:
    with serve_gateway(data_dir, KT_DATABASE_URL=forgetful) as gateway:
        assert "PostgreSQL has synchronous_commit off" in gateway.read_log()
