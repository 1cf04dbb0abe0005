"""Locks that statements of migrations take on PostgreSQL, as its manual lists them (13.3).

`tests/deploy/test_migration_plan.py` compares them with what a server reports in pg_locks.

A foreign key has triggers on the table that it references. So that table is locked too when the key
is added, and more strongly when it is dropped, with its table, with its column or by its name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection

INDEXES = "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = current_schema()"
FOREIGN_KEYS = """
SELECT key.conname, child.relname,
  ARRAY(SELECT attname::text FROM pg_attribute
        WHERE attrelid = key.conrelid AND attnum = ANY (key.conkey)),
  parent.relname,
  ARRAY(SELECT attname::text FROM pg_attribute
        WHERE attrelid = key.confrelid AND attnum = ANY (key.confkey))
FROM pg_constraint AS key
JOIN pg_class AS child ON child.oid = key.conrelid
JOIN pg_class AS parent ON parent.oid = key.confrelid
WHERE key.contype = 'f' AND key.connamespace = current_schema()::regnamespace
"""
NAME = r'"?(?P<table>\w+)"?'


class LockMode(StrEnum):
    """A mode of a lock on a table, and what it holds up."""

    ROW_EXCLUSIVE = "ROW EXCLUSIVE (holds up nothing of ours)"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE (holds up nothing of ours)"
    SHARE = "SHARE (holds up writes)"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE (holds up writes)"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE (holds up reads and writes)"


@dataclass(frozen=True, slots=True)
class TableLock:
    """A lock on one table."""

    table: str
    mode: LockMode


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of a table, and the table and columns that it references."""

    name: str
    table: str
    columns: Sequence[str]
    referenced_table: str
    referenced_columns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The table of each index, and the foreign keys, as they are before a statement."""

    indexes: Mapping[str, str] = field(default_factory=dict)
    foreign_keys: Sequence[ForeignKey] = ()


# The first rule that matches decides.
RULES = [
    (re.compile(pattern), mode)
    for pattern, mode in (
        (rf"^ALTER TABLE {NAME} (SET|RESET) \(", LockMode.SHARE_UPDATE_EXCLUSIVE),
        (rf"^ALTER TABLE {NAME} VALIDATE CONSTRAINT", LockMode.SHARE_UPDATE_EXCLUSIVE),
        (rf"^ALTER TABLE {NAME} ADD (CONSTRAINT \S+ )?FOREIGN KEY", LockMode.SHARE_ROW_EXCLUSIVE),
        (rf"^ALTER TABLE {NAME}", LockMode.ACCESS_EXCLUSIVE),
        (rf"^CREATE (UNIQUE )?INDEX CONCURRENTLY .*? ON {NAME}", LockMode.SHARE_UPDATE_EXCLUSIVE),
        (rf"^CREATE (UNIQUE )?INDEX .*? ON {NAME}", LockMode.SHARE),
        (rf"^CREATE TRIGGER .*? ON {NAME}", LockMode.SHARE_ROW_EXCLUSIVE),
        (rf"^DROP INDEX (IF EXISTS )?{NAME}", LockMode.ACCESS_EXCLUSIVE),
        (rf"^DROP TABLE (IF EXISTS )?{NAME}", LockMode.ACCESS_EXCLUSIVE),
        (rf"^TRUNCATE (TABLE )?{NAME}", LockMode.ACCESS_EXCLUSIVE),
        (rf"^(INSERT INTO|UPDATE|DELETE FROM) {NAME}", LockMode.ROW_EXCLUSIVE),
    )
]
REFERENCE = re.compile(rf" REFERENCES {NAME}")
DROPPED_TABLE = re.compile(rf"^DROP TABLE (IF EXISTS )?{NAME}")
CHANGED_PART = re.compile(
    rf"^ALTER TABLE {NAME} .*?"
    r'(DROP (CONSTRAINT|COLUMN) (IF EXISTS )?|ALTER COLUMN (?=\S+ TYPE ))"?(?P<part>\w+)"?'
)


def read_catalogue(connection: Connection) -> Catalogue:
    """Read the indexes and foreign keys of the current schema of PostgreSQL."""
    indexes = {row[0]: row[1] for row in connection.exec_driver_sql(INDEXES)}
    keys = [ForeignKey(*row) for row in connection.exec_driver_sql(FOREIGN_KEYS)]
    return Catalogue(indexes, keys)


def find_locks(statement: str, catalogue: Catalogue) -> list[TableLock]:
    """Return the locks that a statement takes on tables, one on each table, the strongest."""
    locks: dict[str, LockMode] = {}
    for pattern, mode in RULES:
        if found := pattern.search(statement):
            locks[catalogue.indexes.get(found["table"], found["table"])] = mode
            break
    if statement.startswith(("CREATE TABLE", "ALTER TABLE")):
        for found in REFERENCE.finditer(statement):
            locks.setdefault(found["table"], LockMode.SHARE_ROW_EXCLUSIVE)
    for key in catalogue.foreign_keys:
        if _ends_foreign_key(statement, key):
            locks |= dict.fromkeys((key.table, key.referenced_table), LockMode.ACCESS_EXCLUSIVE)
    return [TableLock(table, mode) for table, mode in locks.items()]


def _ends_foreign_key(statement: str, key: ForeignKey) -> bool:
    """Return True if a statement drops a foreign key, be it to make it again with another type."""
    if found := DROPPED_TABLE.search(statement):
        return found["table"] in {key.table, key.referenced_table}
    if found := CHANGED_PART.search(statement):
        own = found["table"] == key.table and found["part"] in {key.name, *key.columns}
        other = found["table"] == key.referenced_table
        return own or (other and found["part"] in key.referenced_columns)
    return False
