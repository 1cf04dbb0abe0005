"""Lines that the rules of `sql.yaml` find, and some that they must not."""

import sqlalchemy
from sqlalchemy import text

from gateway.kit.clock import DAY
from gateway.kit.database.sql import sql

# ok: sql-built-in-a-function
DELETE_OLD = sql(f"DELETE FROM oauth_token WHERE expires_at < kt_now() - {DAY}")


async def find_account(session, name):
    # ruleid: sql-built-in-a-function
    await session.execute(text(f"SELECT id FROM account WHERE label = '{name}'"))
    # ruleid: sql-built-in-a-function
    await session.execute(sqlalchemy.text("SELECT id FROM account WHERE label = " + name))
    # ruleid: sql-built-in-a-function
    statement = sql("SELECT id FROM account WHERE label = '{}'".format(name))
    # ruleid: sql-built-in-a-function
    await session.execute("SELECT id FROM account WHERE label = '%s'" % name)
    # ruleid: sql-built-in-a-function, sql-outside-the-helper
    await session.exec_driver_sql(", ".join(["SELECT 1", name]))
    # ok: sql-built-in-a-function
    await session.execute(text("SELECT id FROM account WHERE label = :name"), {"name": name})
    return statement


def remove_account(connection):
    # ruleid: sql-outside-the-helper
    connection.exec_driver_sql("DELETE FROM account")
