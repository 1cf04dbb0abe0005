import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kit.money import parse_usd, render_usd, to_amount_fields


@given(st.integers(0, 10**15))
def test_dollars_written_and_read_again_are_the_same_integer(amount: int) -> None:
    read = parse_usd(render_usd(amount))
    assert read == amount
    assert type(read) is int


@pytest.mark.parametrize(
    ("amount", "text"),
    [(300_000, "0.30"), (6_667, "0.006667"), (49_500, "0.0495"), (0, "0.00"), (-1, "-0.000001")],
)
def test_dollars_have_two_to_six_places(amount: int, text: str) -> None:
    assert render_usd(amount) == text
    assert to_amount_fields("price", amount) == {"priceUsd": text, "priceMicrousd": amount}


@pytest.mark.parametrize("text", ["", "1.", ".5", "1e3", "-1", "+1", "1,0", "0.1234567", "01", "٣"])
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="decimal string"):
        parse_usd(text)
