"""Refunds by hand of deposits whose chain turns meanwhile, or had taken their bonus before."""

import asyncio

import pytest
from sqlalchemy import select

from gateway.kit.audit_log import Actor
from gateway.payments.operating import Refund, admin_refund, new_refund, refundable
from gateway.payments.reversals import reversals_of, take
from gateway.payments.tables import Purchase
from tests.fakes.evm.chain import Move
from tests.payments.test_deposits import DEPTH, DOLLAR, Desk
from tests.payments.test_deposits import desk as desk
from tests.payments.test_deposits import served as served

pytestmark = pytest.mark.anyio
ME = Actor(kind="operator", id="me")


def by_hand(purchase_id: str, name: str, dollars: int | None = None) -> Refund:
    """Return a refund that an operator paid outside the gateway; without an amount, of all."""
    amount = None if dollars is None else dollars * DOLLAR
    return Refund(purchase_id=purchase_id, amount_microusd=amount, reason="asked", external=name)


async def purchases(desk: Desk) -> list[str]:
    """Return the ids of all purchases, the oldest first."""
    async with desk.shop.database.read() as snapshot:
        return list(await snapshot.scalars(select(Purchase.id).order_by(Purchase.id)))


async def pay_in_two(desk: Desk) -> tuple[list[str], list[str]]:
    """Pay $15, then $10, which bring the bonus; return transactions and purchases."""
    _, address = await desk.open()
    sent = []
    for dollars in (15, 10):
        sent.append(desk.chain.pay(Move(address, dollars * DOLLAR)))
        await desk.watch(DEPTH)
    assert await desk.dollars() == 26
    return sent, await purchases(desk)


def forget(desk: Desk, *returning: str) -> None:
    """Replace the blocks of both deposits; only these come back."""
    desk.chain.turn(2 * DEPTH, keep=False)
    for each in returning:
        desk.chain.come_back(each)
    desk.chain.mine(DEPTH)


async def refund_around_watch(desk: Desk, wanted: Refund) -> None:
    """Carry out a refund, and let the chain be read between what it looked up and what it takes."""
    async with desk.shop.database.write() as session:
        purchase = await refundable(session, wanted)
        rows = list(await reversals_of(session, purchase))
        row = await new_refund(session, desk.shop, purchase, rows, wanted)
        await session.flush()
        watched = asyncio.create_task(desk.watch())
        await asyncio.wait({watched}, timeout=0.7)
        await take(session, desk.shop, purchase, row, [*rows, row])
    await watched


@pytest.mark.promise("payments: deposits-undone")
@pytest.mark.parametrize("second_stays", [True, False])
async def test_a_refund_while_the_chain_undoes_deposits_takes_nothing_twice(
    desk: Desk, *, second_stays: bool
) -> None:
    sent, bought = await pay_in_two(desk)
    forget(desk, *sent[1:] if second_stays else ())
    await refund_around_watch(desk, by_hand(bought[1], "hand_1"))
    assert await desk.dollars() == 0


async def test_a_refund_while_the_bonus_returns_takes_its_part_of_it(desk: Desk) -> None:
    sent, bought = await pay_in_two(desk)
    forget(desk, sent[1])
    await desk.watch()
    assert await desk.dollars() == 10
    desk.chain.come_back(sent[0])
    desk.chain.mine(DEPTH)
    await refund_around_watch(desk, by_hand(bought[1], "hand_1", 5))
    assert await desk.dollars() == 20.5


async def test_a_refund_while_another_deposit_comes_waits_for_nobody_who_waits(desk: Desk) -> None:
    _, address = await desk.open()
    desk.chain.pay(Move(address, 15 * DOLLAR))
    await desk.watch(DEPTH)
    desk.chain.pay(Move(address, 7 * DOLLAR))
    desk.chain.mine(DEPTH)
    await refund_around_watch(desk, by_hand((await purchases(desk))[0], "hand_1"))
    assert await desk.dollars() == 7


async def test_a_refund_of_what_lost_its_bonus_takes_all_it_paid_for(desk: Desk) -> None:
    sent, bought = await pay_in_two(desk)
    await admin_refund(desk.shop, ME, by_hand(bought[1], "hand_1", 2))
    forget(desk, sent[1])
    await desk.watch()
    assert await desk.dollars() == 8
    done = await admin_refund(desk.shop, ME, by_hand(bought[1], "hand_2", 5))
    assert (done["takenUsd"], await desk.dollars()) == ("5.00", 3)
    desk.chain.come_back(sent[0])
    await desk.watch(DEPTH)
    assert await desk.dollars() == 18.3  # and 30 % of the bonus
    done = await admin_refund(desk.shop, ME, by_hand(bought[1], "hand_3"))
    assert (done["takenUsd"], await desk.dollars()) == ("3.30", 15)
