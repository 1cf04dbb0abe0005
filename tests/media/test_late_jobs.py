import pytest

from gateway.kit.database.connection_tx import ONE_EMPTY_ROW
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Statement, sql
from gateway.media.sweeps.job_sweeps import (
    SELECT_OVERDUE_END,
    SELECT_OVERDUE_START,
    SELECT_STRANDED,
)

pytestmark = pytest.mark.anyio
TIMEOUTS, REQUEUED = "ix_job_queue_timeout", "ix_job_requeued"


async def explain(database: Database, statement: Statement) -> str:
    """Return the plan that the database has for a statement, at its first use."""
    text = statement.postgres if database.is_postgres else statement.sqlite
    explained = sql(f"EXPLAIN {text}" if database.is_postgres else f"EXPLAIN QUERY PLAN {text}")
    async with database.write() as session:
        if database.is_postgres:
            await session.read(sql("SELECT set_config('enable_seqscan', 'off', true)"))
        return "\n".join(str(row[-1]) for row in await session.read(explained, ONE_EMPTY_ROW))


async def test_the_looks_of_each_second_for_late_jobs_do_not_read_the_whole_queue(
    database: Database,
) -> None:
    if database.is_postgres:
        pytest.skip("PostgreSQL plans by the number of rows, and there are none here")
    assert TIMEOUTS in await explain(database, SELECT_OVERDUE_START)
    assert TIMEOUTS in await explain(database, SELECT_STRANDED)
    assert REQUEUED in await explain(database, SELECT_OVERDUE_END)


async def test_no_other_question_about_queued_jobs_takes_the_index_of_timeouts(
    database: Database,
) -> None:
    one_account = sql("SELECT count(*) FROM job WHERE account_id = 1 AND state = 'queued'")
    one_job = sql("SELECT id FROM job WHERE id = 'job_1' AND state = 'queued'")
    for question in (one_account, one_job):
        assert TIMEOUTS not in await explain(database, question)
