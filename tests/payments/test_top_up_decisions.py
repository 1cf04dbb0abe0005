"""The rules of auto top-up, for any amounts and times."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.kit.clock import HOUR
from gateway.payments.top_ups.decisions import (
    MAX_DECLINES,
    StartDecision,
    TopUpFacts,
    TopUpTerms,
    decide_retry,
    decide_start,
    has_room,
    is_raised,
    list_term_problems,
)

AMOUNTS = st.integers(1, 10**12)
TERMS = st.builds(
    TopUpTerms,
    threshold_microusd=AMOUNTS,
    package_code=st.sampled_from(["one", "two"]),
    currency=st.sampled_from(["usd", "eur"]),
    price_micros=AMOUNTS,
    monthly_max_micros=AMOUNTS,
)
FACTS = st.builds(
    TopUpFacts,
    is_on=st.booleans(),
    is_in_flight=st.booleans(),
    is_account_active=st.booleans(),
    retry_at=st.none() | st.integers(0, 100),
    available_microusd=st.integers(-(10**12), 10**12),
    counted_micros=st.integers(0, 10**12),
)


@given(TERMS, FACTS, st.integers(0, 100))
def test_it_starts_only_with_every_condition_and_within_the_maximum(
    terms: TopUpTerms, facts: TopUpFacts, now: int
) -> None:
    decision = decide_start(terms, facts, now)
    may_charge = (
        facts.is_on
        and facts.is_account_active
        and not facts.is_in_flight
        and (facts.retry_at is None or facts.retry_at <= now)
        and facts.available_microusd < terms.threshold_microusd
    )
    fits = facts.counted_micros + terms.price_micros <= terms.monthly_max_micros
    assert (decision == StartDecision.START) == (may_charge and fits)
    assert (decision == StartDecision.OVER_MAXIMUM) == (may_charge and not fits)


@given(st.lists(AMOUNTS, max_size=30), AMOUNTS)
def test_whatever_is_charged_in_turn_never_adds_up_to_more_than_the_maximum(
    charges: list[int], maximum: int
) -> None:
    counted = 0
    for gross in charges:
        if has_room(maximum, counted, gross):
            counted += gross
    assert counted <= maximum


@given(TERMS, TERMS)
def test_terms_that_are_not_raised_let_no_more_be_charged_in_any_situation(
    before: TopUpTerms, after: TopUpTerms
) -> None:
    assert is_raised(None, after)
    if is_raised(before, after):
        return
    assert after.currency == before.currency
    assert after.threshold_microusd <= before.threshold_microusd
    assert after.price_micros <= before.price_micros
    assert after.monthly_max_micros <= before.monthly_max_micros
    assert not is_raised(after, replace(after, threshold_microusd=1))


@given(st.integers(0, 2**50))
def test_a_decline_waits_longer_than_the_one_before_and_the_third_ends_it(now: int) -> None:
    assert [decide_retry(count, now) for count in range(1, MAX_DECLINES + 1)] == [
        now + HOUR,
        now + 6 * HOUR,
        None,
    ]


@given(TERMS, AMOUNTS)
def test_one_top_up_lifts_an_empty_account_to_its_threshold(
    terms: TopUpTerms, credit_microusd: int
) -> None:
    problems = list_term_problems(terms, credit_microusd)
    assert ("thresholdUsd" in problems) == (terms.threshold_microusd > credit_microusd)
    assert ("monthlyMaximum" in problems) == (terms.monthly_max_micros < terms.price_micros)
