"""The cursor of a chain: the next block to read, and the lease of the process that reads.

One row for a chain. A process takes the lease for 30 seconds, and every step renews it. A process
that lost it cannot move the cursor: an update names its holder and the block that it read from.
"""

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.payments.onchain.chain import Chain
from gateway.payments.usdc.rpc import Block

LEASE_MICROSECONDS, STALE_MICROSECONDS = 30_000_000, 300_000_000
BEGIN_CURSOR = sql(
    """
    INSERT INTO chain_cursor (chain_id, next_block, holder, lease_until, read_at, block_at)
    SELECT given.chain_id, given.next_block, '', 0, kt_now(), given.block_at
    FROM {rows} WHERE true
    ON CONFLICT (chain_id) DO NOTHING
    """,
    chain_id="int",
    next_block="int",
    block_at="int",
)
TAKE_LEASE = sql(
    f"""
    UPDATE chain_cursor SET holder = given.holder,
      lease_until = kt_now() + {LEASE_MICROSECONDS}
    FROM {{rows}} WHERE chain_cursor.chain_id = given.chain_id
      AND (chain_cursor.holder = given.holder OR chain_cursor.lease_until < kt_now())
    """,  # noqa: S608 - constant text
    chain_id="int",
    holder="text",
)
MOVE_CURSOR = sql(
    f"""
    UPDATE chain_cursor SET next_block = given.next_block,
      lease_until = kt_now() + {LEASE_MICROSECONDS},
      read_at = CASE WHEN given.start IS NULL THEN chain_cursor.read_at ELSE kt_now() END,
      block_at = COALESCE(given.block_at, chain_cursor.block_at)
    FROM {{rows}} WHERE chain_cursor.chain_id = given.chain_id
      AND chain_cursor.holder = given.holder
      AND chain_cursor.next_block = COALESCE(given.start, chain_cursor.next_block)
    """,  # noqa: S608 - constant text
    chain_id="int",
    holder="text",
    next_block="int",
    start="int",
    block_at="int",
)
READ_CURSOR = sql(
    """
    SELECT c.next_block, c.block_at
    FROM {rows} JOIN chain_cursor AS c ON c.chain_id = given.chain_id
    """,
    chain_id="int",
)
READ_FRESH_CURSOR = sql(
    f"""
    SELECT c.next_block FROM {{rows}} JOIN chain_cursor AS c ON c.chain_id = given.chain_id
    WHERE c.read_at > kt_now() - {STALE_MICROSECONDS}
    """,  # noqa: S608 - constant text
    chain_id="int",
)


async def take_lease(database: Database, chain: Chain, head: Block) -> bool:
    """Take or renew the lease of a chain; return False if another process holds it.

    A new cursor starts after the head: older blocks cannot hold payments to addresses of ours.
    """
    async with database.write() as session:
        begin = (chain.network.chain_id, head.number + 1, head.timestamp * SECOND)
        await session.change(BEGIN_CURSOR, [begin])
        return await session.change(TAKE_LEASE, [(chain.network.chain_id, chain.holder)]) == 1


async def move_cursor(
    session: Session,
    chain: Chain,
    next_block: int,
    *,
    start: int | None = None,
    newest: Block | None = None,
) -> bool:
    """Move the cursor, if this process holds the lease and `start` is still the next block.

    With a `start`, blocks were read up to `newest`. Without one the cursor goes back, because the
    chain replaced blocks.
    """
    block_at = None if newest is None else newest.timestamp * SECOND
    row = (chain.network.chain_id, chain.holder, next_block, start, block_at)
    return await session.change(MOVE_CURSOR, [row]) == 1


async def get_next_block(session: Session | Snapshot, chain: Chain) -> int:
    """Return the number of the next block to read; 0 before the first round."""
    rows = await session.read(READ_CURSOR, [(chain.network.chain_id,)])
    return rows[0][0] if rows else 0


async def get_newest_block_at(session: Session | Snapshot, chain: Chain) -> int:
    """Return the time of the newest block read, in microseconds; 0 before the first round."""
    rows = await session.read(READ_CURSOR, [(chain.network.chain_id,)])
    return rows[0][1] if rows else 0


async def is_freshly_read(session: Session | Snapshot, chain: Chain) -> bool:
    """Return True if new blocks of the chain were read in the last five minutes."""
    return bool(await session.read(READ_FRESH_CURSOR, [(chain.network.chain_id,)]))
