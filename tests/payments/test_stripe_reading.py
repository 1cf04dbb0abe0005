"""What Stripe sends, as payments, refunds and disputes: what is missing will not match anything."""

from typing import Any

import pytest

from gateway.payments.stripe.client import build_list_parameters
from gateway.payments.stripe.readings import (
    read_stripe_dispute,
    read_stripe_payment,
    read_stripe_refund,
)

CENT = 10_000
CHARGE = {"payment_method_details": {"card": {"fingerprint": "fp_1"}}}
INTENT = {
    "id": "pi_1",
    "status": "succeeded",
    "metadata": {"checkout_id": "chk_1"},
    "latest_charge": CHARGE,
}
SESSION: dict[str, Any] = {
    "id": "cs_1",
    "status": "complete",
    "payment_status": "paid",
    "amount_total": 2_500,
    "currency": "usd",
    "client_reference_id": "acct_1",
    "metadata": {"checkout_id": "chk_1", "package_code": "studio_2500"},
    "livemode": True,
    "url": None,
    "customer_details": {"email": "ann@example.com"},
    "payment_intent": INTENT,
}


def test_a_session_is_read_with_all_that_is_compared_with_the_checkout() -> None:
    payment = read_stripe_payment(SESSION)
    assert (payment.session_id, payment.amount_micros, payment.currency) == (
        "cs_1",
        2_500 * CENT,
        "usd",
    )
    assert (payment.checkout_id, payment.intent_checkout_id) == ("chk_1", "chk_1")
    assert (payment.account_id, payment.package_code) == ("acct_1", "studio_2500")
    assert (payment.intent_id, payment.intent_status) == ("pi_1", "succeeded")
    assert (payment.fingerprint, payment.livemode) == ("fp_1", True)


def test_a_bare_session_is_read_as_a_payment_that_matches_nothing() -> None:
    payment = read_stripe_payment({"id": "cs_1", "payment_intent": "pi_1"})
    assert (payment.status, payment.payment_status, payment.currency) == ("", "", "")
    assert (payment.amount_micros, payment.livemode) == (0, False)
    assert (payment.account_id, payment.checkout_id, payment.package_code) == ("", "", "")
    assert (payment.intent_id, payment.intent_checkout_id) == ("pi_1", None)
    assert (payment.email, payment.fingerprint) == (None, None)


@pytest.mark.parametrize(
    ("details", "given", "email"),
    [
        ({"email": "ann@example.com"}, "old@example.com", "ann@example.com"),
        ({"email": "ann@example.com"}, None, "ann@example.com"),
        ({"email": None}, "old@example.com", "old@example.com"),
        (None, None, None),
    ],
)
def test_the_address_that_was_typed_comes_before_the_one_that_was_given(
    details: dict[str, Any] | None, given: str | None, email: str | None
) -> None:
    session = SESSION | {"customer_details": details, "customer_email": given}
    assert read_stripe_payment(session).email == email


def test_a_refused_card_is_a_canceled_payment() -> None:
    session = SESSION | {"payment_intent": INTENT | {"status": "requires_payment_method"}}
    assert read_stripe_payment(session).intent_status == "canceled"


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("succeeded", "succeeded"),
        ("requires_action", "pending"),
        ("canceled", "failed"),
        (None, ""),
    ],
)
def test_a_refund_is_read_in_our_words(status: str | None, read: str) -> None:
    refund = {"id": "re_1", "payment_intent": "pi_1", "amount": 250, "status": status}
    found = read_stripe_refund(refund | {"metadata": {"reversal_id": "rev_1"}})
    assert (found.status, found.amount_micros) == (read, 250 * CENT)
    assert (found.intent_id, found.reversal_id) == ("pi_1", "rev_1")


@pytest.mark.parametrize(
    ("moved", "withdrawn", "reinstated"),
    [([], False, False), ([-1], True, False), ([-1, 1], True, True), ([0], False, False)],
)
def test_the_signs_of_its_movements_say_what_a_dispute_took_and_gave_back(
    moved: list[int],
    withdrawn: bool,  # noqa: FBT001
    reinstated: bool,  # noqa: FBT001
) -> None:
    dispute = {
        "id": "dp_1",
        "payment_intent": "pi_1",
        "amount": 250,
        "status": "warning_closed",
        "balance_transactions": [{"amount": amount} for amount in moved],
    }
    found = read_stripe_dispute(dispute)
    assert (found.withdrawn, found.reinstated) == (withdrawn, reinstated)
    assert (found.status, found.amount_micros) == ("won", 250 * CENT)


def test_a_list_is_asked_for_from_a_time_or_of_a_payment() -> None:
    assert build_list_parameters(None, None) == {"limit": 100}
    assert build_list_parameters(0, None) == {"limit": 100, "created": {"gte": 0}}
    assert build_list_parameters(None, "pi_1") == {"limit": 100, "payment_intent": "pi_1"}
