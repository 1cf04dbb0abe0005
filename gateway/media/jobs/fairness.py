"""The fair queue: the account with the fewest running jobs, then the least spent lately, then age.

Only the oldest waiting job of each account competes, so an account with a thousand jobs does not
crowd out the others. Live and test jobs are two queues: neither waits for the other. A job counts
as running until its node has let go of it, even if it was canceled: its slot is still taken.
"""

from collections.abc import Collection
from dataclasses import dataclass

from gateway.kit.clock import MINUTE
from gateway.kit.database.sql import Tx, sql
from gateway.media.tables import IS_OPEN_ATTEMPT

SPENDING_WINDOW = 10 * MINUTE
COUNT_RUNNING = f"""
    SELECT account_id, count(*) AS running FROM (
        SELECT account_id FROM job WHERE state = 'running'
        UNION ALL
        SELECT job.account_id FROM job
        JOIN (SELECT job_id FROM media_attempt WHERE {IS_OPEN_ATTEMPT}) AS held
          ON held.job_id = job.id
        WHERE job.state <> 'running'
    ) AS slot GROUP BY account_id
"""  # noqa: S608 - constant
SELECT_CANDIDATES = sql(
    f"""
    WITH RECURSIVE asked AS (
        SELECT given.queue, given.books, given.recent, given.tasks FROM {{rows}}
    ), line(account_id) AS (
        SELECT min(account_id) FROM job WHERE state = 'queued'
        UNION ALL
        SELECT (SELECT min(job.account_id) FROM job
                WHERE job.state = 'queued' AND job.account_id > line.account_id)
        FROM line WHERE line.account_id IS NOT NULL
    ), heads AS (
        SELECT account_id, (
            SELECT job.id FROM job
            WHERE job.account_id = line.account_id AND state = 'queued'
              AND queue = (SELECT queue FROM asked)
              AND (SELECT books FROM asked) LIKE '%,' || book || ',%'
              AND (book = 'test' OR queue = 'cpu'
                   OR (SELECT tasks FROM asked)
                      LIKE '%,' || task || ':' || COALESCE(family, '') || ',%'
                   OR EXISTS (SELECT 1 FROM media_attempt
                              WHERE job_id = job.id AND media_attempt.{IS_OPEN_ATTEMPT}))
            ORDER BY job.queue, job.id LIMIT 1
        ) AS id FROM line WHERE account_id IS NOT NULL
    ), busy AS ({COUNT_RUNNING}), recent AS (
        SELECT job.account_id, sum(job.price_microusd) AS spent
        FROM job JOIN heads ON heads.account_id = job.account_id AND heads.id IS NOT NULL
        WHERE job.started_at > kt_now() - (SELECT recent FROM asked) GROUP BY job.account_id
    )
    SELECT job.id, first.running, job.book, job.task, job.family FROM (
        SELECT heads.id, COALESCE(busy.running, 0) AS running, COALESCE(recent.spent, 0) AS spent
        FROM heads LEFT JOIN busy ON busy.account_id = heads.account_id
                   LEFT JOIN recent ON recent.account_id = heads.account_id
        WHERE heads.id IS NOT NULL ORDER BY 2, 3, 1 LIMIT 8
    ) AS first JOIN job ON job.id = first.id ORDER BY first.running, first.spent, first.id
    """,  # noqa: S608 - constant
    queue="text",
    books="text",
    recent="int",
    tasks="text",
)
SELECT_POSITIONS = sql(
    f"""
    WITH asked AS (
        SELECT given.queue, given.book, given.account, given.recent FROM {{rows}}
    ), busy AS ({COUNT_RUNNING}), waiting AS (
        SELECT id, account_id, row_number() OVER (PARTITION BY account_id ORDER BY id) AS turn
        FROM job WHERE state = 'queued' AND queue = (SELECT queue FROM asked)
                   AND book = (SELECT book FROM asked)
    ), recent AS (
        SELECT job.account_id, sum(job.price_microusd) AS spent
        FROM job JOIN (SELECT DISTINCT account_id FROM waiting) AS own
          ON own.account_id = job.account_id
        WHERE job.started_at > kt_now() - (SELECT recent FROM asked) GROUP BY job.account_id
    )
    SELECT id, place FROM (
        SELECT waiting.id, waiting.account_id, row_number() OVER (ORDER BY
            waiting.turn + COALESCE(busy.running, 0), COALESCE(recent.spent, 0), waiting.id
        ) AS place
        FROM waiting LEFT JOIN busy ON busy.account_id = waiting.account_id
                     LEFT JOIN recent ON recent.account_id = waiting.account_id
    ) AS placed WHERE account_id = (SELECT account FROM asked)
    """,  # noqa: S608 - constant
    queue="text",
    book="text",
    account="int",
    recent="int",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting job, and how many jobs of its account are running."""

    job_id: str
    running: int
    book: str
    task: str
    family: str | None


async def list_candidates(
    tx: Tx, queue: str, books: Collection[str], tasks: Collection[tuple[str, str]]
) -> list[Candidate]:
    """Return the first 8 jobs of a queue and these books in fair order.

    A live job is skipped until its task and family are among `tasks`, those that a node is free
    for. One whose attempt still runs on a node needs no free node, only a worker to adopt it.
    """
    # As SQL text between commas, for LIKE; a job without a family takes any that does its task.
    free = {f"{task}:{name}" for task, family in tasks for name in (family, "")}
    values = (queue, f",{','.join(sorted(books))},", SPENDING_WINDOW, f",{','.join(sorted(free))},")
    return [Candidate(*row) for row in await tx.read(SELECT_CANDIDATES, [values])]


async def list_positions(
    tx: Tx, account: int, lines: Collection[tuple[str, str]]
) -> dict[str, int]:
    """Return the place of each waiting job of an account, from 1, in the present fair order.

    A line is a queue and a book.
    """
    results = [
        await tx.read(SELECT_POSITIONS, [(*line, account, SPENDING_WINDOW)]) for line in lines
    ]
    return {row[0]: row[1] for rows in results for row in rows}
