"""What a caller may give to a key, at the edges: exactly its own rights, and not one step more."""

import pytest

from gateway.identity.errors import AppConnected, ScopeEscalation
from gateway.identity.keys.authority import (
    Authority,
    check_app_change,
    check_key_change,
    check_key_creation,
    check_key_lifetime,
)
from gateway.identity.keys.keys import APP_SCOPES
from gateway.identity.keys.spend_policy import UNLIMITED_POLICY, SpendPolicy

DOLLAR, END = 1_000_000, 1_000
PERSON = Authority(("media", "admin"), UNLIMITED_POLICY, "live", is_person=True)
TIGHT = SpendPolicy(auto_approve=DOLLAR, confirm_up_to=2 * DOLLAR)
KEY = Authority(("media", "admin"), TIGHT, "live", END)
ABOVE = SpendPolicy(auto_approve=DOLLAR + 1, confirm_up_to=2 * DOLLAR)


def test_a_key_makes_a_key_with_exactly_its_own_rights() -> None:
    check_key_creation(KEY, "live", ("media", "admin"), TIGHT)
    with pytest.raises(ScopeEscalation, match="tighter: auto_approve"):
        check_key_creation(KEY, "live", ("media",), ABOVE)
    with pytest.raises(ScopeEscalation, match="lacks the scope studio"):
        check_key_creation(KEY, "live", ("media", "studio"), TIGHT)


@pytest.mark.parametrize("cap", ["daily_limit", "monthly_limit", "total_limit"])
def test_a_key_with_any_cap_makes_no_key(cap: str) -> None:
    capped = Authority(("media",), SpendPolicy(**{cap: DOLLAR}), "live")
    with pytest.raises(ScopeEscalation, match="cap cannot create"):
        check_key_creation(capped, "live", ("media",), SpendPolicy(**{cap: DOLLAR}))


def test_only_a_live_caller_makes_or_changes_a_live_key() -> None:
    test_key = Authority(("media",), UNLIMITED_POLICY, "test")
    for own, book in ((test_key, "test"), (PERSON, "test"), (PERSON, "live")):
        check_key_creation(own, book, ("media",), UNLIMITED_POLICY)
        check_key_change(own, Authority(("media",), TIGHT, book), ("media",), TIGHT)
    with pytest.raises(ScopeEscalation, match="create a live"):
        check_key_creation(test_key, "live", ("media",), TIGHT)
    with pytest.raises(ScopeEscalation, match="change a live"):
        check_key_change(test_key, KEY, ("media",), TIGHT)


def test_only_a_person_lets_a_key_spend_or_approve_more_than_before() -> None:
    lower = Authority(("media",), SpendPolicy(auto_approve=0, confirm_up_to=0), "live")
    check_key_change(PERSON, lower, ("media",), TIGHT)
    check_key_change(KEY, lower, ("media", "admin"), lower.policy)
    for scopes, policy in ((("media",), TIGHT), (("media", "studio:approve"), lower.policy)):
        with pytest.raises(ScopeEscalation, match="Only a person"):
            check_key_change(KEY, lower, scopes, policy)


def test_a_key_keeps_what_it_has_beyond_its_changer() -> None:
    wide = Authority(("media", "studio:approve"), UNLIMITED_POLICY, "live")
    check_key_change(KEY, wide, ("media", "studio:approve"), wide.policy)


def test_a_new_key_ends_with_its_maker_or_earlier() -> None:
    for expiry in (END, END - 1):
        check_key_lifetime(KEY, expiry)
    for later in (END + 1, None):
        check_key_lifetime(PERSON, later)
        check_key_lifetime(KEY, later, previous_expiry=later)
        with pytest.raises(ScopeEscalation, match="expires earlier"):
            check_key_lifetime(KEY, later)


def test_a_live_key_is_widened_by_a_scope_a_limit_or_a_later_end() -> None:
    assert not KEY.is_widened_by(("media",), TIGHT, END)
    assert not Authority((), TIGHT, "live").is_widened_by((), TIGHT, None)
    assert KEY.is_widened_by(("studio",), TIGHT, END)
    assert KEY.is_widened_by((), ABOVE, END)
    assert KEY.is_widened_by((), TIGHT, END + 1)
    assert KEY.is_widened_by((), TIGHT, None)
    assert not Authority((), TIGHT, "test", END).is_widened_by(("admin",), ABOVE, None)


def test_the_reach_of_a_month_is_the_least_of_its_caps() -> None:
    assert UNLIMITED_POLICY.monthly_reach is None
    assert SpendPolicy(daily_limit=2).monthly_reach == 62
    assert SpendPolicy(daily_limit=2, monthly_limit=61).monthly_reach == 61
    assert SpendPolicy(daily_limit=2, monthly_limit=70, total_limit=60).monthly_reach == 60


def test_the_tighter_of_two_policies_is_taken_limit_by_limit() -> None:
    one, other = SpendPolicy(auto_approve=1, total_limit=9), SpendPolicy(auto_approve=2)
    assert one.tighten_to(other) == other.tighten_to(one) == one


def test_a_limit_is_above_another_by_one_micro_dollar_or_by_being_none() -> None:
    assert ABOVE.limits_above(TIGHT) == {"auto_approve"}
    assert TIGHT.limits_above(TIGHT) == set()
    assert UNLIMITED_POLICY.limits_above(TIGHT) == {"auto_approve", "confirm_up_to"}
    assert TIGHT.limits_above(UNLIMITED_POLICY) == set()
    alone = SpendPolicy(auto_approve=5, confirm_up_to=0)  # needs no yes in the client up to 5
    assert alone.limits_above(SpendPolicy(auto_approve=5, confirm_up_to=5)) == set()


def test_a_connected_app_gets_no_scope_and_no_end_that_only_a_key_may_have() -> None:
    check_app_change(APP_SCOPES, {"scopes"})
    for scopes, fields in ((("media", "admin"), {"scopes"}), (("media",), {"expires_at"})):
        with pytest.raises(AppConnected):
            check_app_change(scopes, fields)
