"""Metrics of the ledger, read from the database."""

from gateway.kit.database.sessions import Database, Snapshot
from gateway.kit.database.sql import sql
from gateway.kit.telemetry import metrics
from gateway.ledger import invariants
from gateway.ledger.accounts.owners import BOOKS

SELECT_HELD_AMOUNTS = sql("SELECT book, sum(pending_microusd) FROM ledger_account GROUP BY book")


async def load_held_amounts(snapshot: Snapshot) -> dict[str, int]:
    """Return the held amount of each book in micro-USD."""
    amounts: dict[str, int] = dict(await snapshot.read(SELECT_HELD_AMOUNTS))
    return {book: int(amounts.get(book) or 0) for book in BOOKS}


async def refresh_held_gauge(snapshot: Snapshot) -> None:
    """Set the gauge of held amounts."""
    for book, amount in (await load_held_amounts(snapshot)).items():
        metrics.LEDGER_HELD.labels(book).set(amount)


async def refresh_violation_gauges(database: Database) -> None:
    """Check every invariant and set the gauge of rows that break it."""
    broken = {each.id: len(each.rows) for each in await invariants.check_invariants(database)}
    for number in invariants.load_invariants():
        metrics.LEDGER_VIOLATIONS.labels(number).set(broken.get(number, 0))
