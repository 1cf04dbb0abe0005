"""The lease and the cursor of a chain: one process reads, and only what it read from is moved."""

import pytest

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.chain_cursor import (
    get_newest_block_at,
    get_next_block,
    is_freshly_read,
    move_cursor,
    take_lease,
)
from gateway.payments.usdc.networks import NETWORKS
from gateway.payments.usdc.rpc import Block
from tests.databases import MovedClock

pytestmark = pytest.mark.anyio


def build_chain(holder: str, book: str = "test") -> Chain:
    return Chain(
        book=book,
        network=NETWORKS[book],
        wallet=None,  # type: ignore[arg-type]  # the cursor asks neither wallet nor node
        rpc=None,  # type: ignore[arg-type]
        confirmations=1,
        holder=holder,
    )


def build_block(number: int) -> Block:
    head = {"number": hex(number), "hash": f"0x{'1' * 64}", "parentHash": f"0x{'0' * 64}"}
    return Block.model_validate(head | {"timestamp": hex(number * 2)})


async def take(database: Database, chain: Chain) -> bool:
    return await take_lease(database, chain, build_block(10))


async def test_one_process_holds_the_lease_until_it_lapses(
    database: Database, clock: MovedClock
) -> None:
    one, two = build_chain("one"), build_chain("two")
    assert await take(database, one)
    assert not await take(database, two)
    assert await take(database, build_chain("two", "live"))  # another chain has its own
    await clock.advance(database, 29 * SECOND)
    assert await take(database, one)  # renewed
    await clock.advance(database, 29 * SECOND)
    assert not await take(database, two)
    await clock.advance(database, 2 * SECOND)
    assert await take(database, two)
    assert not await take(database, one)


async def test_the_cursor_begins_after_the_head_and_is_moved_by_its_holder_from_where_it_is(
    database: Database,
) -> None:
    one, two, live = build_chain("one"), build_chain("two"), build_chain("one", "live")
    async with database.write() as session:
        assert (await get_next_block(session, one), await get_newest_block_at(session, one)) == (
            0,
            0,
        )
    for chain in (one, live):
        await take(database, chain)
    async with database.write() as session:
        assert await get_next_block(session, one) == 11
        assert await get_newest_block_at(session, one) == 20 * SECOND
        assert not await move_cursor(session, two, 15, start=11, newest=build_block(14))
        assert not await move_cursor(session, one, 15, start=10, newest=build_block(14))
        assert await move_cursor(session, one, 15, start=11, newest=build_block(14))
        assert await get_next_block(session, one) == 15
        assert await get_newest_block_at(session, one) == 28 * SECOND
        assert await move_cursor(session, one, 13)  # the chain replaced blocks
        assert await get_next_block(session, one) == 13
        assert await get_newest_block_at(session, one) == 28 * SECOND
        assert await get_next_block(session, live) == 11


async def test_a_chain_that_nobody_reads_for_five_minutes_is_not_fresh(
    database: Database, clock: MovedClock
) -> None:
    chain = build_chain("one")
    await take(database, chain)
    for seconds, fresh in ((299, True), (2, False)):
        await clock.advance(database, seconds * SECOND)
        async with database.write() as session:
            assert await is_freshly_read(session, chain) == fresh
    async with database.write() as session:
        assert await move_cursor(session, chain, 11)  # going back reads no new block
        assert not await is_freshly_read(session, chain)
        assert await move_cursor(session, chain, 12, start=11)
        assert await is_freshly_read(session, chain)
