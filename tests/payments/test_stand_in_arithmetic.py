"""The stand-in's arithmetic: whatever is sold, its amounts add up, and its bill is one of ours."""

from fractions import Fraction
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from gateway.payments.bills import build_charged_bill
from gateway.stripe_stand_in.credit_notes import build_amounts
from gateway.stripe_stand_in.discounts import compute_discount
from gateway.stripe_stand_in.tax import PERCENTS, Buyer, render_total_tax
from gateway.stripe_stand_in.totals import Line, Totals, compute_totals, divide_discount

CENTS = st.integers(0, 10_000_000)
BEHAVIOR: st.SearchStrategy[Literal["exclusive", "inclusive"]] = st.sampled_from(
    ["exclusive", "inclusive"]
)
COUNTRY = st.sampled_from([*sorted(PERCENTS), "US", "BR"])
NUMBERS = st.sampled_from([(), (("eu_vat", "DE123456789"),)])
BUYER = st.builds(Buyer, COUNTRY, NUMBERS, st.sampled_from(["none", "none", "exempt", "reverse"]))


@given(st.lists(st.builds(Line, CENTS, BEHAVIOR), min_size=1, max_size=4), BUYER, st.data())
def test_price_less_discount_plus_tax_on_top_is_the_total(
    lines: list[Line], buyer: Buyer, data: st.DataObject
) -> None:
    subtotal = sum(each.amount for each in lines)
    totals = compute_totals(lines, data.draw(st.integers(0, subtotal)), buyer)
    on_top = sum(each.amount for each in totals.taxes if each.behavior == "exclusive")
    assert totals.total == subtotal - totals.discount + on_top
    assert sum(totals.discounts) == totals.discount
    assert all(0 <= off <= each.amount for off, each in zip(totals.discounts, lines, strict=True))


@given(CENTS, BEHAVIOR, BUYER, st.data())
def test_a_tax_is_the_nearest_to_its_rate_and_makes_a_bill_that_adds_up(
    cents: int, behavior: Literal["exclusive", "inclusive"], buyer: Buyer, data: st.DataObject
) -> None:
    totals = compute_totals([Line(cents, behavior)], data.draw(st.integers(0, cents)), buyer)
    (tax,) = totals.taxes
    priced, rate = cents - totals.discount, Fraction(tax.percent)
    exact = priced * rate / (100 + rate if behavior == "inclusive" else 100)
    assert abs(tax.amount - exact) <= Fraction(1, 2)
    bill = build_charged_bill(
        "eur",
        list_micros=totals.subtotal * 10_000,
        discount_micros=totals.discount * 10_000,
        tax_micros=totals.tax * 10_000,
        total_micros=totals.total * 10_000,
    )
    assert bill.price_micros == priced * 10_000
    assert bill.net_micros == tax.taxable_amount * 10_000
    if buyer.is_reverse_charged or buyer.country in {"US", "BR"}:
        assert totals.tax == 0


@given(CENTS, st.integers(1, 10_000), st.integers(1, 10_000_000))
def test_no_coupon_takes_off_more_than_the_price(cents: int, share: int, amount: int) -> None:
    coupon: dict[str, Any] = {
        "percent_off": share / 100, "amount_off": None, "currency": None, "_amounts": {},
        "max_redemptions": None, "redeem_by": None, "times_redeemed": 0,
    }  # fmt: skip
    assert 0 <= compute_discount(coupon, cents, "usd") <= cents
    assert compute_discount(coupon | {"percent_off": 100.0}, cents, "usd") == cents
    fixed = coupon | {"percent_off": None, "amount_off": amount, "currency": "usd"}
    assert compute_discount(fixed, cents, "usd") == min(amount, cents)


@given(st.lists(CENTS, min_size=1, max_size=6), st.data())
def test_the_parts_of_a_discount_are_the_discount(amounts: list[int], data: st.DataObject) -> None:
    discount = data.draw(st.integers(0, sum(amounts)))
    parts = divide_discount(amounts, discount)
    assert sum(parts) == discount
    assert all(0 <= part <= amount for part, amount in zip(parts, amounts, strict=True))


@given(st.integers(1, 10_000_000), BEHAVIOR, BUYER, st.lists(st.integers(1, 10_000_000)))
def test_credit_notes_in_parts_return_no_more_tax_than_was_paid(
    cents: int,
    behavior: Literal["exclusive", "inclusive"],
    buyer: Buyer,
    wanted: list[int],
) -> None:
    totals = compute_totals([Line(cents, behavior)], 0, buyer)
    left, taxes = totals.total, 0
    for amount in (*wanted, totals.total):
        part = min(amount, left)
        note = build_amounts(render_paid(totals), part)
        assert note["total"] - note["total_excluding_tax"] == note["total_taxes"][0]["amount"]
        left, taxes = left - part, taxes + note["total_taxes"][0]["amount"]
    assert left == 0
    assert taxes <= totals.tax
    assert (
        build_amounts(render_paid(totals), totals.total)["total_taxes"][0]["amount"] == totals.tax
    )


def render_paid(totals: Totals) -> dict[str, object]:
    """Return what a credit note reads of a paid invoice."""
    taxes = [render_total_tax(each) for each in totals.taxes]
    return {"total": totals.total, "total_taxes": taxes, "currency": "eur"}
