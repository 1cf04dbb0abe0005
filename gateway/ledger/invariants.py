"""The audit: every invariant of `invariants.sql`, checked in one snapshot.

Tests, chaos runs, the metrics and `killatamata admin check` run the same text.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.kit.clock import MINUTE
from gateway.kit.database.sessions import Database

STALE_GRACE = MINUTE
MAX_FINDING_ROWS = 100
INVARIANT_HEAD = re.compile(r"^-- (I\d\d) (\w+: .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant: its id, its name and sentence, and at most 100 rows that break it."""

    id: str
    text: str
    rows: list[dict[str, Any]]


@lru_cache(maxsize=1)
def load_invariants() -> dict[str, tuple[str, str]]:
    """Return the name with its sentence, and the SELECT, of each invariant by id.

    Raises:
        ValueError: two invariants have the same id, so that one would not be checked.
    """
    _, *parts = INVARIANT_HEAD.split((Path(__file__).parent / "invariants.sql").read_text())
    blocks = zip(parts[0::3], parts[1::3], parts[2::3], strict=True)
    invariants = {number: (sentence, select.strip()) for number, sentence, select in blocks}
    if len(invariants) < len(parts) // 3:
        raise ValueError("invariants.sql: two invariants have the same id")
    return invariants


async def check_invariants(database: Database, only: str | None = None) -> list[Finding]:
    """Check every invariant, or one, in one snapshot; an empty list is clean.

    Statements that each saw another moment would report rows that were committed in between.

    Raises:
        LookupError: there is no invariant with that id.
    """
    async with database.open_snapshot() as connection:
        return await check_invariants_on(connection, only)


async def check_invariants_on(
    connection: AsyncConnection, only: str | None = None
) -> list[Finding]:
    """Check the invariants in a connection's transaction, with its uncommitted changes.

    Raises:
        LookupError: there is no invariant with that id.
    """
    selected = load_invariants() if only is None else {only: load_invariants()[only]}
    now = (await connection.execute(text("SELECT kt_now()"))).scalar_one()
    moments = {"now": now, "stale_before": now - STALE_GRACE}
    broken = []
    for number, (sentence, select) in selected.items():
        needed = [name for name in moments if f":{name}" in select]
        statement = text(select).bindparams(
            *(bindparam(name, moments[name], BigInteger) for name in needed)
        )
        rows = (await connection.execute(statement)).fetchmany(MAX_FINDING_ROWS)
        if rows:
            broken.append(Finding(number, sentence, [dict(row._mapping) for row in rows]))  # noqa: SLF001 - its public name
    return broken
