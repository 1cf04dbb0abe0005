"""The column types that mean the same on PostgreSQL and in SQLite's STRICT tables.

Times are `Int` columns named `*_at`: microseconds since 1970 UTC. Money is `Int`, micro-USD.
"""

from typing import TypeAlias

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, text
from sqlalchemy import Text as SqlText
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

Int = BigInteger().with_variant(Integer(), "sqlite")
Text = SqlText()
Id = SqlText().with_variant(SqlText(collation="C"), "postgresql")
Blob = LargeBinary()
TableOptions: TypeAlias = dict[str, object]
"""The options that SQLAlchemy keeps of a table: open, for each database names its own."""
# Rows of hot tables are updated often. With half of each page free, PostgreSQL writes the new
# version beside the old one (a heap-only tuple) and leaves the indexes alone.
HOT_TABLE: TableOptions = {"sqlite_strict": True, "postgresql_with": {"fillfactor": 50}}
COLD_TABLE: TableOptions = {"sqlite_strict": True}


def build_partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index of only those rows that meet a condition, on both databases."""
    return Index(
        name, *columns, unique=unique, postgresql_where=text(where), sqlite_where=text(where)
    )


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """The parent of every row class; each slice keeps its own in `tables.py`."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
