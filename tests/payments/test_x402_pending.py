"""x402 when its outcome is not known at once: pending until the chain tells, credited once."""

import pytest
from sqlalchemy import select
from x402.http.utils import decode_payment_signature_header

from gateway.kit.clock import HOUR, SECOND
from gateway.ledger.audit import findings
from gateway.payments.errors import SettlementFailed
from gateway.payments.tables import X402Payment
from tests.fakes.evm.chain import Move
from tests.payments.test_x402 import OLD, PAYER, Till, body_of, payment
from tests.payments.test_x402 import served as served
from tests.payments.test_x402 import till as till

pytestmark = pytest.mark.anyio


@pytest.mark.promise("payments: x402-unknown-is-pending")
@pytest.mark.parametrize("mood", ["lost", "stalled"])
async def test_an_unknown_outcome_is_pending_and_found_on_the_chain(till: Till, mood: str) -> None:
    header = await till.signed()
    till.facilitator.mood = mood
    first = await till.ask(header)
    if mood == "lost":  # the chain tells what the facilitator could not
        assert body_of(first).state == "credited"
        return
    assert (first.status, body_of(first).state) == (202, "pending")
    assert body_of(await till.ask(header)).replayed
    await till.sweep()
    assert await till.dollars() == 0
    till.facilitator.release()
    await till.sweep()
    await till.sweep()
    done = body_of(await till.ask(header))
    assert (done.state, done.purchase_id) == ("credited", body_of(first).purchase_id)
    assert await till.dollars() == 26


async def test_a_node_that_lags_behind_another_leaves_the_payment_pending(till: Till) -> None:
    header = await till.signed()
    till.facilitator.mood = "stalled"
    assert (await till.ask(header)).status == 202
    ahead = till.node.chain.blocks
    till.node.chain.blocks = ahead[:-1]
    await till.sweep()
    assert (await till.ask(header)).status == 202
    till.node.chain.blocks = ahead
    till.facilitator.release()
    await till.sweep()
    assert await till.dollars() == 26


async def test_a_payment_sent_again_after_its_time_is_still_the_same_purchase(till: Till) -> None:
    header = await till.signed()
    bought = body_of(await till.ask(header))
    await till.clock.forward(till.shop.database, HOUR)
    again = body_of(await till.ask(header))
    assert (again.state, again.replayed) == ("credited", True)
    assert again.purchase_id == bought.purchase_id


@pytest.mark.promise("payments: x402-once")
async def test_a_transaction_of_many_authorizations_credits_only_those_that_paid(
    till: Till,
) -> None:
    till.facilitator.mood = "stalled"
    nonces = []
    for _ in range(3):
        header = await till.signed()
        assert (await till.ask(header)).status == 202
        signed = decode_payment_signature_header(header).payload["authorization"]
        nonces.append(signed["nonce"])
    payer = PAYER.address.lower()
    to_himself = [Move(payer, 0, sender=payer, nonce=each) for each in nonces[:2]]
    till.node.chain.pay(*to_himself, payment(None), payment(nonces[2]))
    till.node.chain.mine()
    await till.sweep()
    assert await till.dollars() == 26
    till.node.chain.mine(OLD)
    await till.sweep()
    async with till.shop.database.read() as snapshot:
        states = list(await snapshot.scalars(select(X402Payment.state)))
    assert sorted(states) == ["credited", "failed", "failed"]
    assert await till.dollars() == 26


async def test_a_pending_payment_fails_only_when_it_can_come_no_more(till: Till) -> None:
    header = await till.signed()
    till.facilitator.mood = "stalled"
    assert (await till.ask(header)).status == 202
    till.node.chain.later = HOUR // SECOND
    till.node.chain.mine()
    await till.sweep()
    till.node.chain.later = 0
    with pytest.raises(SettlementFailed):
        await till.ask(header)
    assert await till.dollars() == 0


async def test_a_pending_payment_is_looked_for_again_and_again_also_while_the_chain_is_away(
    till: Till,
) -> None:
    till.facilitator.mood = "stalled"
    assert (await till.ask(await till.signed())).status == 202
    till.node.offline = True
    await till.clock.forward(till.shop.database, HOUR)
    assert [each.id for each in await findings(till.shop.database)] == ["I20"]
    await till.sweep()
    assert await findings(till.shop.database) == []
    till.node.offline = False
