"""The cost of the model: pure, exact, rounded up once, never above the hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.studio.agent.prices import (
    DEFAULT_RATES,
    LEAST_OUTPUT_TOKENS,
    TURN_INPUT_TOKENS,
    TURN_OUTPUT_TOKENS,
    Rates,
    Tokens,
    compute_charge,
    compute_output_left,
    compute_worst_case,
    parse_rates,
)

RATES = DEFAULT_RATES["claude-sonnet-5-5"]
ANY_COUNT = st.integers(0, 60_000)
ANY_RATE = st.integers(0, 100_000_000)
ALL_RATES = st.builds(
    Rates, input=ANY_RATE, output=ANY_RATE, cache_write=ANY_RATE, cache_read=ANY_RATE
)
ALL_TOKENS = st.builds(
    Tokens, input=ANY_COUNT, output=ANY_COUNT, cache_write=ANY_COUNT, cache_read=ANY_COUNT
)


def test_the_sum_is_rounded_up_once_and_not_for_each_turn() -> None:
    turn = Tokens(cache_read=1)
    assert compute_charge(turn, RATES, 1_000) == 1
    assert compute_charge(turn + turn, RATES, 1_000) == 1
    assert compute_charge(Tokens(cache_read=3), RATES, 1_000) == 2
    assert compute_charge(Tokens(), RATES, 1_000) == 0


@given(ALL_TOKENS, ALL_RATES, st.integers(1, 2_000_000))
def test_a_charge_is_a_whole_number_within_the_hold(used: Tokens, rates: Rates, held: int) -> None:
    charged = compute_charge(used, rates, held)
    assert type(charged) is int
    assert 0 <= charged <= held
    assert charged == held or used.cost(rates) <= charged * 1_000_000 < used.cost(rates) + 1_000_000


@given(ALL_TOKENS, ALL_RATES, st.integers(1, 2_000_000), ANY_COUNT)
def test_a_turn_that_is_allowed_fits_into_what_is_left(
    used: Tokens, rates: Rates, held: int, counted: int
) -> None:
    room = compute_output_left(rates, held, used, counted)
    if room is None:
        return
    assert LEAST_OUTPUT_TOKENS <= room <= TURN_OUTPUT_TOKENS
    for kind in ("input", "cache_write", "cache_read"):
        after = used + Tokens(**{kind: counted + counted // 20}) + Tokens(output=room)
        assert after.cost(rates) <= held * 1_000_000


def test_too_much_input_is_no_turn() -> None:
    assert compute_output_left(RATES, 2_000_000, Tokens(), TURN_INPUT_TOKENS) == TURN_OUTPUT_TOKENS
    assert compute_output_left(RATES, 2_000_000, Tokens(), TURN_INPUT_TOKENS + 1) is None
    assert compute_worst_case(RATES) == 12 * (60_000 * 5 + 4_096 * 20)


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"m": 1}', '{"m": {"input": 1}}',
     '{"m": {"input": 1.0, "output": 1, "cacheWrite": 1, "cacheRead": 1}}',
     '{"m": {"input": true, "output": 1, "cacheWrite": 1, "cacheRead": 1}}',
     '{"m": {"input": -1, "output": 1, "cacheWrite": 1, "cacheRead": 1}}'],
)  # fmt: skip
def test_a_price_table_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="KT_AGENT_PRICES"):
        parse_rates(text)


def test_a_table_adds_models() -> None:
    text = '{"m": {"input": 1, "output": 2, "cacheWrite": 3, "cacheRead": 4}}'
    assert parse_rates(text)["m"] == Rates(input=1, output=2, cache_write=3, cache_read=4)
    assert parse_rates(text)["claude-sonnet-5-5"] == parse_rates("")["claude-sonnet-5-5"] == RATES
