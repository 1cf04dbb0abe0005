"""Invoices of top-ups as Stripe has them: whose invoice it is, its buyer, and what was charged."""

from typing import Any

import pytest

from gateway.payments.stripe.invoices import read_invoice_payment, read_top_up_invoice

INVOICE: dict[str, Any] = {
    "id": "in_1",
    "status": "paid",
    "currency": "eur",
    "subtotal": 600,
    "total": 600,
    "amount_due": 600,
    "amount_paid": 600,
    "metadata": {"checkout_id": "chk_1"},
    "hosted_invoice_url": "https://invoice.example/in_1",
    "automatic_tax": {"enabled": True},
    "customer_name": "Ada GmbH",
    "customer_address": {"line1": "Weg 1", "line2": None, "country": "DE"},
    "customer_tax_exempt": "none",
    "customer_tax_ids": [{"type": "eu_vat", "value": "DE123456789"}],
    "total_taxes": [{"amount": 0, "taxability_reason": "reverse_charge"}],
}


def test_the_bill_of_a_taxed_invoice_has_its_buyer_and_names_stripes_invoice() -> None:
    bill = read_invoice_payment(INVOICE, {"id": "pi_1"}).bill
    assert bill is not None
    assert (bill.country, bill.tax_id, bill.buyer_name) == ("DE", "DE123456789", "Ada GmbH")
    assert bill.buyer_address == {"line1": "Weg 1", "country": "DE"}
    assert bill.reverse_charge
    assert bill.provider_invoice_id == "in_1"


def test_the_bill_of_an_invoice_that_stripe_does_not_tax_gets_an_invoice_of_ours() -> None:
    invoice = INVOICE | {"automatic_tax": {"enabled": False}}
    bill = read_invoice_payment(invoice, {"id": "pi_1"}).bill
    assert bill is not None
    assert (bill.provider_invoice_id, bill.provider_invoice_url, bill.country) == (None,) * 3


@pytest.mark.parametrize("paid", [600, 500, 0])
def test_what_the_card_did_not_pay_in_full_is_for_a_person(paid: int) -> None:
    invoice = INVOICE | {"amount_paid": paid}
    assert read_invoice_payment(invoice, {"id": "pi_1"}).is_balanced is (paid == INVOICE["total"])


def test_an_invoice_that_no_charge_paid_names_no_checkout() -> None:
    assert read_invoice_payment(INVOICE, {}).intent_checkout_id is None
    assert read_invoice_payment(INVOICE, {"id": "pi_1"}).intent_checkout_id == "chk_1"


def test_a_credit_of_the_customer_shows_in_what_is_due() -> None:
    invoice = read_top_up_invoice(INVOICE | {"status": "open", "amount_due": 100})
    assert (invoice.due_micros, invoice.total_micros) == (1_000_000, 6_000_000)
