"""SQL beside the tables: the database's clock, rows that are only ever added, cheap checks."""

import re

from alembic import op
from sqlalchemy import text

KT_NOW = """
CREATE FUNCTION kt_now() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT (extract(epoch FROM statement_timestamp()) * 1000000)::bigint $$
"""
APPEND_ONLY = """
CREATE FUNCTION kt_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""


def add_functions() -> None:
    """Make `kt_now()` on PostgreSQL; on SQLite every connection brings it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(KT_NOW)
        op.execute(APPEND_ONLY)


def append_only(table: str) -> None:
    """Refuse UPDATE and DELETE on a table, whoever asks."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION kt_append_only()"
        )
        return
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


LISTED_WORDS = re.compile(r"(\w+)(?<!NOT) IN \(('[^()]+')\)")


def spell_out_lists(condition: str) -> str:
    """Write `x IN ('a', 'b')` in a condition as `(x = 'a' OR x = 'b')`."""
    return LISTED_WORDS.sub(
        lambda listed: (
            f"({' OR '.join(f'{listed[1]} = {word}' for word in listed[2].split(', '))})"
        ),
        condition,
    )


def spell_out_checks(table: str) -> None:
    """Spell out the lists in the checks of a SQLite table; its model keeps them.

    They mean the same, but for `IN` it fills a table of words with each row. The text is changed as
    https://www.sqlite.org/lang_altertable.html (otheralter) says; no row is touched. A SQLite that
    refuses to let its schema be written keeps the slower text.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    selected = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    old = connection.execute(selected, {"table": table}).scalar_one()
    op.execute("PRAGMA writable_schema = ON")
    try:
        if connection.execute(text("PRAGMA writable_schema")).scalar_one():
            changed = text(
                "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"
            )
            connection.execute(changed, {"sql": spell_out_lists(old), "name": table})
            version = connection.execute(text("PRAGMA schema_version")).scalar_one()
            op.execute(f"PRAGMA schema_version = {version + 1}")  # other connections read it anew
    finally:
        op.execute("PRAGMA writable_schema = RESET")  # as this one does now
