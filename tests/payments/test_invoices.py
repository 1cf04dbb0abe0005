"""Invoices of our own: one for each purchase, one credit note for each return, numbers in a row."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.payments.billing.billing_details import Buyer as BilledBuyer
from gateway.payments.billing.billing_details import set_billing_details
from gateway.payments.bills import build_plain_bill
from gateway.payments.checkouts import fulfilment
from gateway.payments.invoices.documents import Document, render_invoice_number
from gateway.payments.invoices.tables import Invoice
from gateway.payments.purchases.purchase_credit import (
    ReceivedPayment,
    credit_purchase,
    lock_purchase_of_payment,
)
from gateway.payments.refunds.chain_reversals import restore_purchase, reverse_purchase
from gateway.payments.refunds.reversals import correct_invoice
from gateway.payments.states import TaxSource
from gateway.payments.tables import PurchaseBill
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, NewBuyer, build_matching_payment
from tests.payments.test_reversals import apply_returns, build_dispute, build_refund, buy_package

pytestmark = pytest.mark.anyio
CENT = 10_000


async def list_documents(buyer: Buyer) -> Sequence[Invoice]:
    """List the documents of an account, in the order of their issue."""
    async with buyer.shop.database.read() as snapshot:
        query = select(Invoice).where(Invoice.account_id == buyer.account_id).order_by(Invoice.id)
        return (await snapshot.scalars(query)).all()


async def list_amounts(buyer: Buyer) -> list[tuple[str, int, int]]:
    """List kind, tax and total in cents of the documents of an account."""
    return [
        (each.kind, each.tax_micros // CENT, each.total_micros // CENT)
        for each in await list_documents(buyer)
    ]


async def buy_with_tax(buyer: Buyer) -> str:
    """Buy a package whose price of $25 contains 20 % tax; return the payment."""
    row = await buyer.add_checkout(
        tax_source=TaxSource.FIXED, tax_included=1, tax_name="VAT", tax_percent="20"
    )
    await buyer.settle_payment(build_matching_payment(row))
    return f"pi_{row.id}"


@pytest.mark.promise("payments: own-invoices")
async def test_a_purchase_gets_one_invoice_of_its_bill(buyer: Buyer) -> None:
    company = BilledBuyer(name="Films GmbH", country="DE", tax_id="DE123456789")
    async with buyer.shop.database.write() as session:
        await set_billing_details(session, buyer.account_id, company)
    await buy_with_tax(buyer)
    (invoice,) = await list_documents(buyer)
    amounts = (invoice.net_micros, invoice.tax_micros, invoice.total_micros)
    assert amounts == (20_830_000, 4_170_000, 25_000_000)
    document = Document.from_json(invoice.document_json)
    assert document.buyer == company
    assert document.seller.name == "Shop"
    assert [line.description for line in document.lines] == ["Studio: prepaid credit"]
    number = render_invoice_number(invoice)
    assert number.startswith("TEST-KT-INV-")
    assert number.endswith(f"-{invoice.number:06d}")
    await assert_sound(buyer.shop.database)


async def test_later_details_and_settings_do_not_change_what_was_issued(buyer: Buyer) -> None:
    await buy_with_tax(buyer)
    (before,) = await list_documents(buyer)
    async with buyer.shop.database.write() as session:
        await set_billing_details(session, buyer.account_id, BilledBuyer(name="Others"))
    moved = replace(buyer, shop=replace(buyer.shop, seller="Elsewhere", invoice_prefix="NEW"))
    intent = await buy_with_tax(moved)
    await apply_returns(moved, intent, build_refund(buyer.account_id, 1, 100))
    same, later, credit_note = await list_documents(buyer)
    assert (same.document_json, same.prefix) == (before.document_json, "KT")
    assert (later.prefix, later.number) == ("NEW", before.number + 1)
    assert Document.from_json(later.document_json).buyer.name == "Others"
    assert Document.from_json(credit_note.document_json).seller.name == "Elsewhere"


async def test_a_purchase_that_stripe_invoiced_gets_none_of_ours(buyer: Buyer) -> None:
    row = await buyer.add_checkout()
    bill = build_plain_bill("usd", row.price_microusd)
    received = ReceivedPayment(
        natural_key=f"pi_{row.id}",
        paid_microusd=row.price_microusd,
        email=None,
        payer=None,
        bill=replace(bill, provider_invoice_id="in_1", provider_invoice_url="https://x.test/1"),
    )
    async with buyer.shop.database.write() as session:
        assert await credit_purchase(session, buyer.shop, await session.merge(row), received)
    await apply_returns(buyer, f"pi_{row.id}", build_refund(buyer.account_id, 1, 100))
    assert await list_documents(buyer) == []
    await assert_sound(buyer.shop.database)


async def test_refunds_in_parts_credit_all_of_the_net_and_all_of_the_tax(buyer: Buyer) -> None:
    intent = await buy_with_tax(buyer)
    parts = (700, 700, 1_100)
    refunds = [build_refund(buyer.account_id, number, cents) for number, cents in enumerate(parts)]
    for refund in refunds:
        await apply_returns(buyer, intent, refund, refund)
    assert await list_amounts(buyer) == [
        ("invoice", 417, 2_500),
        ("credit_note", 117, 700),
        ("credit_note", 117, 700),
        ("credit_note", 183, 1_100),
    ]
    await assert_sound(buyer.shop.database)


@pytest.mark.promise("payments: credit-notes-stand")
async def test_a_refund_that_fails_is_charged_again_under_a_number_of_its_own(
    buyer: Buyer,
) -> None:
    intent = await buy_with_tax(buyer)
    refund = build_refund(buyer.account_id, 1, 1_000)
    await apply_returns(buyer, intent, refund)
    failed = replace(refund, status="failed")
    await apply_returns(buyer, intent, failed, failed)
    assert await list_amounts(buyer) == [
        ("invoice", 417, 2_500),
        ("credit_note", 167, 1_000),
        ("invoice", 167, 1_000),
    ]
    first, _, again = await list_documents(buyer)
    document = Document.from_json(again.document_json)
    assert document.invoice_number == render_invoice_number(first)
    assert document.reason == "Refund failed, charged again"
    await assert_sound(buyer.shop.database)


async def test_a_dispute_is_credited_when_it_is_lost_and_not_before(buyer: Buyer) -> None:
    intent = await buy_with_tax(buyer)
    await apply_returns(buyer, intent, build_dispute(buyer.account_id, 2_500))
    assert len(await list_documents(buyer)) == 1
    await apply_returns(buyer, intent, build_dispute(buyer.account_id, 2_500, "lost"))
    assert await list_amounts(buyer) == [("invoice", 417, 2_500), ("credit_note", 417, 2_500)]
    await assert_sound(buyer.shop.database)


async def test_a_refund_and_a_lost_dispute_together_credit_the_invoice_once(buyer: Buyer) -> None:
    intent = await buy_with_tax(buyer)
    refund = build_refund(buyer.account_id, 1, 1_500)
    lost = build_dispute(buyer.account_id, 2_500, "lost")
    await apply_returns(buyer, intent, refund, lost)
    assert (await list_amounts(buyer))[1:] == [
        ("credit_note", 250, 1_500),
        ("credit_note", 167, 1_000),
    ]
    await apply_returns(buyer, intent, replace(refund, status="failed"))
    assert (await list_amounts(buyer))[3:] == [], "the bank took all of it"
    await assert_sound(buyer.shop.database)


async def test_a_payment_that_leaves_its_chain_and_returns_is_credited_and_charged_again(
    buyer: Buyer,
) -> None:
    intent = await buy_with_tax(buyer)
    for step in (reverse_purchase, restore_purchase, reverse_purchase):
        async with buyer.shop.database.write() as session:
            purchase = await lock_purchase_of_payment(session, "test", "stripe", intent)
            assert purchase is not None
            await step(session, buyer.shop, purchase)
            await correct_invoice(session, buyer.shop, purchase)
    kinds = [kind for kind, _, _ in await list_amounts(buyer)]
    assert kinds == ["invoice", "credit_note", "invoice", "credit_note"]
    await assert_sound(buyer.shop.database)


async def test_a_purchase_from_before_there_were_invoices_gets_no_credit_note(
    buyer: Buyer,
) -> None:
    intent = await buy_with_tax(buyer)
    async with buyer.shop.database.write() as session:
        (invoice,) = await list_documents(buyer)
        await session.delete(await session.get_one(Invoice, invoice.id))
        await session.delete(await session.get_one(PurchaseBill, invoice.purchase_id))
    await apply_returns(buyer, intent, build_refund(buyer.account_id, 1, 100))
    assert await list_documents(buyer) == []


@pytest.mark.promise("payments: invoice-numbers")
async def test_numbers_have_no_gap_when_purchases_race_and_some_roll_back(
    new_buyer: NewBuyer,
) -> None:
    buyers = [await new_buyer() for _ in range(8)]

    async def buy_and_return(buyer: Buyer, number: int) -> None:
        row = await buyer.add_checkout()
        payment = build_matching_payment(row)
        if number % 4 == 0:
            with pytest.raises(RuntimeError):
                async with buyer.shop.database.write() as session:
                    await fulfilment.settle_checkout(session, buyer.shop, "test", payment)
                    raise RuntimeError
        await asyncio.gather(buyer.settle_payment(payment), buyer.settle_payment(payment))
        refund = build_refund(buyer.account_id, 1, 100)
        await asyncio.gather(
            apply_returns(buyer, f"pi_{row.id}", refund),
            apply_returns(buyer, f"pi_{row.id}", refund),
        )

    await asyncio.gather(*(buy_and_return(each, n) for n, each in enumerate(buyers)))
    documents = [row for buyer in buyers for row in await list_documents(buyer)]
    for kind in ("invoice", "credit_note"):
        numbers = sorted(row.number for row in documents if row.kind == kind)
        assert numbers == list(range(1, 9))
    await assert_sound(buyers[0].shop.database)


async def test_a_repeated_purchase_of_the_same_payment_is_invoiced_once(buyer: Buyer) -> None:
    await buy_package(buyer)
    row = (await list_documents(buyer))[0]
    assert (row.tax_micros, row.total_micros) == (0, 25_000_000)
    assert Document.from_json(row.document_json).tax_name is None
