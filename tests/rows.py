"""Rows written straight into tables, for states that no operation produces."""

from sqlalchemy import insert

from gateway.kit.database.sessions import Session
from gateway.migrations.metadata import METADATA


async def insert_row(session: Session, table: str, **values: object) -> None:
    """Insert a row; required columns without a value become 0 or empty."""
    columns = METADATA.tables[table].columns
    empty = {
        column.name: b"" if column.type.python_type is bytes else column.type.python_type()
        for column in columns
        if not column.nullable and column.name not in values and column.identity is None
    }
    await session.execute(insert(METADATA.tables[table]).values(**empty, **values))
