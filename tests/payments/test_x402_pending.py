"""x402 when its outcome is not known at once: pending until the chain tells, credited once."""

import asyncio

import pytest
from sqlalchemy import select, text
from x402.http.utils import decode_payment_signature_header

from gateway.kit.clock import HOUR, SECOND
from gateway.ledger.invariants import check_invariants
from gateway.payments.tables import Checkout
from gateway.payments.x402 import outcomes, x402_purchases
from gateway.payments.x402.client import X402
from gateway.payments.x402.errors import SettlementFailed
from gateway.payments.x402.states import X402State
from gateway.payments.x402.tables import X402Payment
from tests.fakes.evm.chain import USDC, TokenTransfer
from tests.gateway import JOB_SECONDS
from tests.payments.test_x402 import (
    DOLLAR,
    OLD,
    PAYER,
    TREASURY,
    Till,
    build_payment_move,
    read_purchase,
)
from tests.payments.test_x402 import served as served
from tests.payments.test_x402 import till as till

pytestmark = pytest.mark.anyio


@pytest.mark.promise("payments: x402-unknown-is-pending")
@pytest.mark.parametrize("mood", ["lost", "stalled"])
async def test_an_unknown_outcome_is_pending_and_found_on_the_chain(till: Till, mood: str) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = mood
    first = await till.request_purchase(header)
    if mood == "lost":  # the chain tells what the facilitator could not
        assert read_purchase(first).state == X402State.CREDITED
        return
    assert (first.status, read_purchase(first).state) == (202, "pending")
    assert read_purchase(await till.request_purchase(header)).replayed
    await till.sweep_payments()
    assert await till.get_available_dollars() == 0
    till.facilitator.release_stalled()
    await till.sweep_payments()
    await till.sweep_payments()
    done = read_purchase(await till.request_purchase(header))
    assert (done.state, done.purchase_id) == ("credited", read_purchase(first).purchase_id)
    assert await till.get_available_dollars() == 26


async def test_a_node_that_lags_behind_another_leaves_the_payment_pending(till: Till) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "stalled"
    assert (await till.request_purchase(header)).status == 202
    ahead = till.node.chain.blocks
    till.node.chain.blocks = ahead[:-1]
    await till.sweep_payments()
    assert (await till.request_purchase(header)).status == 202
    till.node.chain.blocks = ahead
    till.facilitator.release_stalled()
    await till.sweep_payments()
    assert await till.get_available_dollars() == 26


async def test_a_payment_sent_again_after_its_time_is_still_the_same_purchase(till: Till) -> None:
    header = await till.sign_payment()
    bought = read_purchase(await till.request_purchase(header))
    await till.clock.advance(till.shop.database, HOUR)
    again = read_purchase(await till.request_purchase(header))
    assert (again.state, again.replayed) == ("credited", True)
    assert again.purchase_id == bought.purchase_id


@pytest.mark.promise("payments: x402-once")
async def test_a_transaction_of_many_authorizations_credits_only_those_that_paid(
    till: Till,
) -> None:
    till.facilitator.mood = "stalled"
    nonces = []
    for _ in range(3):
        header = await till.sign_payment()
        assert (await till.request_purchase(header)).status == 202
        signed = decode_payment_signature_header(header).payload["authorization"]
        nonces.append(signed["nonce"])
    payer = PAYER.address.lower()
    to_himself = [TokenTransfer(payer, 0, sender=payer, nonce=each) for each in nonces[:2]]
    till.node.chain.send_transfers(
        *to_himself, build_payment_move(None), build_payment_move(nonces[2])
    )
    till.node.chain.mine()
    await till.sweep_payments()
    assert await till.get_available_dollars() == 26
    till.node.chain.mine(OLD)
    await till.sweep_payments()
    async with till.shop.database.read() as snapshot:
        states = list(await snapshot.scalars(select(X402Payment.state)))
    assert sorted(states) == ["credited", "failed", "failed"]
    assert await till.get_available_dollars() == 26


async def test_a_pending_payment_fails_only_when_it_can_come_no_more(till: Till) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "stalled"
    assert (await till.request_purchase(header)).status == 202
    till.node.chain.offset_seconds = HOUR // SECOND
    till.node.chain.mine()
    await till.sweep_payments()
    till.node.chain.offset_seconds = 0
    with pytest.raises(SettlementFailed):
        await till.request_purchase(header)
    assert await till.get_available_dollars() == 0


async def test_a_pending_payment_is_looked_for_again_and_again_also_while_the_chain_is_away(
    till: Till,
) -> None:
    till.facilitator.mood = "stalled"
    assert (await till.request_purchase(await till.sign_payment())).status == 202
    till.node.offline = True
    await till.clock.advance(till.shop.database, HOUR)
    assert [each.id for each in await check_invariants(till.shop.database)] == ["I20"]
    await till.sweep_payments()
    assert await check_invariants(till.shop.database) == []
    till.node.offline = False


async def test_a_payment_in_a_block_that_the_node_has_not_indexed_is_not_given_up(
    till: Till,
) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "lost"
    till.node.unindexed = {till.node.chain.head.number + 1}
    assert (await till.request_purchase(header)).status == 202
    till.node.chain.offset_seconds = HOUR // SECOND
    till.node.chain.mine()
    await till.sweep_payments()
    assert (await till.request_purchase(header)).status == 202
    till.node.unindexed = set()
    await till.sweep_payments()
    assert await till.get_available_dollars() == 26


@pytest.mark.promise("payments: x402-settled-again")
@pytest.mark.parametrize("way", ["sent again", "swept"])
async def test_a_payment_that_the_facilitator_could_not_settle_is_settled_later(
    till: Till, way: str
) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "down"
    assert (await till.request_purchase(header)).status == 202
    assert (await till.request_purchase(header)).status == 202
    till.facilitator.mood = "good"
    if way == "swept":
        await till.sweep_payments()
    done = read_purchase(await till.request_purchase(header))
    assert (done.state, done.balance_usd, done.replayed) == ("credited", "26.00", True)
    assert till.node.chain.get_balance(USDC, TREASURY) == 25 * DOLLAR


@pytest.mark.promise("payments: x402-settled-again")
async def test_a_payment_that_many_want_settled_is_settled_by_one(till: Till) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "down"
    await till.request_purchase(header)
    till.facilitator.mood, till.facilitator.settle_requests = "good", 0
    await asyncio.gather(
        *(till.request_purchase(header) for _ in range(4)),
        till.sweep_payments(),
        till.sweep_payments(),
    )
    assert till.facilitator.settle_requests == 1
    assert await till.get_available_dollars() == 26
    assert till.node.chain.get_balance(USDC, TREASURY) == 25 * DOLLAR


async def test_a_payment_that_was_refused_or_whose_time_is_over_is_never_settled(
    till: Till,
) -> None:
    refused, late = await till.sign_payment(), await till.sign_payment("pocket_100")
    till.facilitator.mood = "refusing"
    with pytest.raises(SettlementFailed):
        await till.request_purchase(refused)
    till.facilitator.mood = "down"
    await till.request_purchase(late, "pocket_100")
    await till.clock.advance(till.shop.database, HOUR)
    till.facilitator.mood, till.facilitator.settle_requests = "good", 0
    await till.sweep_payments()
    with pytest.raises(SettlementFailed):
        await till.request_purchase(refused)
    assert (
        await till.request_purchase(late, "pocket_100")
    ).status == 202  # the chain is not that far yet
    assert (till.facilitator.settle_requests, await till.get_available_dollars()) == (0, 0)


@pytest.mark.promise("payments: x402-unknown-is-pending")
async def test_a_payment_that_another_broadcast_just_before_us_is_never_called_failed(
    till: Till,
) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "late"
    till.node.unindexed = {till.node.chain.head.number + 1}
    assert (await till.request_purchase(header)).status == 202
    till.node.unindexed = set()
    assert read_purchase(await till.request_purchase(header)).state == X402State.CREDITED
    assert till.node.chain.get_balance(USDC, TREASURY) == 25 * DOLLAR


@pytest.mark.promise("payments: x402-unknown-is-pending")
async def test_a_payment_that_is_credited_while_it_is_read_is_not_pending_with_a_purchase(
    till: Till,
) -> None:
    database, at = till.shop.database, till.shop.get_provider(X402, "test")
    if not database.is_postgres:
        return  # a read is one moment there
    header = await till.sign_payment("pocket_100")
    till.facilitator.mood = "stalled"
    await till.request_purchase(header, "pocket_100")
    till.facilitator.release_stalled()
    payment = at.read_payment(header, till.shop.get_package("pocket_100"))
    async with database.write() as session:
        await session.execute(text("LOCK TABLE checkout IN ACCESS EXCLUSIVE MODE"))
        reading = asyncio.create_task(
            x402_purchases.find_own_payment(till.shop, till.caller, payment.natural_key)
        )
        await wait_for_lock(till)
        row = (await session.scalars(select(X402Payment))).one()
        receipt = (await at.rpc.fetch_receipts([till.node.chain.head.outcomes[0][0].hash]))[0]
        assert receipt is not None
        checkout = await session.get_one(Checkout, row.checkout_id)
        await outcomes.credit_x402_payment(session, till.shop, checkout, row, receipt)
    found = await reading
    assert found is not None
    state = x402_purchases.get_reported_state(found)
    assert (state == X402State.CREDITED) == (found.purchase is not None)


async def wait_for_lock(till: Till) -> None:
    """Wait until somebody waits for a lock of the database."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(JOB_SECONDS), till.shop.database.read() as snapshot:
        while not await snapshot.scalar(waiting):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)
