"""Pairs of gateways on one PostgreSQL database, for what must hold between processes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.gateway import Gateway, serve_gateway
from tests.services.postgres import PostgresServer


@contextmanager
def serve_pair(
    folder: Path, postgres: PostgresServer, template: str, **settings: str
) -> Iterator[list[Gateway]]:
    """Serve two gateways on a database of their own and one folder, then drop the database."""
    url = postgres.create_database(template)
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, url)
        yield [
            stack.enter_context(serve_gateway(folder, KT_DATABASE_URL=url, **settings))
            for _ in range(2)
        ]
