"""Deposits under twins, turns and crashes of luck: the books end equal to the chain."""

import asyncio
import random

import pytest

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.errors import NotFound
from gateway.kit.operation import Caller
from gateway.payments.onchain import chain_watcher
from gateway.payments.onchain import deposit_claims as crypto_claims
from gateway.payments.usdc.schemas import ClaimCrypto
from tests.fakes.evm.chain import USDC, TokenTransfer
from tests.ledger.bank import assert_sound
from tests.payments.conftest import NewBuyer
from tests.payments.test_deposits import DEPTH, DOLLAR, Desk
from tests.payments.test_deposits import desk as desk
from tests.payments.test_deposits import served as served
from tests.statements import recorded_statements

pytestmark = pytest.mark.anyio


def build_caller(desk: Desk) -> Caller:
    return Caller(
        account_id=desk.buyer.account_id, ledger_account=desk.buyer.ledger_account, book="test",
        key_id="key_x", scopes=frozenset({"billing"}),
    )  # fmt: skip


async def claim_deposit(desk: Desk, **wanted: str) -> str:
    asked = ClaimCrypto.model_validate(wanted)
    return (
        await crypto_claims.settle_deposit_claim(desk.shop, build_caller(desk), asked)
    ).checkout.state


@pytest.mark.promise("payments: deposits-once")
async def test_twins_and_claims_at_once_credit_one_deposit_once(desk: Desk) -> None:
    twin = desk.build_twin_shop()
    checkout, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH - 1)
    desk.chain.mine()
    await asyncio.gather(
        chain_watcher.watch_chains(desk.shop),
        chain_watcher.watch_chains(twin),
        *(claim_deposit(desk, checkoutId=checkout) for _ in range(3)),
        *(claim_deposit(desk, transaction=sent) for _ in range(3)),
    )
    for each in (desk.shop, twin):  # whoever's turn it is
        await chain_watcher.watch_chains(each)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)
    await twin.close()


async def test_a_twin_reads_on_when_the_other_is_gone(desk: Desk) -> None:
    twin = desk.build_twin_shop()
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.chain.mine(DEPTH)
    await desk.clock.advance(desk.shop.database, -HOUR)  # however slow this machine is
    await chain_watcher.watch_chains(twin)
    assert await desk.load_state(checkout) == "open"  # it is not its turn
    await desk.clock.advance(desk.shop.database, HOUR + 31 * SECOND)
    await chain_watcher.watch_chains(twin)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)
    await twin.close()


async def test_a_transaction_that_nobody_watches_any_more_is_claimed_by_its_hash(
    desk: Desk,
) -> None:
    checkout, address = await desk.open_checkout()
    await desk.move_time(100 * 24 * 3600 * 1_000_000)
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    assert await desk.list_deposits(checkout) == []
    assert await claim_deposit(desk, transaction=sent) == "credited"
    assert await desk.get_available_dollars() == 25


async def test_a_transaction_of_somebody_else_is_as_unknown_as_none(
    desk: Desk, new_buyer: NewBuyer
) -> None:
    checkout, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    desk.buyer = await new_buyer()
    for wanted in ({"transaction": sent}, {"checkoutId": checkout}, {"transaction": f"0x{7:064x}"}):
        with pytest.raises(NotFound):
            await claim_deposit(desk, **wanted)
    assert await desk.get_available_dollars() == 0


@pytest.mark.promise("payments: deposits-undone")
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_the_chain_does_the_books_end_as_it_does(desk: Desk, seed: int) -> None:
    luck, twin = random.Random(seed), desk.build_twin_shop()  # noqa: S311 - repeatable
    checkout, address = await desk.open_checkout()
    sent: list[str] = []
    desk.chain.mine(DEPTH)
    for _ in range(20):
        match luck.randrange(6):
            case 0:
                sent.append(
                    desk.chain.send_transfers(TokenTransfer(address, luck.randint(1, 15) * DOLLAR))
                )
            case 1:
                depth = luck.randint(1, min(DEPTH - 1, len(desk.chain.blocks) - 1))
                desk.chain.reorganise(depth, keep=luck.random() < 0.5)
            case 2:
                desk.chain.mine(luck.randint(1, 3))
            case 3 if sent and desk.chain.find_transaction(found := luck.choice(sent)):
                await claim_deposit(desk, transaction=found)
            case 4:
                await asyncio.gather(
                    chain_watcher.watch_chains(desk.shop),
                    chain_watcher.watch_chains(twin),
                    claim_deposit(desk, checkoutId=checkout),
                )
            case _:
                await desk.mine_and_watch(1)
    for _ in range(3):
        desk.chain.mine(DEPTH)
        for each in (desk.shop, twin):  # whoever's turn it is
            await chain_watcher.watch_chains(each)
    there = desk.chain.get_balance(USDC, address)
    bonus = DOLLAR if there >= 25 * DOLLAR else 0
    assert await desk.get_available_dollars() * DOLLAR == there + bonus
    await twin.close()


@pytest.mark.promise("payments: one-lock-order")
async def test_a_settlement_locks_the_counters_after_all_of_its_money_has_moved(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    for dollars in (15, 10):
        desk.chain.send_transfers(TokenTransfer(address, dollars * DOLLAR))
    await desk.mine_and_watch()
    with recorded_statements() as statements:
        await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)
    check_lock_order(statements)
    desk.chain.reorganise(DEPTH + 2, keep=False)
    with recorded_statements() as statements:
        await desk.mine_and_watch(2 * DEPTH)
        await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 0
    check_lock_order(statements)
    await assert_sound(desk.shop.database)


def check_lock_order(statements: list[str]) -> None:
    """Check that a refund or a purchase that holds a ledger account can wait for the counters."""
    money = [number for number, each in enumerate(statements) if "INTO transfer" in each]
    counters = [number for number, each in enumerate(statements) if "receipt_counter" in each]
    assert len(money) > 1
    assert max(money) < min(counters)
