"""Deposits that a chain undoes after they were credited, and those that come back."""

import asyncio
import random

import pytest

from gateway.ledger.reports.balances import fetch_balances
from gateway.payments.onchain import chain_watcher, deposit_claims
from gateway.payments.usdc.schemas import ClaimCrypto, CryptoClaimed
from tests.fakes.evm.chain import USDC, TokenTransfer
from tests.payments.test_deposit_races import build_caller, claim_deposit
from tests.payments.test_deposits import DEPTH, DOLLAR, Desk
from tests.payments.test_deposits import desk as desk
from tests.payments.test_deposits import served as served

pytestmark = pytest.mark.anyio


async def replace_last_blocks(desk: Desk, blocks: int = DEPTH) -> None:
    """Let the chain undo its newest blocks for good."""
    desk.chain.reorganise(blocks, keep=False)
    await desk.mine_and_watch()
    await desk.mine_and_watch(DEPTH)


async def claim_checkout(desk: Desk, checkout: str) -> CryptoClaimed:
    """Return what a claim says."""
    asked = ClaimCrypto.model_validate({"checkoutId": checkout})
    found = await deposit_claims.settle_deposit_claim(desk.shop, build_caller(desk), asked)
    account = desk.buyer.ledger_account
    return deposit_claims.render_deposit_claim(
        found, (await fetch_balances(desk.shop.database, [account]))[account]
    )


@pytest.mark.promise("payments: deposits-undone")
async def test_a_deposit_that_was_taken_back_and_returns_is_credited_again(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    for _ in range(2):
        assert (await desk.load_state(checkout), await desk.get_available_dollars()) == (
            "credited",
            26,
        )
        await replace_last_blocks(desk, DEPTH + 2)
        assert await desk.list_deposits(checkout) == [("reversed", 25 * DOLLAR)]
        assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("open", 0)
        desk.chain.send_again(sent)
        await desk.mine_and_watch(DEPTH - 1)
        assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("seen", 0)
        await desk.mine_and_watch(1)
    assert await desk.list_deposits(checkout) == [("credited", 25 * DOLLAR)]
    assert await desk.get_available_dollars() == 26


async def test_a_claim_after_a_reversal_says_that_nothing_is_credited(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    done = await claim_checkout(desk, checkout)
    assert (done.state, done.credited_usd, done.bonus_usd) == ("credited", "25.00", "1.00")
    await replace_last_blocks(desk)
    gone = await claim_checkout(desk, checkout)
    assert (gone.state, gone.credited_usd, gone.bonus_usd) == ("open", "0.00", "0.00")
    assert (gone.received_usd, gone.balance_usd) == ("0.00", "0.00")
    assert [each.state for each in gone.deposits] == ["reversed"]
    desk.chain.send_again(sent)
    await desk.mine_and_watch(DEPTH)
    back = await claim_checkout(desk, checkout)
    assert (back.state, back.credited_usd, back.bonus_usd) == ("credited", "25.00", "1.00")


@pytest.mark.promise("payments: deposits-undone")
async def test_the_bonus_goes_to_what_fills_the_price_and_comes_once(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    first = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    await replace_last_blocks(desk)
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)
    desk.chain.send_again(first)
    await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 51


async def test_the_bonus_leaves_with_what_had_filled_the_price(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 15 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    kept = desk.chain.head.number
    second = desk.chain.send_transfers(TokenTransfer(address, 10 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 26
    await replace_last_blocks(desk, desk.chain.head.number - kept)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("seen", 15)
    desk.chain.send_again(second)
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)


@pytest.mark.promise("payments: deposits-undone")
@pytest.mark.parametrize("seed", range(4))
async def test_however_deep_the_chain_turns_the_books_end_as_it_does(desk: Desk, seed: int) -> None:
    luck = random.Random(seed)  # noqa: S311 - repeatable
    checkout, address = await desk.open_checkout()
    twin = desk.build_twin_shop()
    desk.chain.mine(4 * DEPTH)
    await desk.mine_and_watch()
    sent: list[str] = []
    for _ in range(25):
        match luck.randrange(5):
            case 0 | 1:
                sent.append(
                    desk.chain.send_transfers(TokenTransfer(address, luck.randint(5, 15) * DOLLAR))
                )
            case 2:
                desk.chain.reorganise(luck.randint(1, 3 * DEPTH), keep=luck.random() < 0.3)
            case 3 if sent and not desk.chain.find_transaction(away := luck.choice(sent)):
                desk.chain.send_again(away)
            case _:
                desk.chain.mine(luck.randint(1, DEPTH))
        asks = (claim_deposit(desk, checkoutId=checkout) for _ in range(2))
        await asyncio.gather(
            chain_watcher.watch_chains(desk.shop), chain_watcher.watch_chains(twin), *asks
        )
    for _ in range(3):
        await desk.mine_and_watch(DEPTH)
    await twin.close()
    there = desk.chain.get_balance(USDC, address)
    assert await desk.get_available_dollars() * DOLLAR == there + (
        DOLLAR if there >= 25 * DOLLAR else 0
    )
