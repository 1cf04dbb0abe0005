"""Nodes as they are: they limit, lag and stand still; no deposit is lost, and none is asked for."""

from dataclasses import replace

import pytest

from gateway.kit.clock import HOUR, MINUTE
from gateway.kit.telemetry.metrics import REGISTRY
from gateway.ledger.accounts.owners import get_account_number
from gateway.payments.checkouts.checkout_rows import CheckoutRequest
from gateway.payments.errors import PaymentMethodUnreachable, PaymentProviderError
from gateway.payments.onchain import chain_watcher, deposit_checkouts
from gateway.payments.onchain.provider import build_chain
from gateway.payments.shop import Shop
from gateway.payments.usdc.networks import build_rpc
from tests.fakes.evm.chain import Chain as FakeChain
from tests.fakes.evm.chain import TokenTransfer
from tests.fakes.evm.serving import serve_node
from tests.payments.test_deposit_races import build_caller, claim_deposit
from tests.payments.test_deposits import DEPTH, DOLLAR, Desk
from tests.payments.test_deposits import desk as desk
from tests.payments.test_deposits import served as served
from tests.payments.wallets import XPUB

pytestmark = pytest.mark.anyio


def read_behind_gauge() -> float | None:
    """Return how many blocks the metric says were not read yet."""
    return REGISTRY.get_sample_value("killatamata_chain_blocks_behind", {"book": "test"})


@pytest.mark.promise("payments: deposits-any-node")
@pytest.mark.parametrize("most_calls", [1, 3, 49])
async def test_a_node_that_refuses_large_batches_is_asked_in_smaller_ones(
    desk: Desk, most_calls: int
) -> None:
    checkout, address = await desk.open_checkout()
    desk.node.max_batch_calls = most_calls
    for _ in range(3):
        desk.chain.send_transfers(
            TokenTransfer(address, 10 * DOLLAR), TokenTransfer(address, DOLLAR)
        )
    await desk.mine_and_watch(120)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 34)
    asked = desk.node.refused_batches
    desk.chain.send_transfers(TokenTransfer(address, DOLLAR))
    await desk.mine_and_watch(120)
    assert await desk.get_available_dollars() == 35
    assert desk.node.refused_batches == asked  # it knows by now


async def test_a_chain_is_read_in_steps_and_its_known_blocks_are_not_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_watcher, "BLOCKS_PER_STEP", 3)
    await desk.open_checkout()
    counts = desk.node.request_counts
    searches = counts["eth_getLogs"]
    await desk.mine_and_watch(12)
    assert counts["eth_getLogs"] - searches == 4
    blocks = counts["eth_getBlockByNumber"]
    await desk.mine_and_watch(1)
    assert counts["eth_getBlockByNumber"] - blocks == 4  # the head, the newest known, the new twice


@pytest.mark.promise("payments: deposits-any-node")
async def test_a_deposit_in_a_block_that_the_node_has_not_indexed_yet_is_found_later(
    desk: Desk,
) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.node.unindexed = {desk.chain.head.number + 1}
    await desk.mine_and_watch(20)
    assert (await desk.load_state(checkout), await desk.list_deposits(checkout)) == ("open", [])
    desk.node.unindexed = set()
    await desk.mine_and_watch(1)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)
    await desk.mine_and_watch(1)
    assert await desk.list_deposits(checkout) == [("credited", 25 * DOLLAR)]


@pytest.mark.promise("payments: deposits-none-unread")
async def test_no_deposit_is_asked_for_while_the_chain_is_not_read(desk: Desk) -> None:
    await desk.open_checkout()
    desk.node.max_log_blocks = 0
    await desk.clock.advance(desk.shop.database, 4 * MINUTE)
    await desk.mine_and_watch(7)
    await desk.open_checkout()
    assert read_behind_gauge() == 7
    await desk.clock.advance(desk.shop.database, 2 * MINUTE)
    await desk.mine_and_watch(1)
    with pytest.raises(PaymentMethodUnreachable) as refused:
        await desk.open_checkout()
    assert (refused.value.retryable, read_behind_gauge()) == (True, 8)
    assert "five minutes" in refused.value.detail
    desk.node.max_log_blocks = 10_000
    await desk.mine_and_watch()
    assert read_behind_gauge() == 0
    assert (await desk.open_checkout())[1]


async def test_a_node_that_stands_still_is_not_believed_for_long(desk: Desk) -> None:
    await desk.open_checkout()
    await desk.clock.advance(desk.shop.database, 6 * MINUTE)
    await desk.mine_and_watch()
    with pytest.raises(PaymentMethodUnreachable):
        await desk.open_checkout()
    await desk.mine_and_watch(1)
    assert (await desk.open_checkout())[1]


@pytest.mark.promise("payments: claims-of-unread-chains")
async def test_a_checkout_is_over_only_when_the_chain_was_read_to_its_end(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.chain.mine()
    await desk.move_time(2 * HOUR)  # nobody has read that block
    assert await claim_deposit(desk, checkoutId=checkout) == "open"
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)
    late, _ = await desk.open_checkout()
    await desk.move_time(2 * HOUR)
    await desk.mine_and_watch()
    assert await claim_deposit(desk, checkoutId=late) == "expired"


async def test_a_claim_says_nothing_of_a_chain_that_is_read_far_behind(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.chain.mine(200)
    with pytest.raises(PaymentProviderError):
        await claim_deposit(desk, checkoutId=checkout)
    assert await claim_deposit(desk, transaction=sent) == "credited"
    assert await claim_deposit(desk, checkoutId=checkout) == "credited"
    assert await desk.get_available_dollars() == 26


async def test_what_one_chain_shows_ends_no_checkout_of_another(desk: Desk, shop: Shop) -> None:
    other = FakeChain(chain_id=8453)
    with serve_node(other) as (url, node):
        live = build_chain("live", XPUB, build_rpc("live", url), DEPTH, "one")
        assert live is not None
        both = replace(desk.shop, providers=(*desk.shop.providers, live))
        await chain_watcher.watch_chains(both)
        async with shop.database.write() as session:
            account = await get_account_number(session, desk.buyer.account_id, "live")
            caller = replace(build_caller(desk), book="live", ledger_account=account)
            wanted = CheckoutRequest(
                package=shop.get_package("pocket_100"), return_path="/", email=None,
                idempotency_key=None, request_hash=b"",
            )  # fmt: skip
            opened = await deposit_checkouts.add_deposit_checkout(session, both, caller, wanted)
        node.offline = True
        await desk.move_time(2 * HOUR)
        await chain_watcher.watch_chains(both)
        assert await desk.load_state(opened.checkout.id) == "open"
        await live.rpc.close()
