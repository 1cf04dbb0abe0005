"""What an operator does: pay back, decide, reconcile, with the real SDK against the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY, HOUR, MINUTE
from gateway.kit.database.sessions import Database
from gateway.kit.operation import Caller
from gateway.kit.telemetry.metrics import REGISTRY
from gateway.payments import inbox
from gateway.payments.checkouts import checkout_rows, fulfilment
from gateway.payments.checkouts.checkout_sweeps import sweep_unsettled_checkouts
from gateway.payments.coinbase.wiring import build_coinbase
from gateway.payments.errors import PaymentMethodUnavailable, PaymentProviderError, UnknownPackage
from gateway.payments.operator_payments import decide_checkout, replay_event
from gateway.payments.operator_refunds import OperatorRefusal, RefundRequest, refund_purchase
from gateway.payments.packages import CENT_MICROUSD, Package
from gateway.payments.payment import ProviderRefund, RefundOrder
from gateway.payments.reconciliation.nightly_reconciliation import (
    reconcile_book,
    reconcile_nightly,
    refresh_difference_gauges,
)
from gateway.payments.stripe.client import StripeClient
from gateway.payments.tables import Checkout, Purchase
from tests.databases import MovedClock
from tests.fakes.coinbase import KEY_ID, Coinbase
from tests.fakes.serving import serve_application
from tests.fakes.stripe.client import STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeStandIn, serve_stripe
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer

pytestmark = pytest.mark.anyio
OPERATOR = Actor(kind="operator", id="me")


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture
async def seller(buyer: Buyer, bank: StripeStandIn) -> AsyncIterator[Buyer]:
    """A buyer at a shop that asks the stand-in."""
    at = StripeClient("test", STRIPE_KEY, (STRIPE_WEBHOOK_SECRET,), bank.base)
    buyer.shop = replace(buyer.shop, providers=(at,))
    yield buyer
    await at.close()


async def open_checkout(
    buyer: Buyer, code: str = "studio_2500", provider: str = "stripe"
) -> Checkout:
    caller = Caller(
        account_id=buyer.account_id, ledger_account=buyer.ledger_account, book="test",
        key_id="key_1", scopes=frozenset({"billing"}),
    )  # fmt: skip
    wanted = checkout_rows.CheckoutRequest(
        package=buyer.shop.get_package(code), return_path="/credits/return", email=None,
        idempotency_key=None, request_hash=b"",
    )  # fmt: skip
    return (await checkout_rows.start_hosted_checkout(buyer.shop, caller, wanted, provider))[0]


async def buy_package(buyer: Buyer, bank: StripeStandIn) -> Purchase:
    row = await open_checkout(buyer)
    bank.call_control("pay", session=row.provider_reference)
    await fulfilment.fulfil_checkout(
        buyer.shop, buyer.shop.get_hosted_provider("stripe", "test"), row.provider_reference or ""
    )
    async with buyer.shop.database.read() as snapshot:
        found = await snapshot.scalar(select(Purchase).where(Purchase.checkout_id == row.id))
    assert found is not None
    return found


async def get_available_microusd(buyer: Buyer) -> int:
    return (await buyer.get_balance()).available_microusd


async def test_what_costs_less_than_a_card_is_charged_is_not_sold_by_card(seller: Buyer) -> None:
    cheap = Package(
        code="cheap",
        name="C",
        price_microusd=40 * CENT_MICROUSD,
        credit_microusd=40 * CENT_MICROUSD,
    )
    seller.shop = replace(seller.shop, packages=(cheap,))
    with pytest.raises(UnknownPackage):
        await open_checkout(seller, "cheap")


async def test_a_lost_webhook_is_credited_by_the_sweep(
    seller: Buyer, bank: StripeStandIn, clock: MovedClock
) -> None:
    row = await open_checkout(seller)
    bank.call_control("pay", session=row.provider_reference)
    assert await sweep_unsettled_checkouts(seller.shop) == 0
    await clock.advance(seller.shop.database, 11 * MINUTE)
    assert await sweep_unsettled_checkouts(seller.shop) == 1
    assert await get_available_microusd(seller) == 26_000_000
    assert await sweep_unsettled_checkouts(seller.shop) == 0


async def test_a_checkout_that_was_never_opened_is_opened_by_the_sweep(
    seller: Buyer, bank: StripeStandIn, clock: MovedClock
) -> None:
    row = await seller.add_checkout(provider_reference=None, state="creating")
    async with seller.shop.database.write() as session:
        again = await session.get_one(Checkout, row.id)
        again.created_at = clock.now()
        again.expires_at = clock.now() + 60 * MINUTE
    await clock.advance(seller.shop.database, 11 * MINUTE)
    assert await sweep_unsettled_checkouts(seller.shop) == 1
    async with seller.shop.database.read() as snapshot:
        assert (await snapshot.get_one(Checkout, row.id)).state == "open"


async def test_an_operator_pays_a_part_back_and_then_the_rest(
    seller: Buyer, bank: StripeStandIn
) -> None:
    purchase = await buy_package(seller, bank)
    part = RefundRequest(purchase_id=purchase.id, amount_micros=5_000_000, reason="asked")
    told = await refund_purchase(seller.shop, OPERATOR, part, dry_run=True)
    assert (told["takenUsd"], await get_available_microusd(seller)) == ("5.20", 26_000_000)
    await refund_purchase(seller.shop, OPERATOR, part)
    assert await get_available_microusd(seller) == 20_800_000
    rest = replace(part, amount_micros=None)
    assert (await refund_purchase(seller.shop, OPERATOR, rest))["amountUsd"] == "20.00"
    assert await get_available_microusd(seller) == 0
    with pytest.raises(OperatorRefusal):
        await refund_purchase(seller.shop, OPERATOR, rest)
    await assert_sound(seller.shop.database)


async def test_a_refund_whose_answer_was_lost_is_found_when_its_repeat_is_refused(
    seller: Buyer, bank: StripeStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase = await buy_package(seller, bank)
    whole = RefundRequest(purchase_id=purchase.id, amount_micros=None, reason="asked")
    refund_payment = StripeClient.refund_payment

    async def lose_answer(client: StripeClient, order: RefundOrder) -> ProviderRefund:
        await refund_payment(client, order)
        raise PaymentProviderError

    async def refuse(client: StripeClient, order: RefundOrder) -> ProviderRefund:
        refusal = PaymentProviderError()
        refusal.final = True
        raise refusal

    monkeypatch.setattr(StripeClient, "refund_payment", refuse)
    with pytest.raises(PaymentProviderError):
        await refund_purchase(seller.shop, OPERATOR, whole)
    assert await get_available_microusd(seller) == 26_000_000
    monkeypatch.setattr(StripeClient, "refund_payment", lose_answer)
    with pytest.raises(PaymentProviderError):
        await refund_purchase(seller.shop, OPERATOR, whole)
    monkeypatch.setattr(StripeClient, "refund_payment", refuse)
    assert (await refund_purchase(seller.shop, OPERATOR, whole))["outcome"] == "refunded"
    assert await get_available_microusd(seller) == 0
    await assert_sound(seller.shop.database)


async def test_a_refund_paid_by_hand_is_counted_once_and_first_rehearsed(
    seller: Buyer, bank: StripeStandIn
) -> None:
    purchase = await buy_package(seller, bank)
    wanted = RefundRequest(
        purchase_id=purchase.id, amount_micros=None, reason="cash", external="TX 1"
    )
    told = await refund_purchase(seller.shop, OPERATOR, wanted, dry_run=True)
    tables = [row["table"] for row in told["rows"]]
    assert (told["dryRun"], tables.count("transfer"), tables.count("reversal")) == (True, 2, 1)
    assert await get_available_microusd(seller) == 26_000_000
    await refund_purchase(seller.shop, OPERATOR, wanted)
    assert await get_available_microusd(seller) == 0
    with pytest.raises(OperatorRefusal, match="already recorded"):
        await refund_purchase(seller.shop, OPERATOR, replace(wanted, amount_micros=1_000_000))
    await assert_sound(seller.shop.database)


async def test_a_refund_without_a_key_leaves_nothing_behind(
    seller: Buyer, bank: StripeStandIn
) -> None:
    purchase = await buy_package(seller, bank)
    wanted = RefundRequest(purchase_id=purchase.id, amount_micros=None, reason="asked")
    with pytest.raises(PaymentMethodUnavailable):
        await refund_purchase(replace(seller.shop, providers=()), OPERATOR, wanted)
    by_hand = replace(wanted, amount_micros=5_000_000, external="TX 1")
    assert (await refund_purchase(seller.shop, OPERATOR, by_hand))["amountUsd"] == "5.00"
    assert await get_available_microusd(seller) == 20_800_000


async def test_an_event_that_was_lost_is_taken_again(seller: Buyer, bank: StripeStandIn) -> None:
    row = await open_checkout(seller)
    bank.call_control("pay", session=row.provider_reference)
    (event,) = bank.list_event_ids(row.provider_reference or "", "checkout.session.completed")
    told = await replay_event(seller.shop, OPERATOR, "test", event, "lost", dry_run=True)
    assert (told["about"], await get_available_microusd(seller)) == (row.provider_reference, 0)
    tables = {each["table"] for each in told["rows"]}
    assert tables >= {"purchase", "transfer", "credit_grant", "webhook_event"}
    async with seller.shop.database.read() as snapshot:
        assert await inbox.list_newest_events(snapshot, 10) == []
    for _ in range(2):
        assert (await replay_event(seller.shop, OPERATOR, "test", event, "lost"))[
            "outcome"
        ] == "credited"
    assert await get_available_microusd(seller) == 26_000_000
    with pytest.raises(PaymentProviderError):
        await replay_event(seller.shop, OPERATOR, "test", "evt_none", "lost")
    async with seller.shop.database.read() as snapshot:
        (heard,) = await inbox.list_newest_events(snapshot, 10)
        done = [each.action async for each, _, _ in audit_log.stream_rows(snapshot)]
    assert (heard.event_id, heard.outcome) == (event, "credited")
    assert done == ["event.replay", "event.replay"]


async def test_a_payment_under_review_is_credited_or_rejected_by_a_person(
    seller: Buyer, bank: StripeStandIn
) -> None:
    for decision, left in (("credit", 13_000_000), ("reject", 13_000_000)):
        row = await open_checkout(seller)
        session_id = row.provider_reference or ""
        intent = bank.call_control("pay", session=session_id)
        bank.call_control("alter", kind="session", id=session_id, client_reference_id="acct_other")
        assert (
            await fulfilment.fulfil_checkout(
                seller.shop, seller.shop.get_hosted_provider("stripe", "test"), session_id
            )
        ).result == "review"
        bank.call_control("refund", intent=intent, amount=1_250)
        await decide_checkout(seller.shop, OPERATOR, row.id, decision, "looked")  # type: ignore[arg-type]
        assert await get_available_microusd(seller) == left
        with pytest.raises(OperatorRefusal):
            await decide_checkout(seller.shop, OPERATOR, row.id, "credit", "again")
    await assert_sound(seller.shop.database)


async def test_reconciling_finds_what_was_never_heard_and_applies_it(
    seller: Buyer, bank: StripeStandIn
) -> None:
    purchase = await buy_package(seller, bank)
    bank.call_control("refund", intent=purchase.natural_key, amount=500)
    lost = await open_checkout(seller)
    bank.call_control("pay", session=lost.provider_reference)
    report = await reconcile_book(seller.shop, "test", "stripe")
    assert [each["what"] for each in report.differences] == ["payment", "return"]
    assert (report.provider_microusd, report.books_microusd) == (45_000_000, 25_000_000)
    await reconcile_book(seller.shop, "test", "stripe", apply=True)
    assert (await reconcile_book(seller.shop, "test", "stripe")).differences == []
    assert await get_available_microusd(seller) == 52_000_000 - 5_200_000
    async with seller.shop.database.read() as snapshot:
        done = [row async for row, _, _ in audit_log.stream_rows(snapshot)]
    assert [(row.action, row.target, row.actor_id) for row in done] == [
        ("payments.reconcile", "test", "reconcile")
    ]


@pytest.mark.promise("payments: reconcile")
async def test_each_night_one_process_compares_settles_and_says_how_many_differed(
    seller: Buyer, bank: StripeStandIn, clock: MovedClock
) -> None:
    database = seller.shop.database
    row = await open_checkout(seller)
    bank.call_control("pay", session=row.provider_reference)
    await clock.advance(database, DAY - clock.now() % DAY)
    await reconcile_nightly(seller.shop)
    assert await get_available_microusd(seller) == 0, "it is not yet three"
    await clock.advance(database, 3 * HOUR)
    bank.call_control("fail", calls=9)
    await reconcile_nightly(seller.shop)
    assert await get_available_microusd(seller) == 0, "Stripe was away"
    bank.call_control("fail")
    await asyncio.gather(*(reconcile_nightly(seller.shop) for _ in range(3)))
    assert await get_available_microusd(seller) == 26_000_000
    assert await read_difference_gauge(database) == 1
    await clock.advance(database, DAY)
    await reconcile_nightly(seller.shop)
    assert await read_difference_gauge(database) == 0
    async with database.read() as snapshot:
        done = [each async for each, _, _ in audit_log.stream_rows(snapshot)]
    assert [each.action for each in done] == ["payments.reconcile"]


@pytest.mark.promise("payments: reconcile")
async def test_each_night_coinbase_is_compared_too(
    seller: Buyer, bank: StripeStandIn, clock: MovedClock
) -> None:
    coinbase = Coinbase()
    with serve_application(coinbase.build_application()) as url:
        at = build_coinbase("test", KEY_ID, coinbase.secret_key, "", url)
        assert at is not None
        shop = replace(seller.shop, providers=(at,))
        row = await open_checkout(replace(seller, shop=shop), provider="coinbase")
        coinbase.set_paid(row.provider_reference or "")
        await clock.advance(shop.database, DAY - clock.now() % DAY + 3 * HOUR)
        await reconcile_nightly(shop)
        assert await get_available_microusd(seller) == 26_000_000
        assert await read_difference_gauge(shop.database, "coinbase") == 1
        await clock.advance(shop.database, DAY)
        coinbase.checkouts.clear()
        await reconcile_nightly(shop)
        assert await read_difference_gauge(shop.database, "coinbase") == 1
        await shop.close()
    assert await get_available_microusd(seller) == 26_000_000


async def test_what_stripe_does_not_know_of_our_books_is_a_difference(
    seller: Buyer, bank: StripeStandIn
) -> None:
    purchase = await buy_package(seller, bank)
    refund = bank.call_control("refund", intent=purchase.natural_key, amount=500)
    by_hand = RefundRequest(
        purchase_id=purchase.id, amount_micros=5_000_000, reason="cash", external="TX 9"
    )
    await refund_purchase(seller.shop, OPERATOR, by_hand)
    await reconcile_book(seller.shop, "test", "stripe", apply=True)
    assert (await reconcile_book(seller.shop, "test", "stripe")).differences == []
    bank.call_control("forget", kind="refund", id=refund)
    async with seller.shop.database.read() as snapshot:
        checkout = await snapshot.get_one(Checkout, purchase.checkout_id)
    bank.call_control("forget", kind="session", id=checkout.provider_reference)
    report = await reconcile_book(seller.shop, "test", "stripe", apply=True)
    found = {each["id"]: each["booksUsd"] for each in report.differences}
    assert found == {checkout.provider_reference: "25.00", refund: "5.00"}
    assert (report.provider_microusd, report.books_microusd) == (0, 20_000_000)
    assert await get_available_microusd(seller) == 26_000_000 - 10_400_000


async def read_difference_gauge(database: Database, provider: str = "stripe") -> float | None:
    async with database.read() as snapshot:
        await refresh_difference_gauges(snapshot)
    labels = {"provider": provider, "book": "test"}
    return REGISTRY.get_sample_value("killatamata_reconcile_differences", labels)


async def test_money_of_another_currency_is_never_credited_as_dollars(
    seller: Buyer, bank: StripeStandIn
) -> None:
    row = await open_checkout(seller)
    session_id = row.provider_reference or ""
    bank.call_control("pay", session=session_id)
    bank.call_control("alter", kind="session", id=session_id, currency="jpy")
    assert (
        await fulfilment.fulfil_checkout(
            seller.shop, seller.shop.get_hosted_provider("stripe", "test"), session_id
        )
    ).result == "review"
    with pytest.raises(OperatorRefusal, match="in jpy, not in usd"):
        await decide_checkout(seller.shop, OPERATOR, row.id, "credit", "looked")
    report = await reconcile_book(seller.shop, "test", "stripe", apply=True)
    (line,) = [each for each in report.differences if each["id"] == session_id]
    assert (line["currency"], line["providerUsd"]) == ("jpy", "0.00")
    assert await get_available_microusd(seller) == 0
