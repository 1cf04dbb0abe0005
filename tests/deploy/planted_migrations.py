"""Migrations of a release to come, planted behind our newest one for a test."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection

from gateway import migrations
from gateway.kit.database.sessions import Database, TransactionConflict
from gateway.migrations import configuration

VERSIONS = Path(migrations.__file__).with_name("versions")
TEMPLATE = """'''planted.'''

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = {revision!r}, {down!r}, None, None
{declaration}

def upgrade() -> None:
    {body}
"""

MOST_CONFLICTS = 10


@dataclass
class PlantedMigrations:
    """A folder of migrations that follow ours, numbered from 9001."""

    folder: Path
    revisions: list[str] = field(default_factory=lambda: [migrations.get_own_revision()])

    def add(self, body: str, oldest_code: str | None = None) -> str:
        """Add a migration that runs one line; return its revision."""
        revision, declaration = f"{9000 + len(self.revisions)}", ""
        if oldest_code is not None:
            declaration = f"oldest_code = {oldest_code!r}"
        text = TEMPLATE.format(
            revision=revision, down=self.revisions[-1], declaration=declaration, body=body
        )
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{revision}_planted.py").write_text(text)
        self.revisions.append(revision)
        return revision

    async def run(self, database: Database) -> None:
        """Migrate a database past our newest migration, as the release to come would."""
        for _ in range(MOST_CONFLICTS):  # with traffic, rolled back like any upgrade
            try:
                return await self._run_once(database)
            except TransactionConflict:
                continue
        return await self._run_once(database)

    async def _run_once(self, database: Database) -> None:
        async with database.connect() as connection:
            await connection.execution_options(begin="BEGIN IMMEDIATE")
            async with connection.begin():
                await connection.run_sync(self._migrate)

    def build_configuration(self, connection: Connection | None = None) -> Config:
        """Build alembic's configuration with our migrations and these."""
        return build_configuration(connection, [VERSIONS, self.folder])

    def _migrate(self, connection: Connection) -> None:
        migrations.migrate(connection, self.build_configuration(connection))


def build_configuration(connection: Connection | None, folders: Sequence[Path]) -> Config:
    """Build alembic's configuration with the migrations of several folders."""
    config = configuration(connection)
    config.set_main_option("version_locations", os.pathsep.join(map(str, folders)))
    return config
