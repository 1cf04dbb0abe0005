"""House balances: the newest checkpoint and the entries after it.

A house account has no row that changes: it would serialise every request of the system.
"""

from sqlalchemy import func, select

from gateway.kit.clock import HOUR
from gateway.kit.database import Database, Session
from gateway.kit.sql import sql
from gateway.ledger.accounts import House, house
from gateway.ledger.locking import clock
from gateway.ledger.tables import Entry, HouseCheckpoint

ADD = sql(
    """
    INSERT INTO house_checkpoint (account_id, layer, through_entry_id, amount_microusd)
    SELECT given.account_id, given.layer, given.through, given.amount FROM {rows} WHERE true
    ON CONFLICT (account_id, layer, through_entry_id) DO NOTHING
    """,
    account_id="int",
    layer="text",
    through="int",
    amount="int",
)
Sums = dict[tuple[int, str], int]


async def house_balances(session: Session, book: str) -> dict[House, int]:
    """Return the posted balance of every house account of a book."""
    newest = await last_checkpoint(session)
    sums = await sums_between(session, newest, None)
    return {kind: sums.get((house(kind, book), "posted"), 0) for kind in House}


async def add_checkpoint(database: Database) -> int:
    """Sum the house's entries up to an hour ago; return the last entry summed.

    Ids are given out before their transactions commit; after an hour all of them have ended.
    """
    async with database.write() as session:
        old = Entry.created_at < await clock(session) - HOUR
        query = select(Entry.id).where(old).order_by(Entry.id.desc()).limit(1)
        through = (await session.execute(query)).scalar() or 0
        newest = await last_checkpoint(session)
        if through > newest:
            sums = await sums_between(session, newest, through)
            rows = [(number, layer, through, amount) for (number, layer), amount in sums.items()]
            await session.change(ADD, rows)
        return through


async def last_checkpoint(session: Session) -> int:
    """Return the last entry that is in a checkpoint."""
    newest = select(func.max(HouseCheckpoint.through_entry_id))
    return (await session.execute(newest)).scalar() or 0


async def sums_between(session: Session, checkpoint: int, through: int | None) -> Sums:
    """Return the sums at a checkpoint plus those of the entries after it."""
    kept = select(
        HouseCheckpoint.account_id, HouseCheckpoint.layer, HouseCheckpoint.amount_microusd
    ).where(HouseCheckpoint.through_entry_id == checkpoint)
    added = (
        select(Entry.account_id, Entry.layer, func.sum(Entry.amount_microusd))
        .where(Entry.account_id < 0, Entry.id > checkpoint)
        .group_by(Entry.account_id, Entry.layer)
    )
    if through is not None:
        added = added.where(Entry.id <= through)
    sums: Sums = {}
    for query in (kept, added):
        for number, layer, amount in await session.execute(query):
            sums[number, layer] = sums.get((number, layer), 0) + int(amount)
    return sums
