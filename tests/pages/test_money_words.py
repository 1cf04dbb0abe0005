"""Money for people: prices round up to the cent, balances down, and the exact amount is near."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.kit.money import parse_usd
from gateway.pages.money_words import (
    CENT_MICROUSD,
    format_balance_down,
    format_charge,
    format_money,
    format_price_up,
    render_balance,
    render_exact_price,
)

AMOUNTS = st.integers(-(10**13), 10**13)


def read_cents(shown: str) -> int:
    amount_microusd = parse_usd(shown.replace("−", "").replace("$", "").replace(",", ""))  # noqa: RUF001 - a minus
    assert amount_microusd % CENT_MICROUSD == 0
    return -amount_microusd if shown.startswith("−") else amount_microusd  # noqa: RUF001 - a minus


@given(AMOUNTS)
def test_nobody_pays_more_than_a_button_says(amount_microusd: int) -> None:
    assert 0 <= read_cents(format_price_up(amount_microusd)) - amount_microusd < CENT_MICROUSD


@given(AMOUNTS)
def test_nobody_has_less_than_a_page_says(amount_microusd: int) -> None:
    assert 0 <= amount_microusd - read_cents(format_balance_down(amount_microusd)) < CENT_MICROUSD


@given(AMOUNTS)
def test_the_exact_amount_stands_by_it_unless_it_was_said(amount_microusd: int) -> None:
    is_said = amount_microusd % CENT_MICROUSD == 0
    for shown in (render_exact_price(amount_microusd), render_balance(amount_microusd)):
        assert (f"exactly {format_money(amount_microusd)}<" in shown) != is_said


def test_amounts_look_as_on_a_price_tag() -> None:
    assert format_price_up(78_334) == "$0.08"
    assert format_balance_down(30_089_999) == "$30.08"
    assert format_balance_down(-1) == "−$0.01"  # noqa: RUF001 - a minus
    assert render_exact_price(78_334) == '<small class="exact">exactly $0.078334</small>'


def test_what_went_back_shows_its_minus() -> None:
    shown = [format_charge(amount, "eur") for amount in ("0.50", "-0.50", "-1234.50", "0.00")]
    assert shown == ["€0.50", "−€0.50", "−€1,234.50", "€0.00"]  # noqa: RUF001 - a minus
    assert format_charge("-12.50", "chf") == "−12.50 CHF"  # noqa: RUF001 - a minus
