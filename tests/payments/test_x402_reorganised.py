"""x402 payments that were credited, on a chain that turns: watched as deposits are."""

import pytest

from gateway.kit.clock import HOUR, SECOND
from gateway.payments.reconciliation.nightly_reconciliation import reconcile_book
from gateway.payments.x402.errors import SettlementFailed
from gateway.payments.x402.states import X402State
from tests.fakes.evm.chain import USDC
from tests.payments.test_x402 import DOLLAR, OLD, TREASURY, Till, read_purchase
from tests.payments.test_x402 import served as served
from tests.payments.test_x402 import till as till

pytestmark = pytest.mark.anyio


def get_treasury_balance(till: Till) -> int:
    return till.node.chain.get_balance(USDC, TREASURY) // DOLLAR


@pytest.mark.promise("payments: x402-undone")
async def test_a_payment_that_the_chain_undoes_is_settled_again_while_there_is_time(
    till: Till,
) -> None:
    header = await till.sign_payment()
    assert read_purchase(await till.request_purchase(header)).state == X402State.CREDITED
    for _ in range(2):
        till.node.chain.reorganise(1, keep=False)
        assert get_treasury_balance(till) == 0
        await till.sweep_payments()
        assert (get_treasury_balance(till), await till.get_available_dollars()) == (25, 26)
        again = read_purchase(await till.request_purchase(header))
        assert (again.state, again.replayed) == ("credited", True)
        assert till.node.chain.find_transaction(again.transaction or "") is not None


async def test_a_payment_that_moves_to_another_block_stays_as_it_is(till: Till) -> None:
    header = await till.sign_payment()
    await till.request_purchase(header)
    till.node.chain.reorganise(1)
    await till.sweep_payments()
    assert (
        till.facilitator.settle_requests,
        get_treasury_balance(till),
        await till.get_available_dollars(),
    ) == (1, 25, 26)


@pytest.mark.promise("payments: x402-undone")
async def test_a_payment_that_is_gone_for_good_is_taken_back_and_credited_if_it_returns(
    till: Till,
) -> None:
    header = await till.sign_payment()
    sent = read_purchase(await till.request_purchase(header)).transaction or ""
    till.node.chain.reorganise(1, keep=False)
    till.facilitator.mood = "down"
    await till.sweep_payments()
    assert await till.get_available_dollars() == 26  # it may still come
    till.node.chain.offset_seconds = HOUR // SECOND
    till.node.chain.mine()
    await till.sweep_payments()
    assert (get_treasury_balance(till), await till.get_available_dollars()) == (0, 0)
    with pytest.raises(SettlementFailed):
        await till.request_purchase(header)
    till.node.chain.send_again(sent)  # as on the chain that was before
    till.node.chain.mine(OLD)
    report = await reconcile_book(till.shop, "test", "x402", apply=True)
    assert [each["outcome"] for each in report.differences] == ["credited"]
    assert await till.get_available_dollars() == 26
    assert read_purchase(await till.request_purchase(header)).state == X402State.CREDITED
    assert (await reconcile_book(till.shop, "test", "x402")).differences == []
