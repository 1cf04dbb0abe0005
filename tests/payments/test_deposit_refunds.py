"""Refunds by hand of deposits whose chain turns meanwhile, or had taken their bonus before."""

import asyncio

import pytest
from sqlalchemy import select

from gateway.kit.audit_log import Actor
from gateway.payments.operator_refunds import (
    RefundRequest,
    add_refund,
    lock_refundable_purchase,
    refund_purchase,
)
from gateway.payments.refunds.reversal_credit import take_reversal
from gateway.payments.refunds.reversal_rows import list_reversals
from gateway.payments.refunds.reversals import adjust_what_followed
from gateway.payments.tables import Purchase
from tests.fakes.evm.chain import TokenTransfer
from tests.payments.test_deposits import DEPTH, DOLLAR, Desk
from tests.payments.test_deposits import desk as desk
from tests.payments.test_deposits import served as served

pytestmark = pytest.mark.anyio
OPERATOR = Actor(kind="operator", id="me")


def build_external_refund(purchase_id: str, name: str, dollars: int | None = None) -> RefundRequest:
    """Return a refund that an operator paid outside the gateway; without an amount, of all."""
    amount = None if dollars is None else dollars * DOLLAR
    return RefundRequest(
        purchase_id=purchase_id, amount_micros=amount, reason="asked", external=name
    )


async def list_purchase_ids(desk: Desk) -> list[str]:
    """Return the ids of all purchases, the oldest first."""
    async with desk.shop.database.read() as snapshot:
        return list(await snapshot.scalars(select(Purchase.id).order_by(Purchase.id)))


async def pay_in_two(desk: Desk) -> tuple[list[str], list[str]]:
    """Pay $15, then $10, which bring the bonus; return transactions and purchases."""
    _, address = await desk.open_checkout()
    sent = []
    for dollars in (15, 10):
        sent.append(desk.chain.send_transfers(TokenTransfer(address, dollars * DOLLAR)))
        await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 26
    return sent, await list_purchase_ids(desk)


def replace_transfers(desk: Desk, *returning: str) -> None:
    """Replace the blocks of both deposits; only these come back."""
    desk.chain.reorganise(2 * DEPTH, keep=False)
    for each in returning:
        desk.chain.send_again(each)
    desk.chain.mine(DEPTH)


async def refund_around_watch(desk: Desk, wanted: RefundRequest) -> None:
    """Carry out a refund, and let the chain be read between what it looked up and what it takes."""
    async with desk.shop.database.write() as session:
        purchase = await lock_refundable_purchase(session, wanted)
        rows = list(await list_reversals(session, purchase))
        row = await add_refund(session, desk.shop, purchase, None, rows, wanted)
        await session.flush()
        watched = asyncio.create_task(desk.mine_and_watch())
        await asyncio.wait({watched}, timeout=0.7)
        await take_reversal(session, desk.shop, purchase, row, [*rows, row])
        await adjust_what_followed(session, desk.shop, purchase, row.provider_reference or row.id)
    await watched


@pytest.mark.promise("payments: deposits-undone")
@pytest.mark.parametrize("second_stays", [True, False])
async def test_a_refund_while_the_chain_undoes_deposits_takes_nothing_twice(
    desk: Desk, *, second_stays: bool
) -> None:
    sent, bought = await pay_in_two(desk)
    replace_transfers(desk, *sent[1:] if second_stays else ())
    await refund_around_watch(desk, build_external_refund(bought[1], "hand_1"))
    assert await desk.get_available_dollars() == 0


async def test_a_refund_while_the_bonus_returns_takes_its_part_of_it(desk: Desk) -> None:
    sent, bought = await pay_in_two(desk)
    replace_transfers(desk, sent[1])
    await desk.mine_and_watch()
    assert await desk.get_available_dollars() == 10
    desk.chain.send_again(sent[0])
    desk.chain.mine(DEPTH)
    await refund_around_watch(desk, build_external_refund(bought[1], "hand_1", 5))
    assert await desk.get_available_dollars() == 20.5


async def test_a_refund_while_another_deposit_comes_waits_for_nobody_who_waits(desk: Desk) -> None:
    _, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 15 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    desk.chain.send_transfers(TokenTransfer(address, 7 * DOLLAR))
    desk.chain.mine(DEPTH)
    await refund_around_watch(
        desk, build_external_refund((await list_purchase_ids(desk))[0], "hand_1")
    )
    assert await desk.get_available_dollars() == 7


async def test_a_refund_of_what_lost_its_bonus_takes_all_it_paid_for(desk: Desk) -> None:
    sent, bought = await pay_in_two(desk)
    await refund_purchase(desk.shop, OPERATOR, build_external_refund(bought[1], "hand_1", 2))
    replace_transfers(desk, sent[1])
    await desk.mine_and_watch()
    assert await desk.get_available_dollars() == 8
    done = await refund_purchase(desk.shop, OPERATOR, build_external_refund(bought[1], "hand_2", 5))
    assert (done["takenUsd"], await desk.get_available_dollars()) == ("5.00", 3)
    desk.chain.send_again(sent[0])
    await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 18.3  # and 30 % of the bonus
    done = await refund_purchase(desk.shop, OPERATOR, build_external_refund(bought[1], "hand_3"))
    assert (done["takenUsd"], await desk.get_available_dollars()) == ("3.30", 15)
