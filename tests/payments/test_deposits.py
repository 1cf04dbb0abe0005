"""USDC deposits: what the chain shows is credited, as it came, once; what it undoes is undone."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.operation import Caller
from gateway.kit.outgoing.bounded_client import AnswerLimits
from gateway.payments.checkouts.checkout_rows import CheckoutRequest
from gateway.payments.onchain import chain_watcher
from gateway.payments.onchain import deposit_checkouts as crypto_checkouts
from gateway.payments.onchain.chain import Chain
from gateway.payments.onchain.deposits import list_deposits
from gateway.payments.onchain.provider import build_chain
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout, Purchase
from gateway.payments.usdc import rpc as evm_rpc
from gateway.payments.usdc.networks import build_rpc
from tests.databases import MovedClock
from tests.fakes.evm.api import ChainNode
from tests.fakes.evm.chain import OTHER_TOKEN, RICH_ADDRESS, TokenTransfer
from tests.fakes.evm.chain import Chain as FakeChain
from tests.fakes.evm.serving import serve_node
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, NewBuyer
from tests.payments.wallets import XPUB, derive_private_address

pytestmark = pytest.mark.anyio
DOLLAR, DEPTH = 1_000_000, 3


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, ChainNode]]:
    with serve_node(FakeChain()) as one:
        yield one


@dataclass
class Desk:
    """A buyer who pays in USDC, the chain, and whoever reads it."""

    shop: Shop
    buyer: Buyer
    node: ChainNode
    clock: MovedClock

    @property
    def chain(self) -> FakeChain:
        return self.node.chain

    async def open_checkout(self, code: str = "studio_2500") -> tuple[str, str]:
        """Open a checkout; return its id and its address."""
        caller = Caller(
            account_id=self.buyer.account_id, ledger_account=self.buyer.ledger_account, book="test",
            key_id="key_x", scopes=frozenset({"billing"}),
        )  # fmt: skip
        wanted = CheckoutRequest(
            package=self.shop.get_package(code), return_path="/", email=None,
            idempotency_key=None, request_hash=b"",
        )  # fmt: skip
        async with self.shop.database.write() as session:
            opened = await crypto_checkouts.add_deposit_checkout(session, self.shop, caller, wanted)
        return opened.checkout.id, opened.address

    async def mine_and_watch(self, blocks: int = 0) -> None:
        """Mine some blocks, then read the chain."""
        self.chain.mine(blocks)
        await chain_watcher.watch_chains(self.shop)

    async def move_time(self, microseconds: int) -> None:
        """Let time go by, here and on the chain."""
        await self.clock.advance(self.shop.database, microseconds)
        self.chain.offset_seconds += microseconds // SECOND
        self.chain.mine()

    async def load_state(self, checkout_id: str) -> str:
        async with self.shop.database.read() as snapshot:
            return (await snapshot.get_one(Checkout, checkout_id)).state

    async def list_deposits(self, checkout_id: str) -> list[tuple[str, int]]:
        async with self.shop.database.read() as snapshot:
            rows = await list_deposits(snapshot, checkout_id)
        return [(row.state, row.amount_microusd) for row in rows]

    async def get_available_dollars(self) -> float:
        return (await self.buyer.get_balance()).available_microusd / DOLLAR

    def build_twin_shop(self) -> Shop:
        """Return the shop of another process."""
        return replace(self.shop, providers=(open_chain(self.node_url, "twin"),))

    node_url: str = ""


def open_chain(url: str, holder: str = "one") -> Chain:
    found = build_chain("test", XPUB, build_rpc("test", url), DEPTH, holder)
    assert found is not None
    return found


@pytest.fixture
async def desk(
    shop: Shop, new_buyer: NewBuyer, clock: MovedClock, served: tuple[str, ChainNode]
) -> AsyncIterator[Desk]:
    url, node = served
    node.chain, node.offline, node.unindexed = FakeChain(), False, set()
    node.max_log_blocks, node.max_batch_calls = 10_000, 1_000
    selling = replace(shop, providers=(open_chain(url),))
    found = Desk(selling, await new_buyer(), node, clock, url)
    await found.mine_and_watch()
    yield found
    await assert_sound(shop.database)
    await selling.close()


@pytest.mark.promise("payments: deposits-once")
async def test_a_deposit_is_shown_at_once_and_credited_when_it_is_deep_enough(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    assert (await desk.load_state(checkout), await desk.list_deposits(checkout)) == ("open", [])
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH - 1)
    assert await desk.list_deposits(checkout) == [("seen", 25 * DOLLAR)]
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("seen", 0)
    for _ in range(3):
        await desk.mine_and_watch(1)
        assert (await desk.load_state(checkout), await desk.get_available_dollars()) == (
            "credited",
            26,
        )


async def test_parts_add_up_and_the_bonus_comes_with_what_fills_the_price(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    for dollars, after in ((10, 10), (14, 24), (1, 26), (5, 31)):
        desk.chain.send_transfers(TokenTransfer(address, dollars * DOLLAR))
        await desk.mine_and_watch(DEPTH)
        assert await desk.get_available_dollars() == after
    assert await desk.load_state(checkout) == "credited"


async def test_the_address_that_x402_is_paid_to_is_given_to_no_checkout(desk: Desk) -> None:
    _, first = await desk.open_checkout()
    second, third = (derive_private_address(number) for number in (1, 2))
    assert first == derive_private_address(0)
    chain = desk.shop.get_provider(Chain, "test")
    desk.shop = replace(desk.shop, providers=(replace(chain, reserved_address=second.lower()),))
    assert (await desk.open_checkout())[1] == third


async def test_one_transaction_may_pay_twice(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(
        TokenTransfer(address, 20 * DOLLAR),
        TokenTransfer(RICH_ADDRESS, 1),
        TokenTransfer(address, 5 * DOLLAR),
    )
    await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 26
    assert await desk.load_state(checkout) == "credited"


async def test_what_comes_late_is_credited_without_a_bonus(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    await desk.move_time(2 * HOUR)
    await desk.mine_and_watch()
    assert await desk.load_state(checkout) == "expired"
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 25)


async def test_what_was_in_a_block_in_time_has_its_bonus_however_late_it_is_read(
    desk: Desk,
) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.chain.mine()
    await desk.move_time(2 * HOUR)
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)


async def test_less_than_the_price_is_credited_and_called_underpaid(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 24 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("seen", 24)
    await desk.move_time(2 * HOUR)
    await desk.mine_and_watch()
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == (
        "underpaid",
        24,
    )


async def test_less_than_ten_cents_waits_for_more(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, DOLLAR // 20))
    await desk.mine_and_watch(DEPTH)
    assert (await desk.list_deposits(checkout), await desk.get_available_dollars()) == (
        [("seen", 50_000)],
        0,
    )
    desk.chain.send_transfers(TokenTransfer(address, DOLLAR // 20))
    await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 0.1


async def test_what_is_not_usdc_to_an_address_of_ours_is_nothing(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR, token=OTHER_TOKEN))
    desk.chain.send_transfers(TokenTransfer(derive_private_address(10_000), 25 * DOLLAR))
    desk.chain.send_transfers(TokenTransfer(address, 0))
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR), fails=True)
    desk.chain.send_transfers(
        TokenTransfer(address, 25 * DOLLAR, sender="0x" + "11" * 20)
    )  # who has nothing
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.list_deposits(checkout)) == ("open", [])


@pytest.mark.promise("payments: deposits-undone")
async def test_what_the_chain_undoes_before_it_is_deep_is_never_credited(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH - 1)
    desk.chain.reorganise(DEPTH - 1, keep=False)
    await desk.mine_and_watch(DEPTH)
    assert await desk.list_deposits(checkout) == [("orphaned", 25 * DOLLAR)]
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("open", 0)


async def test_what_comes_back_in_another_block_is_credited_once(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH - 1)
    desk.chain.reorganise(
        DEPTH - 1, first=[TokenTransfer(RICH_ADDRESS, 1)]
    )  # its event has another index now
    await desk.mine_and_watch()
    assert await desk.list_deposits(checkout) in (
        [("seen", 25 * DOLLAR)],
        [("credited", 25 * DOLLAR)],
    )
    await desk.mine_and_watch(DEPTH)
    desk.chain.reorganise(DEPTH + 2, first=[TokenTransfer(RICH_ADDRESS, 1)])
    await desk.mine_and_watch(DEPTH)
    assert await desk.list_deposits(checkout) == [("credited", 25 * DOLLAR)]
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)


@pytest.mark.promise("payments: deposits-undone")
async def test_a_credited_deposit_that_does_not_come_back_is_taken_back(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    await desk.mine_and_watch(DEPTH)
    assert await desk.get_available_dollars() == 26
    desk.chain.reorganise(DEPTH, keep=False)
    await desk.mine_and_watch()
    await desk.mine_and_watch(DEPTH)
    assert await desk.list_deposits(checkout) == [("reversed", 25 * DOLLAR)]
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("open", 0)


async def test_a_node_that_is_away_or_takes_few_blocks_costs_nothing(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.node.offline = True
    await desk.mine_and_watch(300)
    desk.node.offline, desk.node.max_log_blocks = False, 7
    await desk.mine_and_watch()
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)


async def test_receipts_that_are_too_large_for_one_answer_hold_up_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evm_rpc, "LIMITS", AnswerLimits(max_bytes=40_000, seconds=10))
    desk.shop = narrow = replace(desk.shop, providers=(open_chain(desk.node_url),))
    checkout, address = await desk.open_checkout()
    for dollars in (5, 20):
        desk.chain.send_transfers(
            *(TokenTransfer(RICH_ADDRESS, 1) for _ in range(40)),
            TokenTransfer(address, dollars * DOLLAR),
        )
    await desk.mine_and_watch(DEPTH)
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("credited", 26)
    await narrow.close()


async def test_a_node_of_another_chain_is_not_believed(desk: Desk) -> None:
    checkout, address = await desk.open_checkout()
    other = desk.build_twin_shop()
    desk.chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
    desk.chain.mine(DEPTH)
    desk.chain.chain_id = 1
    await desk.move_time(31_000_000)
    await chain_watcher.watch_chains(other)
    desk.chain.chain_id = 84532
    assert (await desk.load_state(checkout), await desk.get_available_dollars()) == ("open", 0)
    await other.close()


async def test_every_checkout_has_its_own_address_of_the_wallet(desk: Desk) -> None:
    found = [(await desk.open_checkout())[1] for _ in range(3)]
    assert found == [derive_private_address(position) for position in range(3)]


async def test_each_deposit_has_a_receipt_that_names_its_transaction(desk: Desk) -> None:
    _, address = await desk.open_checkout()
    sent = desk.chain.send_transfers(
        TokenTransfer(RICH_ADDRESS, 1), TokenTransfer(address, 7 * DOLLAR)
    )
    await desk.mine_and_watch(DEPTH)
    async with desk.shop.database.read() as snapshot:
        (purchase,) = (await snapshot.scalars(select(Purchase))).all()
    assert (purchase.provider, purchase.natural_key) == ("onchain", f"evm:84532:{sent}:1")
    assert (purchase.paid_microusd, purchase.bonus_microusd) == (7 * DOLLAR, 0)
    assert purchase.receipt_number == 1
