"""A stored job as the driver reads it: its row, its outputs, and the assets that keep them.

Clients read a job again and again until it ends. Through a session of the ORM these three reads
cost several times what the database does for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.kit.database.sql import Row, Tx, sql
from gateway.kit.errors import NotFound
from gateway.library.asset_queries import read_asset_ids
from gateway.media.states import JobState
from gateway.media.tables import Job, Output

JOB_COLUMNS, OUTPUT_COLUMNS = (
    tuple(column.key for column in table.__table__.columns) for table in (Job, Output)
)


def _list_names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'one."{name}"' for name in columns)


SELECT_JOB = sql(
    f"SELECT {_list_names(JOB_COLUMNS)} FROM {{rows}}"  # noqa: S608 - constants
    " JOIN job AS one ON one.id = given.id AND one.account_id = given.account",
    id="text",
    account="int",
)
SELECT_OUTPUTS = sql(
    f"SELECT {_list_names(OUTPUT_COLUMNS)} FROM {{rows}}"  # noqa: S608 - constants
    ' JOIN job_output AS one ON one.job_id = given.id ORDER BY one."index"',
    id="text",
)


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job with its outputs, and the ids of the assets that keep these, by index.

    The rows belong to no session: to change them changes nothing that is stored.
    """

    job: Job
    outputs: list[Output]
    asset_ids: Mapping[int, str]


async def read_stored_job(tx: Tx, account: int, job_id: str) -> StoredJob:
    """Return a job of this account.

    Raises:
        NotFound: there is none, or it belongs to another account.
    """
    rows = await tx.read(SELECT_JOB, [(job_id, account)])
    if not rows:
        raise NotFound
    job = Job(**_name_values(JOB_COLUMNS, rows[0]))
    job.state = JobState(job.state)  # the driver knows only its word
    if job.state is not JobState.SUCCEEDED:
        return StoredJob(job, [], {})
    made = await tx.read(SELECT_OUTPUTS, [(job_id,)])
    outputs = [Output(**_name_values(OUTPUT_COLUMNS, row)) for row in made]
    return StoredJob(job, outputs, await read_asset_ids(tx, job_id))


def _name_values(columns: tuple[str, ...], row: Row) -> dict[str, Any]:
    return dict(zip(columns, row, strict=True))
