"""Turns of settling an x402 payment: each process ends its own only."""

import asyncio
from contextlib import suppress

import pytest

from gateway.kit.clock import SECOND
from gateway.payments.x402.settling import TURN
from tests.fakes.evm.chain import USDC
from tests.gateway import JOB_SECONDS
from tests.payments.test_x402 import DOLLAR, TREASURY, Till
from tests.payments.test_x402 import served as served
from tests.payments.test_x402 import till as till

pytestmark = pytest.mark.anyio


@pytest.mark.promise("payments: x402-settled-again")
async def test_a_turn_that_took_too_long_does_not_end_that_of_another(till: Till) -> None:
    till.facilitator.mood = "slow"
    first = asyncio.create_task(till.ask(await till.signed()))
    await asked(till, 1)
    await till.clock.forward(till.shop.database, TURN + SECOND)
    second = asyncio.create_task(till.sweep())
    await asked(till, 2)
    till.facilitator.slow.pop(0).set()  # the first has no answer
    await first
    till.facilitator.mood = "down"
    await till.sweep()
    assert till.facilitator.asked == 2
    till.facilitator.slow.pop(0).set()
    await second


@pytest.mark.promise("payments: x402-settled-again")
async def test_who_is_stopped_while_he_settles_leaves_his_turn_until_it_is_over(
    till: Till,
) -> None:
    till.facilitator.mood = "slow"
    first = asyncio.create_task(till.ask(await till.signed()))
    await asked(till, 1)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    till.facilitator.mood = "good"
    await till.sweep()
    assert (till.facilitator.asked, await till.dollars()) == (1, 0)
    till.facilitator.slow.pop(0).set()
    await till.clock.forward(till.shop.database, TURN + SECOND)
    await till.sweep()
    assert (till.facilitator.asked, await till.dollars()) == (2, 26)
    assert till.node.chain.balance(USDC, TREASURY) == 25 * DOLLAR


async def asked(till: Till, times: int) -> None:
    """Wait until the facilitator was asked so many times."""
    async with asyncio.timeout(JOB_SECONDS):
        while till.facilitator.asked < times:  # noqa: ASYNC110 - it serves from another thread
            await asyncio.sleep(0.01)
