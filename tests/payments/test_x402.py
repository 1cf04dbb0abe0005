"""x402: one authorization, one credit, whatever the facilitator says or loses."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import pytest
from eth_account import Account
from sqlalchemy import select
from x402 import x402Client
from x402.http.utils import (
    decode_payment_required_header,
    decode_payment_signature_header,
    encode_payment_signature_header,
)
from x402.mechanisms.evm.exact import ExactEvmScheme
from x402.mechanisms.evm.exact.v1.client import ExactEvmSchemeV1
from x402.schemas import PaymentRequired as Asked
from x402.schemas.v1 import PaymentRequiredV1

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.errors import PaymentRequired, Problem
from gateway.kit.operation import Call, Caller, Reply
from gateway.ledger.operations import BalanceReader
from gateway.payments.errors import PaymentMethodUnavailable
from gateway.payments.reconciliation.nightly_reconciliation import reconcile_book
from gateway.payments.shop import Shop
from gateway.payments.tables import Purchase, Reversal
from gateway.payments.usdc.networks import build_rpc
from gateway.payments.x402 import x402_sweeps
from gateway.payments.x402.errors import (
    AuthorizationAlreadyUsed,
    PaymentHeaderInvalid,
    PaymentInProgress,
    PaymentInvalid,
    PaymentUsedByOtherAccount,
    SettlementFailed,
)
from gateway.payments.x402.operations import buy_package
from gateway.payments.x402.provider import build_x402
from gateway.payments.x402.schemas import PurchaseByX402, X402Purchase
from gateway.payments.x402.states import X402State
from tests.databases import MovedClock
from tests.fakes.evm.api import ChainNode
from tests.fakes.evm.chain import USDC, Chain, TokenTransfer
from tests.fakes.evm.facilitator import Facilitator
from tests.fakes.evm.serving import serve_facilitator, serve_node
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, NewBuyer

pytestmark = pytest.mark.anyio
DOLLAR, OLD = 1_000_000, 60
PAYER = Account.from_key("0x" + "5e" * 32)
TREASURY = "0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, ChainNode, str, Facilitator]]:
    chain = Chain()
    with serve_node(chain) as (node_url, node), serve_facilitator(chain) as (url, facilitator):
        yield node_url, node, url, facilitator


@dataclass
class Till:
    """A buyer with a wallet, the gateway's side, and the two it talks to."""

    shop: Shop
    buyer: Buyer
    node: ChainNode
    facilitator: Facilitator
    clock: MovedClock

    @property
    def caller(self) -> Caller:
        return Caller(
            account_id=self.buyer.account_id, ledger_account=self.buyer.ledger_account, book="test",
            key_id="key_x", scopes=frozenset({"billing"}),
        )  # fmt: skip

    async def request_purchase(
        self,
        header: str | None,
        code: str = "studio_2500",
        old: bool = False,  # noqa: FBT001, FBT002
    ) -> Reply:
        """Send the request, with a payment or without."""
        name = "x-payment" if old else "payment-signature"
        headers = {} if header is None else {name: header}
        call = Call(request_id="rid", method="POST", path="/", caller=self.caller, headers=headers)
        body = PurchaseByX402.model_validate({"packageCode": code})
        return await buy_package(
            call, self.caller, body, self.shop, BalanceReader(self.shop.database)
        )

    async def fetch_payment_required(self, code: str = "studio_2500") -> Asked:
        """Return what is to be paid."""
        with pytest.raises(PaymentRequired) as refused:
            await self.request_purchase(None, code)
        told = decode_payment_required_header(refused.value.headers["PAYMENT-REQUIRED"])
        assert isinstance(told, Asked)
        return told

    async def sign_payment(self, code: str = "studio_2500", **changes: str) -> str:
        """Sign a payment as the stock client does, for changed requirements if wanted."""
        told = await self.fetch_payment_required(code)
        told.accepts[0] = told.accepts[0].model_copy(update=changes)
        client = x402Client()
        client.register("eip155:*", ExactEvmScheme(PAYER))
        client.set_spend_controls(False)
        return encode_payment_signature_header(await client.create_payment_payload(told))

    async def get_available_dollars(self) -> float:
        return (await self.buyer.get_balance()).available_microusd / DOLLAR

    async def sweep_payments(self) -> None:
        await x402_sweeps.sweep_x402_payments(self.shop)


def read_purchase(reply: Reply) -> X402Purchase:
    assert isinstance(reply.body, X402Purchase)
    return reply.body


@pytest.fixture
async def till(
    shop: Shop,
    new_buyer: NewBuyer,
    clock: MovedClock,
    served: tuple[str, ChainNode, str, Facilitator],
) -> AsyncIterator[Till]:
    node_url, node, url, facilitator = served
    node.chain = facilitator.chain = chain = Chain()
    node.offline, node.unindexed = False, set()
    facilitator.mood, facilitator.stalled_transactions, facilitator.slow_gates = "good", [], []
    facilitator.settle_requests = 0
    chain.send_transfers(TokenTransfer(PAYER.address.lower(), 1_000 * DOLLAR))
    chain.mine()
    at = build_x402(
        "test", pay_to=TREASURY, facilitator=url, token="t", rpc=build_rpc("test", node_url),
        site="http://shop.test", confirmations=3,
    )  # fmt: skip
    assert at is not None
    selling = replace(shop, providers=(at,))
    found = Till(selling, await new_buyer(), node, facilitator, clock)
    yield found
    await assert_sound(shop.database)
    received = chain.get_balance(USDC, TREASURY)
    assert await sum_credited(selling) <= received
    await selling.close()


async def sum_credited(shop: Shop) -> int:
    """Return what is credited of x402 payments, less what the chain took back."""
    async with shop.database.read() as snapshot:
        undone = await snapshot.scalars(select(Reversal).where(Reversal.state == "taken"))
        back = sum(each.amount_microusd for each in undone)
    return sum([each.paid_microusd for each in await list_purchases(shop)]) - back


def build_payment_move(nonce: str | None) -> TokenTransfer:
    """Return the transfer that pays for the package of $25."""
    return TokenTransfer(TREASURY.lower(), 25 * DOLLAR, sender=PAYER.address.lower(), nonce=nonce)


def read_nonce(header: str) -> str:
    """Return the nonce of what a payer signed."""
    nonce: str = decode_payment_signature_header(header).payload["authorization"]["nonce"]
    return nonce


async def list_purchases(shop: Shop) -> list[Purchase]:
    async with shop.database.read() as snapshot:
        return list(await snapshot.scalars(select(Purchase)))


@pytest.mark.promise("payments: x402-once")
async def test_a_payment_buys_a_package_once_however_often_it_is_sent(till: Till) -> None:
    header = await till.sign_payment()
    first = await till.request_purchase(header)
    shown = read_purchase(first)
    assert (shown.state, shown.balance_usd, shown.replayed) == ("credited", "26.00", False)
    assert "PAYMENT-RESPONSE" in first.headers
    again = read_purchase(await till.request_purchase(header))
    assert again.replayed
    assert (again.purchase_id, again.receipt_number) == (shown.purchase_id, shown.receipt_number)
    assert await till.get_available_dollars() == 26
    assert till.node.chain.get_balance(USDC, TREASURY) == 25 * DOLLAR


async def test_a_client_of_version_1_reads_the_body_and_pays(till: Till) -> None:
    with pytest.raises(PaymentRequired) as refused:
        await till.request_purchase(None)
    told = PaymentRequiredV1.model_validate(refused.value.members)
    client = x402Client()
    client.register_v1("base-sepolia", ExactEvmSchemeV1(PAYER))
    client.set_spend_controls(False)
    header = encode_payment_signature_header(await client.create_payment_payload(told))
    reply = await till.request_purchase(header, old=True)
    assert read_purchase(reply).balance_usd == "26.00"
    assert "X-PAYMENT-RESPONSE" in reply.headers


@pytest.mark.promise("payments: x402-once")
async def test_one_payment_sent_by_many_at_once_is_settled_and_credited_once(till: Till) -> None:
    header = await till.sign_payment()
    answers = await asyncio.gather(
        *(till.request_purchase(header) for _ in range(6)), return_exceptions=True
    )
    good = [each for each in answers if isinstance(each, Reply)]
    refused = [each for each in answers if isinstance(each, Problem)]
    assert good
    assert len(good) + len(refused) == 6
    assert {type(each) for each in refused} <= {PaymentInProgress}
    await till.sweep_payments()
    assert await till.get_available_dollars() == 26
    assert till.node.chain.get_balance(USDC, TREASURY) == 25 * DOLLAR


async def test_a_certain_refusal_is_402_and_asks_for_a_new_payment(till: Till) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "refusing"
    with pytest.raises(SettlementFailed) as refused:
        await till.request_purchase(header)
    assert refused.value.headers["PAYMENT-REQUIRED"]
    assert refused.value.members["x402Version"] == 1
    till.facilitator.mood = "good"
    assert (
        read_purchase(await till.request_purchase(await till.sign_payment())).balance_usd == "26.00"
    )


async def test_another_account_gets_nothing_for_it(till: Till, new_buyer: NewBuyer) -> None:
    header = await till.sign_payment()
    await till.request_purchase(header)
    till.buyer = await new_buyer()
    with pytest.raises(PaymentUsedByOtherAccount):
        await till.request_purchase(header)
    assert await till.get_available_dollars() == 0


@pytest.mark.promise("payments: x402-front-run")
async def test_what_somebody_else_broadcast_is_credited_to_who_presents_it_first(
    till: Till, new_buyer: NewBuyer
) -> None:
    header = await till.sign_payment()
    till.node.chain.send_transfers(build_payment_move(read_nonce(header)))
    till.node.chain.mine(OLD)
    shown = read_purchase(await till.request_purchase(header))
    assert (shown.state, shown.balance_usd, shown.replayed) == ("credited", "26.00", False)
    assert read_purchase(await till.request_purchase(header)).replayed
    assert till.facilitator.settle_requests == 0
    till.buyer = await new_buyer()
    with pytest.raises(PaymentUsedByOtherAccount):
        await till.request_purchase(header)
    assert await till.get_available_dollars() == 0


@pytest.mark.promise("payments: x402-front-run")
async def test_what_somebody_else_broadcast_and_many_present_at_once_is_credited_once(
    till: Till, new_buyer: NewBuyer
) -> None:
    header = await till.sign_payment()
    till.node.chain.send_transfers(build_payment_move(read_nonce(header)))
    till.node.chain.mine()
    tills = [replace(till, buyer=await new_buyer()) for _ in range(4)]
    answers = await asyncio.gather(
        *(each.request_purchase(header) for each in tills), return_exceptions=True
    )
    good = [each for each in answers if isinstance(each, Reply)]
    refused = {type(each) for each in answers if isinstance(each, Problem)}
    assert (len(good), len(answers)) == (1, 4)
    assert refused <= {PaymentInProgress, PaymentUsedByOtherAccount}
    assert sorted([await each.get_available_dollars() for each in tills]) == [0, 0, 0, 26]


async def test_an_authorization_that_was_used_for_something_else_is_never_credited(
    till: Till,
) -> None:
    payer = PAYER.address.lower()
    for move in (
        TokenTransfer(payer, 0, sender=payer),
        TokenTransfer(TREASURY.lower(), DOLLAR, sender=payer),
    ):
        header = await till.sign_payment()
        till.node.chain.send_transfers(replace(move, nonce=read_nonce(header)))
        till.node.chain.mine()
        with pytest.raises(AuthorizationAlreadyUsed):
            await till.request_purchase(header)
    assert await till.get_available_dollars() == 0


async def test_a_payment_for_something_else_is_refused_before_it_is_settled(till: Till) -> None:
    for changes in (
        {"amount": "24999999"},
        {"pay_to": "0x" + "bb" * 20},
        {"asset": "0x" + "70" * 20},
        {"network": "eip155:8453"},
    ):
        header = await till.sign_payment(**changes)
        with pytest.raises(PaymentInvalid):
            await till.request_purchase(header)
    assert till.node.chain.get_balance(USDC, TREASURY) == 0


async def test_a_payment_of_another_package_or_time_is_refused(till: Till) -> None:
    header = await till.sign_payment("pocket_100")
    with pytest.raises(PaymentInvalid):
        await till.request_purchase(header, "studio_2500")
    await till.clock.advance(till.shop.database, 2 * HOUR)
    with pytest.raises(PaymentInvalid):
        await till.request_purchase(header, "pocket_100")


async def test_a_header_that_is_no_payment_says_so(till: Till) -> None:
    for header in ("x", "e30=", "W10=", "bnVsbA==", "A" * 9_000):
        with pytest.raises(PaymentHeaderInvalid):
            await till.request_purchase(header)
    with pytest.raises(PaymentRequired):
        await till.request_purchase("")


async def test_without_the_facilitator_or_the_chain_nothing_is_paid(till: Till) -> None:
    header = await till.sign_payment()
    till.facilitator.mood = "dead"
    with pytest.raises(PaymentMethodUnavailable):
        await till.request_purchase(header)
    till.facilitator.mood, till.node.offline = "good", True
    with pytest.raises(PaymentMethodUnavailable):
        await till.request_purchase(header)
    till.node.offline = False
    assert till.node.chain.get_balance(USDC, TREASURY) == 0
    assert read_purchase(await till.request_purchase(header)).state == X402State.CREDITED


@pytest.mark.promise("payments: reconcile")
async def test_a_payment_that_is_missing_in_the_books_is_named_and_credited_when_asked(
    till: Till,
) -> None:
    assert (
        read_purchase(await till.request_purchase(await till.sign_payment())).state
        == X402State.CREDITED
    )
    till.facilitator.mood = "stalled"
    assert (
        await till.request_purchase(await till.sign_payment("pocket_100"), "pocket_100")
    ).status == 202
    till.facilitator.release_stalled()
    till.node.chain.mine(OLD)
    report = await reconcile_book(till.shop, "test", "x402")
    assert (report.provider_microusd, report.books_microusd) == (26 * DOLLAR, 25 * DOLLAR)
    assert [each["providerUsd"] for each in report.differences] == ["1.00"]
    assert await till.get_available_dollars() == 26
    report = await reconcile_book(till.shop, "test", "x402", apply=True)
    assert [each["outcome"] for each in report.differences] == ["credited"]
    assert await till.get_available_dollars() == 27
    assert (await reconcile_book(till.shop, "test", "x402")).differences == []


async def test_a_payment_that_was_given_up_and_is_there_is_credited_when_asked(till: Till) -> None:
    till.facilitator.mood = "stalled"
    await till.request_purchase(await till.sign_payment())
    till.node.chain.offset_seconds = HOUR // SECOND
    till.node.chain.mine()
    await till.sweep_payments()
    assert await till.get_available_dollars() == 0
    till.facilitator.release_stalled()
    till.node.chain.mine(OLD)
    await till.sweep_payments()
    report = await reconcile_book(till.shop, "test", "x402", apply=True)
    assert [each["outcome"] for each in report.differences] == ["credited"]
    assert await till.get_available_dollars() == 26
    till.node.chain.offset_seconds = 0


async def test_a_payment_that_this_gateway_did_not_settle_is_named_and_never_credited(
    till: Till,
) -> None:
    sent = till.node.chain.send_transfers(build_payment_move(f"0x{5:064x}"))
    till.node.chain.send_transfers(build_payment_move(None))  # no x402
    till.node.chain.mine(OLD)
    report = await reconcile_book(till.shop, "test", "x402", apply=True)
    (line,) = report.differences
    assert (line["transaction"], line["checkoutId"], line["booksUsd"]) == (sent, None, "0.00")
    assert await till.get_available_dollars() == 0


async def test_a_payment_that_was_credited_and_is_not_there_is_named(till: Till) -> None:
    await till.request_purchase(await till.sign_payment())
    till.node.chain.mine(OLD)
    report = await reconcile_book(till.shop, "test", "x402")
    assert (report.provider_microusd, report.books_microusd) == (25 * DOLLAR, 25 * DOLLAR)
    till.node.chain.reorganise(OLD + 1, keep=False)
    report = await reconcile_book(till.shop, "test", "x402", apply=True)
    assert [(each["providerUsd"], each["booksUsd"]) for each in report.differences] == [
        ("0.00", "25.00")
    ]
    # for the sum at the end
    till.node.chain.send_transfers(TokenTransfer(TREASURY.lower(), 25 * DOLLAR))
    till.node.chain.mine()
