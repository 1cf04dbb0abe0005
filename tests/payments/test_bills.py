"""Bills: whatever is charged, its amounts add up, and no tax is ever a part of the net."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.payments.bills import (
    Bill,
    TaxTerms,
    UnbalancedBillError,
    apply_tax_terms,
    build_charged_bill,
    build_plain_bill,
    calculate_included_tax,
    calculate_share,
    convert_to_dollars,
    parse_tax_percent,
)
from gateway.payments.currencies import CURRENCIES, get_minor_unit_micros
from gateway.payments.states import TaxSource

CURRENCY = st.sampled_from(sorted(CURRENCIES))
UNITS = st.integers(0, 100_000_000)
PERCENT = st.decimals("0.0001", "99.9999", places=4).map(str)


@given(CURRENCY, UNITS, PERCENT)
def test_a_fixed_rate_is_the_part_of_the_total_that_is_nearest_in_whole_units(
    currency: str, units: int, percent: str
) -> None:
    unit = get_minor_unit_micros(currency)
    bill = apply_tax_terms(
        build_plain_bill(currency, units * unit),
        TaxTerms(source=TaxSource.FIXED, included=True, name="VAT", percent=percent),
    )
    assert (bill.total_micros, bill.price_micros) == (units * unit, units * unit)
    assert bill.net_micros + bill.tax_micros == bill.total_micros
    assert bill.tax_micros % unit == 0
    exact = Fraction(bill.total_micros) * Fraction(percent) / (100 + Fraction(percent))
    assert abs(bill.tax_micros - exact) <= Fraction(unit, 2)
    assert (bill.tax_source, bill.tax_included, bill.tax_percent) == ("fixed", True, percent)


@given(st.integers(0, 10**13), PERCENT)
def test_a_total_in_no_whole_units_contains_a_tax_too(total: int, percent: str) -> None:
    assert 0 <= calculate_included_tax(total, percent, 10_000) <= total


@given(CURRENCY, UNITS, UNITS, UNITS, st.booleans())
def test_a_charge_adds_up_on_top_of_the_price_or_inside_it(
    currency: str,
    price: int,
    discount: int,
    tax: int,
    included: bool,  # noqa: FBT001 - drawn
) -> None:
    unit = get_minor_unit_micros(currency)
    discount, tax = min(discount, price), min(tax, price - min(discount, price))
    total = price - discount + (0 if included else tax)
    bill = build_charged_bill(
        currency,
        list_micros=price * unit,
        discount_micros=discount * unit,
        tax_micros=tax * unit,
        total_micros=total * unit,
    )
    assert bill.net_micros == (total - tax) * unit
    assert bill.price_micros == (price - discount) * unit
    assert bill.tax_included == (included and tax > 0)
    completed = apply_tax_terms(bill, TaxTerms(source=TaxSource.PROVIDER, included=included))
    assert (completed.total_micros, completed.tax_source) == (bill.total_micros, "provider")
    assert completed.tax_included == included


@given(UNITS, UNITS, UNITS, st.integers(-3, 3).filter(bool))
def test_a_charge_that_is_off_by_one_is_no_bill(
    price: int, discount: int, tax: int, off: int
) -> None:
    discount, tax = min(discount, price), tax + 4
    with pytest.raises(UnbalancedBillError):
        build_charged_bill(
            "usd",
            list_micros=price,
            discount_micros=discount,
            tax_micros=tax,
            total_micros=price - discount + tax + off,
        )


def test_a_negative_amount_is_no_bill() -> None:
    with pytest.raises(UnbalancedBillError):
        Bill(currency="usd", list_micros=5, discount_micros=-1, net_micros=6, total_micros=6)


@given(st.integers(1, 10**10), st.integers(1, 10**13), st.data())
def test_the_whole_price_is_the_whole_price_in_dollars(
    dollars: int, price: int, data: st.DataObject
) -> None:
    def convert(amount: int) -> int:
        return convert_to_dollars(amount, price_microusd=dollars, price_micros=price)

    assert (convert(price), convert(0)) == (dollars, 0)
    part = data.draw(st.integers(0, price))
    assert 0 <= convert(part) <= dollars
    assert convert(part) + convert(price - part) in {dollars - 1, dollars}


@pytest.mark.parametrize(
    ("text", "written"), [("20", "20"), ("20.0", "20"), ("8.875", "8.875"), ("0.5", "0.5")]
)
def test_a_rate_is_written_as_people_write_it(text: str, written: str) -> None:
    assert parse_tax_percent(text) == written


@pytest.mark.parametrize("text", ["0", "100", "-5", "nan", "vat", "1e-9", "", "8.87555"])
def test_no_rate_is_taken_that_cannot_be_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"percentage|between"):
        parse_tax_percent(text)


@given(
    st.integers(0, 10**10),
    st.lists(st.tuples(st.integers(1, 10**9), st.booleans()), min_size=1, max_size=20),
)
def test_shares_of_all_parts_are_the_whole(whole: int, parts: list[tuple[int, bool]]) -> None:
    """However the whole was divided, and whichever parts were undone and returned again."""
    total = sum(part for part, _ in parts)
    standing, again = list[tuple[int, int]](), list[int]()

    def add_part(part: int) -> tuple[int, int]:
        before = sum(each for each, _ in standing)
        shared = sum(share for _, share in standing)
        return part, calculate_share(whole, total=total, before=before, part=part, shared=shared)

    for part, is_undone in parts:
        standing.append(add_part(part))
        if is_undone:
            again.append(standing.pop(0)[0])
    for part in again:
        standing.append(add_part(part))
    assert sum(part for part, _ in standing) == total
    assert sum(share for _, share in standing) == whole
    assert all(share >= 0 for _, share in standing)


def test_a_part_that_is_returned_again_shares_what_the_others_left() -> None:
    shares = [
        calculate_share(100, total=3, before=before, part=1, shared=shared)
        for before, shared in ((0, 0), (1, 33), (2, 66), (2, 67))
    ]
    assert shares == [33, 33, 34, 33]
