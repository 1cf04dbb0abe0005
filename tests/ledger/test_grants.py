"""Which grants pay, as pure functions."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.accounts.grants import (
    CATEGORIES,
    Grant,
    calculate_free_parts,
    find_earliest_expiry,
    sort_grants,
    take_from_grants,
)

grant_lists = st.lists(
    st.builds(
        Grant,
        id=st.integers(0, 10**6).map(lambda n: f"crg_{n:06d}"),
        category=st.sampled_from(CATEGORIES),
        purchase_id=st.none(),
        remaining_microusd=st.integers(0, 1_000),
        expires_at=st.none() | st.integers(0, 50),
        created_at=st.integers(0, 50),
    ),
    max_size=8,
    unique_by=lambda grant: grant.id,
)


def build_grant(name: str, category: str, remaining: int, **at: int) -> Grant:
    return Grant(
        name, category, None, remaining, at.get("expires_at"), at.get("created_at", 0)  # type: ignore[arg-type]
    )  # fmt: skip


def test_promo_goes_first_by_expiry_then_bonus_then_earned_then_paid_oldest_first() -> None:
    grants = [
        build_grant("paid new", "paid", 1, created_at=9),
        build_grant("paid old", "paid", 1, created_at=1),
        build_grant("earned", "earned", 1),
        build_grant("bonus", "bonus", 1),
        build_grant("promo late", "promo", 1, expires_at=9, created_at=0),
        build_grant("promo soon", "promo", 1, expires_at=2, created_at=5),
        build_grant("promo for ever", "promo", 1),
    ]
    order = [each.id for each in sort_grants(grants)]
    promos = ["promo soon", "promo late", "promo for ever"]
    assert order == [*promos, "bonus", "earned", "paid old", "paid new"]


@given(grant_lists, st.integers(0, 5_000))
def test_taking_takes_exactly_the_amount_or_everything(grants: list[Grant], amount: int) -> None:
    before = sum(each.remaining_microusd for each in grants)
    left, missing = take_from_grants(grants, amount)
    after = sum(each.remaining_microusd for each in left)
    assert before - after == amount - missing
    assert missing == max(0, amount - before)
    assert all(each.remaining_microusd >= 0 for each in left)


@given(grant_lists, st.integers(0, 5_000))
def test_a_later_grant_is_touched_only_when_all_before_it_are_empty(
    grants: list[Grant], amount: int
) -> None:
    before = {each.id: each.remaining_microusd for each in grants}
    left, _ = take_from_grants(grants, amount)
    touched = [each.remaining_microusd < before[each.id] for each in left]
    for position, was_touched in enumerate(touched):
        if was_touched:
            assert all(each.remaining_microusd == 0 for each in left[:position])


@given(grant_lists, st.integers(0, 5_000), st.integers(0, 5_000))
def test_what_is_free_is_what_neither_spending_nor_open_holds_need(
    grants: list[Grant], untaken: int, pending: int
) -> None:
    parts = calculate_free_parts(grants, untaken, pending)
    total = sum(each.remaining_microusd for each in grants)
    assert sum(parts.values()) == max(0, total - untaken - pending)
    assert all(parts[each.id] <= each.remaining_microusd for each in grants)


@given(grant_lists, st.integers(0, 2_500), st.integers(0, 2_500))
def test_taking_twice_is_taking_the_sum(grants: list[Grant], one: int, two: int) -> None:
    first, missing = take_from_grants(grants, one)
    second, missing_too = take_from_grants(first, two)
    assert (second, missing + missing_too) == take_from_grants(grants, one + two)


def test_the_due_date_is_the_earliest_of_those_with_something_left() -> None:
    grants = [
        build_grant("empty", "promo", 0, expires_at=1),
        build_grant("next", "promo", 1, expires_at=5),
        build_grant("later", "promo", 1, expires_at=8),
        build_grant("never", "paid", 1),
    ]
    assert find_earliest_expiry(grants) == 5
    assert find_earliest_expiry([]) is None
