"""Metrics of the ledger, read from the database."""

from gateway.kit import metrics
from gateway.kit.database import Database, Snapshot
from gateway.kit.sql import sql
from gateway.ledger import audit
from gateway.ledger.accounts import BOOKS

HELD = sql("SELECT book, sum(pending_microusd) FROM ledger_account GROUP BY book")


async def held(snapshot: Snapshot) -> dict[str, int]:
    """Return the held amount of each book in micro-USD."""
    amounts: dict[str, int] = dict(await snapshot.read(HELD))
    return {book: int(amounts.get(book) or 0) for book in BOOKS}


async def refresh(snapshot: Snapshot) -> None:
    """Set the gauge of held amounts."""
    for book, amount in (await held(snapshot)).items():
        metrics.LEDGER_HELD.labels(book).set(amount)


async def check(database: Database) -> None:
    """Check every invariant and set the gauge of rows that break it."""
    broken = {each.id: len(each.rows) for each in await audit.findings(database)}
    for number in audit.invariants():
        metrics.LEDGER_VIOLATIONS.labels(number).set(broken.get(number, 0))
