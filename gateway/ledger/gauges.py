"""What the metrics say about the ledger, read from the database."""

from gateway.kit import metrics
from gateway.kit.database import Database, Snapshot
from gateway.kit.sql import sql
from gateway.ledger import audit

HELD = sql("SELECT book, sum(pending_microusd) FROM ledger_account GROUP BY book")


async def refresh(snapshot: Snapshot) -> None:
    """Set the gauge of what open jobs hold."""
    held: dict[str, int] = dict(await snapshot.read(HELD))
    for book in ("live", "test"):
        metrics.LEDGER_HELD.labels(book).set(int(held.get(book) or 0))


async def check(database: Database) -> None:
    """Check every invariant and set how many rows break each."""
    broken = {each.id: len(each.rows) for each in await audit.findings(database)}
    for number in audit.invariants():
        metrics.LEDGER_VIOLATIONS.labels(number).set(broken.get(number, 0))
