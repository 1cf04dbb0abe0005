"""Write the next migration: `python -m gateway.migrations.revise "what changed"`.

It compares the tables in the code with a database made by the migrations there are. Read what it
wrote: data that must move is yours to write.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from gateway.kit.database.sessions import Database
from gateway.migrations import configuration, upgrade
from gateway.migrations.compatibility import find_schema

VERSIONS = Path(__file__).parent / "versions"


async def revise(message: str) -> None:
    """Write a migration from the schema of the newest one to the tables in the code."""
    number = len(list(VERSIONS.glob("[0-9]*.py"))) + 1

    def write(connection: Connection) -> None:
        config = configuration(connection, batch=number > 1)
        schema = find_schema(connection)
        config.attributes["oldest_code"] = None if schema is None else schema.oldest_code
        command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")

    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/schema.db")
        await upgrade(database)
        async with database.connect() as connection, connection.begin():
            await connection.run_sync(write)
        await database.close()


if __name__ == "__main__":
    asyncio.run(revise(sys.argv[1]))
