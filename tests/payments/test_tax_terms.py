"""Tax terms: the operator's settings decide them, and a checkout keeps those it was opened with."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.settings import Settings
from gateway.payments.bills import NO_TAX, TaxTerms
from gateway.payments.checkouts.verdicts import judge_payment
from gateway.payments.packages import Package, parse_packages
from gateway.payments.purchases.purchase_bills import get_net_microusd
from gateway.payments.states import CheckoutState, TaxSource
from gateway.payments.stripe.parameters import build_session_parameters
from gateway.payments.stripe.readings import read_stripe_payment
from gateway.payments.tables import Checkout, Purchase, PurchaseBill
from gateway.payments.wiring import build_tax_policy
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, build_matching_payment

FIXED = TaxTerms(source=TaxSource.FIXED, included=True, name="VAT", percent="20")
CENT = 10_000


def build_policy(**values: str) -> tuple[TaxTerms, TaxTerms]:
    policy = build_tax_policy(Settings.model_construct(None, **dict[str, Any](values)))
    return policy.computed, policy.other


@pytest.mark.promise("sales: plain-settings")
def test_settings_say_plainly_who_computes_the_tax() -> None:
    assert build_policy() == (NO_TAX, NO_TAX)
    assert build_policy(tax="20.0") == (FIXED, FIXED)
    by_provider = TaxTerms(source=TaxSource.PROVIDER, included=True, name="VAT")
    assert build_policy(tax="stripe", tax_behavior="inclusive", tax_other="20") == (
        by_provider,
        FIXED,
    )


@pytest.mark.parametrize(
    ("values", "setting"),
    [({"tax": "much"}, "KT_TAX:"), ({"tax": "stripe", "tax_other": "200"}, "KT_TAX_OTHER:"),
     ({"tax_other": "20"}, "KT_TAX_OTHER")],
)  # fmt: skip
def test_a_tax_that_is_none_is_refused_by_the_name_of_its_setting(
    values: dict[str, str], setting: str
) -> None:
    with pytest.raises(ValueError, match=setting):
        build_policy(**values)


@pytest.mark.parametrize(
    "prices", ['{"eur": 5}', '{"usd": 6000000}', '{"xxx": 6000000}', '{"jpy": 500500000}',
               '{"eur": 490000}', '{"eur": 1000000000010000}'],
)  # fmt: skip
def test_a_price_that_cannot_be_charged_is_refused(prices: str) -> None:
    package = (
        '[{"code": "one_600", "name": "One", "price_microusd": 6000000,'
        f' "credit_microusd": 6000000, "prices": {prices}}}]'
    )
    with pytest.raises(ValueError, match="prices"):
        parse_packages(package)


@pytest.mark.anyio
@pytest.mark.promise("sales: fixed-rate-inside")
async def test_a_fixed_rate_is_a_part_of_the_price_that_was_charged(buyer: Buyer) -> None:
    row = await buyer.add_checkout(
        tax_source=TaxSource.FIXED, tax_included=1, tax_name="VAT", tax_percent="20"
    )
    assert await buyer.settle_payment(build_matching_payment(row)) == "credited"
    async with buyer.shop.database.read() as snapshot:
        (purchase_id,) = await snapshot.scalars(
            Purchase.__table__.select().with_only_columns(Purchase.id)
        )
        purchase = await snapshot.get_one(Purchase, purchase_id)
        bill = await snapshot.get_one(PurchaseBill, purchase_id)
    assert (bill.net_micros, bill.tax_micros, bill.total_micros) == (
        20_830_000, 4_170_000, 25_000_000,
    )  # fmt: skip
    assert (purchase.paid_microusd, get_net_microusd(purchase, bill)) == (25_000_000, 20_830_000)
    assert (await buyer.get_balance()).available_microusd == 26_000_000
    await assert_sound(buyer.shop.database)


def build_checkout(**changes: Any) -> Checkout:  # noqa: ANN401 - any column
    fields: dict[str, Any] = {
        "id": "chk_1", "account_id": "acct_1", "ledger_account": 1, "book": "test",
        "provider": "stripe", "state": CheckoutState.OPEN, "package_code": "one_600",
        "package_name": "One", "price_microusd": 6_000_000, "credit_microusd": 6_000_000,
        "bonus_microusd": 0, "email": "ann@example.com", "return_path": "/credits/return",
        "idempotency_key": None, "request_hash": b"", "provider_reference": "cs_1", "url": None,
        "review_reason": None, "created_at": 1, "expires_at": 2_000_000,
    }  # fmt: skip
    return Checkout(**(fields | changes))


def build_session(checkout: Checkout, amounts: dict[str, int]) -> dict[str, Any]:
    """Build the paid session of a checkout, with these amounts in cents."""
    total = amounts["total"]
    return {
        "id": "cs_1", "status": "complete", "livemode": False, "currency": "usd",
        "payment_status": "paid" if total else "no_payment_required",
        "amount_subtotal": amounts["subtotal"], "amount_total": total,
        "total_details": {"amount_discount": amounts["discount"], "amount_tax": amounts["tax"]},
        "client_reference_id": checkout.account_id,
        "metadata": {"checkout_id": checkout.id, "package_code": checkout.package_code},
        "payment_intent": {"id": "pi_1", "metadata": {"checkout_id": checkout.id}}
        if total else None,
    }  # fmt: skip


@given(
    st.integers(0, 1_200), st.integers(0, 800), st.integers(0, 800), st.integers(0, 2_000),
    st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
@pytest.mark.promise("sales: verdict")
def test_only_a_sum_that_the_checkout_provides_for_is_paid(
    subtotal: int,
    discount: int,
    tax: int,
    total: int,
    taxed: bool,  # noqa: FBT001 - drawn
    included: bool,  # noqa: FBT001 - drawn
    discountable: bool,  # noqa: FBT001 - drawn
) -> None:
    checkout = build_checkout(
        tax_source=TaxSource.PROVIDER if taxed else TaxSource.NONE,
        tax_included=int(included), discountable=int(discountable),
    )  # fmt: skip
    for before, off, on_top, paid in (
        (subtotal, discount, tax, total),
        (600, min(discount, 600), tax, 600 - min(discount, 600) + (0 if included else tax)),
    ):
        amounts = {"subtotal": before, "discount": off, "tax": on_top, "total": paid}
        payment = read_stripe_payment(build_session(checkout, amounts))
        right = (
            before == 600
            and (off == 0 or discountable)
            and (on_top == 0 or taxed)
            and paid == before - off + (0 if included else on_top)
            and 0 <= off <= 600
            and on_top <= paid
        )
        decision = judge_payment(checkout, payment).decision
        assert decision == ("paid" if right else CheckoutState.REVIEW), amounts


@given(st.sampled_from(["none", "fixed", "provider"]), st.booleans(), st.booleans())
def test_stripe_is_asked_for_what_the_checkout_says_and_nothing_else(
    source: str,
    included: bool,  # noqa: FBT001 - drawn
    discountable: bool,  # noqa: FBT001 - drawn
) -> None:
    checkout = build_checkout(
        tax_source=TaxSource(source), tax_included=int(included), discountable=int(discountable),
        currency="jpy", price_micros=800_000_000,
    )  # fmt: skip
    asked = build_session_parameters(checkout, site="https://shop.test")
    price = asked["line_items"][0]["price_data"]
    assert (price["unit_amount"], price["currency"]) == (800, "jpy")
    assert asked.get("allow_promotion_codes", False) == discountable
    behavior = "inclusive" if included else "exclusive"
    assert price.get("tax_behavior") == (behavior if source == "provider" else None)
    assert ("automatic_tax" in asked) == (source == "provider")
    assert asked == build_session_parameters(checkout, site="https://shop.test")
    known = replace_customer(checkout)
    assert "customer_email" not in build_session_parameters(known, site="")


def replace_customer(checkout: Checkout) -> Checkout:
    checkout.customer_id = "cus_1"
    return checkout


def test_a_package_has_a_price_in_each_of_its_currencies() -> None:
    package = Package(
        code="one_600", name="One", price_microusd=600 * CENT, credit_microusd=600 * CENT,
        prices={"eur": 550 * CENT, "jpy": 900_000_000},
    )  # fmt: skip
    assert package.list_prices() == {"usd": 6_000_000, "eur": 5_500_000, "jpy": 900_000_000}
