"""The stand-in sells as Stripe does: tax, invoices, codes, saved cards, declines and credit notes.

The real SDK speaks to it over a socket, so each name that it sends or reads is one of Stripe.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import stripe

from tests.fakes.stripe.client import STRIPE_KEY, StripeStandIn, serve_stripe

BERLIN = {"line1": "Unter den Linden 1", "city": "Berlin", "postal_code": "10117", "country": "DE"}
Sdk: TypeAlias = Any  # the real one; what it returns is as open as Stripe
SUCCESS_URL = "http://127.0.0.1/done"
ASKS_ALWAYS, ASKS_UNTIL_SAVED = "4000002760003184", "4000002500003155"
DECLINES_LATER, DECLINES = "4000000000000341", "4000000000000002"


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture(scope="module")
def sdk(bank: StripeStandIn) -> Sdk:
    return stripe.StripeClient(STRIPE_KEY, base_addresses={"api": bank.base})


def open_session(sdk: Sdk, cents: int = 1_000, **more: Any) -> Any:  # noqa: ANN401 - the SDK's own
    """Open a session that sells one thing, with the settings that a test names."""
    currency, behavior = more.pop("currency", "usd"), more.pop("behavior", "exclusive")
    price = {
        "currency": currency, "unit_amount": cents, "tax_behavior": behavior,
        "product_data": {"name": "Builder credit"},
    }  # fmt: skip
    return sdk.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": SUCCESS_URL,
            "line_items": [{"quantity": 1, "price_data": price}],
            **more,
        }
    )


def add_customer(sdk: Sdk, **more: Any) -> str:  # noqa: ANN401 - the SDK's own
    customer: str = sdk.v1.customers.create({"email": "ann@example.com", **more}).id
    return customer


def draft_invoice(sdk: Sdk, customer: str, cents: int = 1_000) -> Any:  # noqa: ANN401 - the SDK's own
    invoice = sdk.v1.invoices.create(
        {"customer": customer, "currency": "eur", "automatic_tax": {"enabled": True}}
    )
    sdk.v1.invoice_items.create(
        {
            "invoice": invoice.id, "customer": customer, "amount": cents, "currency": "eur",
            "tax_behavior": "exclusive", "description": "Top-up",
        }
    )  # fmt: skip
    return sdk.v1.invoices.finalize_invoice(invoice.id)


TAXED: dict[str, Any] = {
    "automatic_tax": {"enabled": True},
    "tax_id_collection": {"enabled": True},
    "billing_address_collection": "required",
    "invoice_creation": {"enabled": True},
}


@pytest.mark.parametrize(
    ("country", "behavior", "total", "tax"),
    [
        ("GB", "exclusive", 1_200, 200),
        ("DE", "inclusive", 1_000, 160),
        ("US", "exclusive", 1_000, 0),
    ],
)  # fmt: skip
def test_tax_is_added_or_included_by_the_rate_of_the_buyers_country(
    bank: StripeStandIn, sdk: Sdk, country: str, behavior: str, total: int, tax: int
) -> None:
    session = open_session(sdk, behavior=behavior, **TAXED)
    assert session.automatic_tax.status == "requires_location_inputs"
    bank.call_control("pay", session=session.id, address={**BERLIN, "country": country}, name="Ann")
    paid = sdk.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["total_details.breakdown", "invoice", "payment_intent"]}
    )
    assert (paid.amount_total, paid.total_details.amount_tax) == (total, tax)
    assert paid.automatic_tax.status == "complete"
    assert paid.customer_details.address.country == country
    assert paid.payment_intent.amount == total
    invoice = paid.invoice
    assert (invoice.status, invoice.total, invoice.amount_paid) == ("paid", total, total)
    assert invoice.total_excluding_tax == total - tax
    assert invoice.number
    assert bank.http.get(invoice.hosted_invoice_url).status_code == 200
    assert bank.http.get(invoice.invoice_pdf).status_code == 200


def test_a_business_of_the_union_accounts_for_the_tax_itself(bank: StripeStandIn, sdk: Sdk) -> None:
    customer = add_customer(sdk)
    update = {"address": "auto", "name": "auto"}
    session = open_session(sdk, customer=customer, customer_update=update, **TAXED)
    bank.call_control(
        "pay", session=session.id, address=BERLIN, tax_number="DE 123456789", name="Example GmbH"
    )
    paid = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["total_details.breakdown"]})
    assert (paid.amount_total, paid.total_details.amount_tax) == (1_000, 0)
    assert paid.total_details.breakdown.taxes[0].taxability_reason == "reverse_charge"
    assert paid.customer_details.tax_ids[0].to_dict() == {"type": "eu_vat", "value": "DE123456789"}
    known = sdk.v1.customers.retrieve(customer, {"expand": ["tax_ids"]})
    assert (known.name, known.address.country) == ("Example GmbH", "DE")
    assert [each.value for each in known.tax_ids.data] == ["DE123456789"]


def test_a_promotion_code_takes_off_a_part_or_everything(bank: StripeStandIn, sdk: Sdk) -> None:
    part = sdk.v1.coupons.create({"percent_off": 12.5})
    whole = sdk.v1.coupons.create(
        {"amount_off": 2_000, "currency": "usd", "currency_options": {"eur": {"amount_off": 1_800}}}
    )
    for coupon, code in ((part.id, "PART"), (whole.id, "WHOLE")):
        promotion: Any = {"type": "coupon", "coupon": coupon}
        sdk.v1.promotion_codes.create({"code": code, "promotion": promotion, "max_redemptions": 1})
    session = open_session(sdk, allow_promotion_codes=True)
    bank.call_control("pay", session=session.id, promotion_code="part")
    paid = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["discounts.promotion_code"]})
    assert (paid.amount_total, paid.total_details.amount_discount) == (875, 125)
    assert paid.discounts[0].promotion_code.code == "PART"
    for currency in ("eur", "jpy"):
        free = open_session(sdk, allow_promotion_codes=True, currency=currency)
        answer = bank.http.post("/_test/pay", json={"session": free.id, "promotion_code": "WHOLE"})
        if currency == "jpy":
            assert answer.status_code == 400
            continue
        closed = sdk.v1.checkout.sessions.retrieve(free.id)
        assert (closed.status, closed.amount_total) == ("complete", 0)
        assert (closed.payment_status, closed.payment_intent) == ("no_payment_required", None)


def test_a_saved_card_pays_while_its_holder_is_away(bank: StripeStandIn, sdk: Sdk) -> None:
    customer = add_customer(sdk, address=BERLIN)
    setup = sdk.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "eur", "customer": customer, "success_url": SUCCESS_URL}
    )
    bank.call_control("pay", session=setup.id, card=ASKS_UNTIL_SAVED)
    saved = sdk.v1.checkout.sessions.retrieve(setup.id, {"expand": ["setup_intent.payment_method"]})
    card = saved.setup_intent.payment_method
    assert (card.customer, card.card.last4) == (customer, "3155")
    assert [each.id for each in sdk.v1.customers.payment_methods.list(customer).data] == [card.id]
    invoice = draft_invoice(sdk, customer)
    assert (invoice.status, invoice.total) == ("open", 1_190)
    paid = sdk.v1.invoices.pay(invoice.id, {"off_session": True, "payment_method": card.id})
    assert (paid.status, paid.amount_paid) == ("paid", 1_190)
    whole = sdk.v1.invoices.retrieve(
        invoice.id, {"expand": ["payments.data.payment.payment_intent"]}
    )
    intent = whole.payments.data[0].payment.payment_intent
    assert (intent.status, intent.amount) == ("succeeded", 1_190)
    tied: Any = {"type": "payment_intent", "payment_intent": intent.id}
    assert sdk.v1.invoice_payments.list({"payment": tied}).data[0].invoice == invoice.id
    sdk.v1.payment_methods.detach(card.id)
    assert sdk.v1.customers.payment_methods.list(customer).data == []


@pytest.mark.parametrize(
    ("card", "forced", "code", "decline_code"),
    [
        (DECLINES_LATER, [], "card_declined", "generic_decline"),
        ("4242424242424242", ["insufficient_funds"], "card_declined", "insufficient_funds"),
        (ASKS_ALWAYS, [], "authentication_required", "authentication_required"),
    ],
)
def test_a_decline_tells_its_code_and_is_repeated_under_its_key(
    bank: StripeStandIn, sdk: Sdk, card: str, forced: list[str], code: str,
    decline_code: str,
) -> None:  # fmt: skip
    customer = add_customer(sdk, address=BERLIN)
    saved = bank.call_control("save_card", customer=customer, card=card)
    bank.call_control("decline", method=saved, codes=forced)
    invoice = draft_invoice(sdk, customer)
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            sdk.v1.invoices.pay(
                invoice.id,
                {"off_session": True, "payment_method": saved},
                {"idempotency_key": f"pay {invoice.id}"},
            )
        error: Any = refused.value
        assert (error.http_status, error.code) == (402, code)
        assert error.error.decline_code == decline_code
        assert error.error.payment_intent.last_payment_error.code == code
    after = sdk.v1.invoices.retrieve(invoice.id)
    assert (after.status, after.attempt_count) == ("open", 1)
    assert len(bank.list_event_ids(invoice.id, "invoice.payment_failed")) == 1
    asked = bank.list_event_ids(invoice.id, "invoice.payment_action_required")
    assert len(asked) == (code == "authentication_required")


def test_the_holder_confirms_at_the_page_of_the_invoice(bank: StripeStandIn, sdk: Sdk) -> None:
    customer = add_customer(sdk, address=BERLIN)
    saved = bank.call_control("save_card", customer=customer, card=ASKS_ALWAYS)
    invoice = draft_invoice(sdk, customer)
    with pytest.raises(stripe.CardError):
        sdk.v1.invoices.pay(invoice.id, {"off_session": True, "payment_method": saved})
    page = invoice.hosted_invoice_url
    assert "Your bank wants you to confirm" in bank.http.get(page).text
    assert "Complete authentication" in bank.http.post(page).text
    failed = bank.http.post(page, data={"holder": "failed"})
    assert "unable to authenticate" in failed.text
    assert bank.http.post(page, data={"holder": "confirmed"}).status_code == 303
    assert sdk.v1.invoices.retrieve(invoice.id).status == "paid"
    assert "This invoice is paid" in bank.http.get(page).text


def test_a_void_invoice_cannot_be_paid(bank: StripeStandIn, sdk: Sdk) -> None:
    customer = add_customer(sdk, address=BERLIN)
    saved = bank.call_control("save_card", customer=customer)
    invoice = draft_invoice(sdk, customer)
    sdk.v1.invoices.void_invoice(invoice.id)
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.invoices.pay(invoice.id, {"payment_method": saved})
    assert "canceled" in bank.http.get(invoice.hosted_invoice_url).text


def test_a_credit_note_returns_a_part_with_its_tax(bank: StripeStandIn, sdk: Sdk) -> None:
    session = open_session(sdk, **TAXED)
    bank.call_control("pay", session=session.id, address=BERLIN)
    paid = sdk.v1.checkout.sessions.retrieve(session.id)
    refund = sdk.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 119})
    note = sdk.v1.credit_notes.create(
        {"invoice": paid.invoice, "refunds": [{"refund": refund.id, "amount_refunded": 119}]}
    )
    assert (note.total, note.total_excluding_tax, note.total_taxes[0].amount) == (119, 100, 19)
    other = sdk.v1.credit_notes.create(
        {"invoice": paid.invoice, "amount": 1_071, "refund_amount": 1_071}
    )
    assert sdk.v1.refunds.retrieve(other.refunds[0].refund).amount == 1_071
    assert len(sdk.v1.credit_notes.list({"invoice": paid.invoice}).data) == 2
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.credit_notes.create({"invoice": paid.invoice, "amount": 1, "refund_amount": 1})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"automatic_taxes": "1"}, "Received unknown parameter: automatic_taxes"),
        ({"automatic_tax": {"enabled": "yes"}}, "Invalid boolean: yes"),
        (
            {"tax_id_collection": {"required": "never"}},
            "Missing required param: tax_id_collection[enabled].",
        ),
        ({"billing_address_collection": "always"}, "must be one of auto, required"),
        ({"customer_update": {"name": "auto"}}, "can only be used with `customer`"),
        ({"customer_email": ""}, "cannot be unset"),
        ({"custom_text": {"submit": {"message": "x"}}}, "cannot honour `custom_text`"),
        ({"automatic_tax": {"enabled": True}, "behavior": "unspecified"}, "`tax_behavior`"),
        ({"allow_promotion_codes": True, "discounts": [{"coupon": "x"}]}, "only specify one of"),
        ({"currency": "xxx"}, "Invalid currency"),
        ({"expand": ["a.b.c.d.e"]}, "more than 4 levels"),
    ],
)
def test_what_stripe_would_refuse_is_refused(
    sdk: Sdk, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        open_session(sdk, **changes)
    assert message in str(refused.value)


def test_the_page_asks_for_address_tax_number_and_code_in_plain_words(
    bank: StripeStandIn, sdk: Sdk
) -> None:
    coupon = sdk.v1.coupons.create({"percent_off": 10})
    promotion: Any = {"type": "coupon", "coupon": coupon.id}
    sdk.v1.promotion_codes.create({"code": "TENOFF", "promotion": promotion})
    url = open_session(sdk, allow_promotion_codes=True, **TAXED).url
    for word in ("Country", "Tax number of your business", "Promotion code", "Show the total"):
        assert word in bank.http.get(url).text
    entered = {**BERLIN, "promotion_code": "TENOFF", "card": ASKS_ALWAYS}
    shown = bank.http.post(url, data=entered | {"update": "1"}).text
    assert "$10.71 USD" in shown
    assert "VAT 19 %" in shown
    assert "This code is invalid" in bank.http.post(url, data={"promotion_code": "NONE"}).text
    assert "Your card was declined" in bank.http.post(url, data=entered | {"card": DECLINES}).text
    assert "Complete authentication" in bank.http.post(url, data=entered).text
    done = bank.http.post(url, data=entered | {"holder": "confirmed"})
    assert (done.status_code, done.headers["location"]) == (303, SUCCESS_URL)
