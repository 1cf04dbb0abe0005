"""Locks that statements of migrations take on PostgreSQL, as its manual lists them (13.3).

`tests/deploy/test_migration_plan.py` compares them with what a server reports in pg_locks. No table
of ours has a foreign key, as `tests/ledger/test_schema.py` holds: with one, to create or to drop a
table would lock the other one too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
REFERENCE = re.compile(rf"FOREIGN KEY.*? REFERENCES {NAME}")


def find_locks(statement: str, indexes: Mapping[str, str]) -> list[TableLock]:
    """Return the locks that a statement takes on existing tables; `indexes` are named to tables."""
    for pattern, mode in RULES:
        if found := pattern.search(statement):
            tables = [found["table"]]
            if mode is LockMode.SHARE_ROW_EXCLUSIVE and (other := REFERENCE.search(statement)):
                tables.append(other["table"])
            return [TableLock(indexes.get(table, table), mode) for table in tables]
    return []
