"""Compatibility of the schema with programs of other versions.

The problem: in an upgrade the schema moves first, and programs of the version before serve on for
minutes. The way: expand, then contract. Each migration declares `oldest_code`, the schema revision
of the oldest program that still works on the schema it makes, and the database keeps the highest of
these beside its revision. A program accepts a newer schema whose `oldest_code` it reaches.

Pre-releases of 0.7.0 compare `alembic_version` with their own revision and accept nothing else. So
alembic keeps the true revision in `schema_revision`, and `alembic_version` holds `oldest_code`:
they stay ready for as long as they work.
"""

import logging
from collections.abc import Container, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alembic.script import Script
from sqlalchemy import Connection, inspect, text

from gateway.kit.database.sessions import Session

SCHEMA_TABLE, STRICT_TABLE = "schema_revision", "alembic_version"
IS_OWNER = f"""
SELECT pg_has_role(relowner, 'USAGE') AND has_schema_privilege(relnamespace, 'CREATE')
FROM pg_class WHERE oid = '{STRICT_TABLE}'::regclass
"""  # noqa: S608 - a constant
MAY_WRITE = f"""
SELECT has_table_privilege('{SCHEMA_TABLE}', 'UPDATE')
   AND has_table_privilege('{STRICT_TABLE}', 'UPDATE')
"""
log = logging.getLogger("gateway.migrations")


class SchemaFit(StrEnum):
    """The relation of the schema in the database to the one that this program was made for."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    TOO_OLD = "too_old"
    CURRENT = "current"
    NEWER = "newer"
    TOO_NEW = "too_new"

    @property
    def is_usable(self) -> bool:
        """Return True if this program works on the schema."""
        return self in {SchemaFit.CURRENT, SchemaFit.NEWER}


@dataclass(frozen=True, slots=True)
class SchemaRevision:
    """The revision of the schema in a database, and the oldest program that works on it."""

    revision: str
    oldest_code: str


def decide_fit(schema: SchemaRevision | None, own_revision: str) -> SchemaFit:
    """Compare a schema with a program's own revision; revisions are numbers of four digits."""
    if schema is None:
        return SchemaFit.MISSING
    if schema.revision == own_revision:
        return SchemaFit.CURRENT
    if schema.revision < own_revision:
        return SchemaFit.TOO_OLD
    return SchemaFit.NEWER if schema.oldest_code <= own_revision else SchemaFit.TOO_NEW


def get_oldest_code(script: Script) -> str:
    """Return the `oldest_code` of a migration; one that declares none needs its own revision."""
    return str(getattr(script.module, "oldest_code", script.revision))


def find_schema(connection: Connection) -> SchemaRevision | None:
    """Return the schema's revision; None if the database has no tables of ours."""
    statement = build_revision_query(inspect(connection).get_table_names())
    row = None if statement is None else connection.execute(text(statement)).first()
    return None if row is None else SchemaRevision(*row)


def build_revision_query(tables: Container[str]) -> str | None:
    """Build the query for revision and oldest code; None if none of the tables has them."""
    if SCHEMA_TABLE in tables:
        return f"SELECT version_num, oldest_code FROM {SCHEMA_TABLE}"  # noqa: S608 - a constant
    if STRICT_TABLE in tables:  # of a pre-release of 0.7.0
        return f"SELECT version_num, version_num FROM {STRICT_TABLE}"  # noqa: S608 - a constant
    return None


def can_take_over(connection: Connection) -> bool:
    """Return True if only pre-releases of 0.7.0 were here, and this role owns the tables.

    A gateway under a role of fewer rights serves such a schema as it is.
    """
    tables = inspect(connection).get_table_names()
    if SCHEMA_TABLE in tables or STRICT_TABLE not in tables:
        return False
    return connection.dialect.name != "postgresql" or bool(connection.scalar(text(IS_OWNER)))


def prepare_schema_table(connection: Connection) -> None:
    """Create the table of the revision; take over what a pre-release of 0.7.0 wrote."""
    schema = find_schema(connection)
    is_new = not inspect(connection).has_table(SCHEMA_TABLE)
    for definition in (
        f"{SCHEMA_TABLE} (version_num VARCHAR(32) PRIMARY KEY, oldest_code VARCHAR(32))",
        f"{STRICT_TABLE} (version_num VARCHAR(32) PRIMARY KEY)",
    ):
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS {definition}"))
    if is_new and connection.dialect.name == "postgresql":
        # A gateway that serves now, under another role, asks this table from here on.
        connection.execute(text(f"GRANT SELECT ON {SCHEMA_TABLE} TO PUBLIC"))
    if schema is not None:
        _write_row(
            connection, SCHEMA_TABLE, version_num=schema.revision, oldest_code=schema.oldest_code
        )


def record_compatibility(connection: Connection, scripts: Iterable[Script]) -> None:
    """Write down the oldest program that works on a schema that these migrations made."""
    schema = find_schema(connection)
    required = (schema and schema.oldest_code) or ""  # `require_code` may have raised it
    oldest_code = max(required, *(get_oldest_code(script) for script in scripts))
    connection.execute(
        text(f"UPDATE {SCHEMA_TABLE} SET oldest_code = :code"),  # noqa: S608 - a constant
        {"code": oldest_code},
    )
    _write_row(connection, STRICT_TABLE, version_num=oldest_code)


async def require_code(tx: Session, oldest_code: str) -> None:
    """Let only programs of this schema revision or newer serve from the commit on.

    It is for data that an older program would misread, written long after the migration. Where the
    role of the gateway may not write the tables of revisions, nothing changes.
    """
    if not await _may_write_revisions(tx):
        log.warning("older programs may serve on: this role cannot raise the oldest code")
        return
    for table, column in ((SCHEMA_TABLE, "oldest_code"), (STRICT_TABLE, "version_num")):
        await tx.execute(
            text(f"UPDATE {table} SET {column} = :code WHERE {column} < :code"),  # noqa: S608 - constants
            {"code": oldest_code},
        )


async def _may_write_revisions(tx: Session) -> bool:
    if (await tx.connection()).dialect.name != "postgresql":
        return True
    return bool(await tx.scalar(text(MAY_WRITE)))


def build_comparison_options() -> dict[str, Any]:
    """Build the options with which alembic leaves our two tables of revisions alone."""

    def is_compared(name: str | None, kind: str, _parents: object) -> bool:
        return not (kind == "table" and name == STRICT_TABLE)

    return {"version_table": SCHEMA_TABLE, "include_name": is_compared}


def _write_row(connection: Connection, table: str, **values: str) -> None:
    """Make this the only row of a table."""
    connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - a constant
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)  # noqa: S608 - constants
