"""A PostgreSQL for measurements, in the state of one that has run for a while.

A server that was just started has no files of the write-ahead log ahead. Each time it needs one, a
commit waits until 16 MiB of zeros are on the disk, which is the likely cause of the longest
admissions that were seen. Later a server recycles the files of each checkpoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.services.postgres import PostgresServer

WAL_SETTINGS = {"min_wal_size": "1GB"}  # as in docs/production.md: what a checkpoint keeps ahead
FILL_WAL_FILES = """
DO $$ BEGIN
  FOR file IN 1..60 LOOP
    PERFORM pg_logical_emit_message(false, 'bench', 'settled');
    PERFORM pg_switch_wal();
  END LOOP;
END $$
"""


@contextmanager
def start_settled_server() -> Iterator[PostgresServer]:
    """Start a server and let it prepare a gibibyte of log; one that is not ours stays as it is."""
    with PostgresServer(WAL_SETTINGS) as server:
        if server.is_ours:
            server.execute(FILL_WAL_FILES)
            server.execute("CHECKPOINT")
        yield server
