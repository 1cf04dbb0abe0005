"""The checks: every invariant in one snapshot. Tests, chaos and `admin check` run the same text."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.kit.clock import MINUTE
from gateway.kit.database import Database

GRACE = MINUTE
MOST_ROWS = 100
HEAD = re.compile(r"^-- (I\d\d) (\w+: .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold: its id, name and sentence, and the rows that break it."""

    id: str
    text: str
    rows: list[dict[str, Any]]


@lru_cache(maxsize=1)
def invariants() -> dict[str, tuple[str, str]]:
    """Return id → (name and sentence, SELECT) of `invariants.sql`."""
    _, *parts = HEAD.split((Path(__file__).parent / "invariants.sql").read_text())
    blocks = zip(parts[0::3], parts[1::3], parts[2::3], strict=True)
    return {number: (sentence, select.strip()) for number, sentence, select in blocks}


async def findings(database: Database, only: str | None = None) -> list[Finding]:
    """Check every invariant, or one, in one REPEATABLE READ snapshot; an empty list is clean.

    Raises:
        LookupError: there is no invariant with that id.
    """
    async with database.connect() as connection:
        if database.postgres:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        return await findings_on(connection, only)


async def findings_on(connection: AsyncConnection, only: str | None = None) -> list[Finding]:
    """Check in the transaction of a connection, with what it has not committed yet.

    Raises:
        LookupError: there is no invariant with that id.
    """
    chosen = invariants() if only is None else {only: invariants()[only]}
    now = (await connection.execute(text("SELECT kt_now()"))).scalar_one()
    moments = {"now": now, "stale_before": now - GRACE}
    found = []
    for number, (sentence, select) in chosen.items():
        needed = [name for name in moments if f":{name}" in select]
        statement = text(select).bindparams(
            *(bindparam(name, moments[name], BigInteger) for name in needed)
        )
        rows = (await connection.execute(statement)).fetchmany(MOST_ROWS)
        if rows:
            found.append(Finding(number, sentence, [dict(row._mapping) for row in rows]))  # noqa: SLF001 - its public name
    return found
