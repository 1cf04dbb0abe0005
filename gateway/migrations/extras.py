"""SQL beside the tables: the database's clock, and rows that are only ever added."""

from alembic import op

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
