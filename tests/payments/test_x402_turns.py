"""Turns of settling an x402 payment, and rounds after them: no trouble of one is another's."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import select

from gateway.kit.clock import HOUR, SECOND
from gateway.payments.x402.settlement import LEASE_MICROSECONDS
from gateway.payments.x402.tables import X402Payment
from tests.fakes.evm.chain import USDC
from tests.gateway import JOB_SECONDS
from tests.payments.test_x402 import DOLLAR, TREASURY, Till
from tests.payments.test_x402 import served as served
from tests.payments.test_x402 import till as till

pytestmark = pytest.mark.anyio
CLASH = {
    True: (
        """CREATE FUNCTION clash() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$""",
        """CREATE TRIGGER clash BEFORE UPDATE ON x402_payment FOR EACH ROW
        WHEN (new.state = 'credited' AND new.checkout_id = '{}') EXECUTE FUNCTION clash()""",
    ),
    False: (
        """CREATE TRIGGER clash BEFORE UPDATE ON x402_payment
        WHEN new.state = 'credited' AND new.checkout_id = '{}'
        BEGIN SELECT RAISE(ABORT, 'database is locked'); END""",
    ),
}


@pytest.mark.promise("payments: x402-settled-again")
async def test_a_turn_that_took_too_long_does_not_end_that_of_another(till: Till) -> None:
    till.facilitator.mood = "slow"
    first = asyncio.create_task(till.request_purchase(await till.sign_payment()))
    await wait_for_settle_calls(till, 1)
    await till.clock.advance(till.shop.database, LEASE_MICROSECONDS + SECOND)
    second = asyncio.create_task(till.sweep_payments())
    await wait_for_settle_calls(till, 2)
    till.facilitator.slow_gates.pop(0).set()  # the first has no answer
    await first
    till.facilitator.mood = "down"
    await till.sweep_payments()
    assert till.facilitator.settle_requests == 2
    till.facilitator.slow_gates.pop(0).set()
    await second


@pytest.mark.promise("payments: x402-settled-again")
async def test_who_is_stopped_while_he_settles_leaves_his_turn_until_it_is_over(
    till: Till,
) -> None:
    till.facilitator.mood = "slow"
    first = asyncio.create_task(till.request_purchase(await till.sign_payment()))
    await wait_for_settle_calls(till, 1)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    till.facilitator.mood = "good"
    await till.sweep_payments()
    assert (till.facilitator.settle_requests, await till.get_available_dollars()) == (1, 0)
    till.facilitator.slow_gates.pop(0).set()
    await till.clock.advance(till.shop.database, LEASE_MICROSECONDS + SECOND)
    await till.sweep_payments()
    assert (till.facilitator.settle_requests, await till.get_available_dollars()) == (2, 26)
    assert till.node.chain.get_balance(USDC, TREASURY) == 25 * DOLLAR


@pytest.mark.promise("payments: x402-unknown-is-pending")
async def test_a_clash_over_one_payment_leaves_the_others_their_round(till: Till) -> None:
    till.facilitator.mood = "stalled"
    for _ in range(3):
        assert (await till.request_purchase(await till.sign_payment())).status == 202
    till.facilitator.release_stalled()
    database = till.shop.database
    clashing = (await list_payments(till))[0].checkout_id
    async with database.connect() as connection:
        for each in CLASH[database.is_postgres]:
            await connection.exec_driver_sql(each.format(clashing))
        await connection.commit()
    await till.clock.advance(database, HOUR)
    await till.sweep_payments()
    assert await till.get_available_dollars() == 52
    assert [each.header for each in await list_payments(till)] == [None] * 3
    async with database.connect() as connection:
        on = " ON x402_payment" if database.is_postgres else ""
        await connection.exec_driver_sql(f"DROP TRIGGER clash{on}")
        await connection.commit()
    await till.sweep_payments()
    assert await till.get_available_dollars() == 78


async def list_payments(till: Till) -> list[X402Payment]:
    async with till.shop.database.read() as snapshot:
        return list(await snapshot.scalars(select(X402Payment)))


async def wait_for_settle_calls(till: Till, times: int) -> None:
    """Wait until the facilitator was asked so many times."""
    async with asyncio.timeout(JOB_SECONDS):
        while till.facilitator.settle_requests < times:  # noqa: ASYNC110 - it serves from another thread
            await asyncio.sleep(0.01)
