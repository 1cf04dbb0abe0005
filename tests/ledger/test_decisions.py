"""Who may spend, as pure functions."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kit.clock import DAY, to_utc_day, to_utc_month
from gateway.kit.errors import (
    AccountFrozen,
    InsufficientCredits,
    KeyLimitExceeded,
    Problem,
    Unauthorized,
)
from gateway.ledger.decisions import (
    Account,
    AdmittedHold,
    Decision,
    Hold,
    Policy,
    SpenderView,
    SpendingKey,
    decide_holds,
)
from gateway.ledger.errors import MemberLimitExceeded

NOW = 1_795_600_000_000_000
amounts = st.integers(1, 10**9)


def build_account(posted: int = 100, **changes: object) -> Account:
    values: dict[str, object] = {
        "id": 1, "kind": "customer", "book": "live", "posted_microusd": posted,
        "pending_microusd": 0, "incoming_microusd": 0, "debt_microusd": 0, "untaken_microusd": 0,
        "version": 7, "state": "active", "grants_due_at": None,
    }  # fmt: skip
    return Account(**(values | changes))  # type: ignore[arg-type]


def build_hold(amount: int, number: int = 0, **changes: object) -> Hold:
    values: dict[str, object] = {
        "id": f"trf_{number}", "account": 1, "book": "live", "reference": f"job_{number}",
        "amount_microusd": amount, "key_id": None,
    }  # fmt: skip
    return Hold(**(values | changes))  # type: ignore[arg-type]


def build_policy(daily: int | None, monthly: int | None, total: int | None, **used: int) -> Policy:
    return Policy(
        "pol_1", daily, monthly, total, used.get("day", to_utc_day(NOW)), used.get("day_used", 0),
        used.get("month", to_utc_month(NOW)), used.get("month_used", 0), used.get("total_used", 0),
    )  # fmt: skip


def build_view(spender: SpendingKey | None = None, *policies: Policy) -> SpenderView:
    spenders = {spender.key_id: spender} if spender else {}
    return SpenderView(NOW, spenders, {policy.id: policy for policy in policies})


def admitted_amounts(decision: Decision) -> list[int]:
    return [o.hold.amount_microusd for o in decision.outcomes if isinstance(o, AdmittedHold)]


def test_an_unaffordable_request_blocks_nobody_behind_it() -> None:
    decision = decide_holds(
        [build_hold(10**9), build_hold(5), build_hold(5)], {1: build_account(10)}, build_view()
    )
    assert [type(outcome) for outcome in decision.outcomes] == [
        InsufficientCredits,
        AdmittedHold,
        AdmittedHold,
    ]
    assert decision.accounts[1].available_microusd == 0


def test_a_refusal_says_what_is_needed_and_what_is_there() -> None:
    (refused,) = decide_holds(
        [build_hold(300_000)], {1: build_account(250_000)}, build_view()
    ).outcomes
    assert isinstance(refused, InsufficientCredits)
    assert refused.members == {
        "requiredUsd": "0.30",
        "requiredMicrousd": 300_000,
        "balanceUsd": "0.25",
        "balanceMicrousd": 250_000,
    }


@given(st.integers(0, 10**10), st.lists(amounts, max_size=50))
def test_holds_never_exceed_what_was_available_and_no_affordable_one_is_refused(
    posted: int, wanted: list[int]
) -> None:
    holds = [build_hold(amount, number) for number, amount in enumerate(wanted)]
    decision = decide_holds(holds, {1: build_account(posted)}, build_view())
    left = posted
    for outcome, amount in zip(decision.outcomes, wanted, strict=True):
        if amount <= left:
            assert isinstance(outcome, AdmittedHold)
            left -= amount
            assert outcome.available_microusd == left
        else:
            assert isinstance(outcome, Problem)
    assert sum(admitted_amounts(decision)) == posted - left


@given(st.lists(amounts, max_size=30), st.integers(0, 10**10))
def test_each_admitted_hold_raises_the_version_by_one(wanted: list[int], posted: int) -> None:
    holds = [build_hold(amount, number) for number, amount in enumerate(wanted)]
    decision = decide_holds(holds, {1: build_account(posted)}, build_view())
    versions = [a.version for a in decision.accounts.values()] or [7]
    assert versions == [7 + len(admitted_amounts(decision))]


@given(
    st.lists(amounts, max_size=30),
    st.tuples(*[st.none() | st.integers(0, 10**10)] * 3),
    st.tuples(*[st.integers(0, 10**9)] * 3),
)
def test_no_cap_is_ever_passed(
    wanted: list[int], limits: tuple[int | None, ...], used: tuple[int, ...]
) -> None:
    caps = build_policy(*limits, day_used=used[0], month_used=used[1], total_used=used[2])
    spender = SpendingKey("key_1", 1, "pol_1", None, None)
    holds = [build_hold(amount, number, key_id="key_1") for number, amount in enumerate(wanted)]
    decision = decide_holds(holds, {1: build_account(10**12)}, build_view(spender, caps))
    spent = sum(admitted_amounts(decision))
    for limit, before in zip(limits, used, strict=True):
        assert limit is None or not spent or before + spent <= limit
    after = decision.policies.get("pol_1", caps)
    assert after.total_used_microusd == caps.total_used_microusd + spent


drawn_limits = st.tuples(*[st.none() | st.integers(0, 10**10)] * 3)


@given(st.lists(amounts, max_size=30), drawn_limits, drawn_limits)
def test_a_members_key_passes_neither_its_cap_nor_the_members_and_uses_both_alike(
    wanted: list[int], own: tuple[int | None, ...], of_member: tuple[int | None, ...]
) -> None:
    caps, shared = build_policy(*own), replace(build_policy(*of_member), id="mbr_1")
    spender = SpendingKey("key_1", 1, "pol_1", None, None, "mbr_1")
    holds = [build_hold(amount, number, key_id="key_1") for number, amount in enumerate(wanted)]
    decision = decide_holds(holds, {1: build_account(10**12)}, build_view(spender, caps, shared))
    tightest = {
        policy_id: min((limit for limit in limits if limit is not None), default=10**12)
        for policy_id, limits in (("pol_1", own), ("mbr_1", of_member))
    }
    spent = 0
    for outcome, amount in zip(decision.outcomes, wanted, strict=True):
        above = [name for name, limit in tightest.items() if spent + amount > limit]
        expected = {"pol_1": KeyLimitExceeded, "mbr_1": MemberLimitExceeded}
        assert type(outcome) is (expected[above[0]] if above else AdmittedHold)
        spent += 0 if above else amount
    for policy in decision.policies.values():
        used = (policy.day_used_microusd, policy.month_used_microusd, policy.total_used_microusd)
        assert used == (spent, spent, spent)
    assert set(decision.policies) == ({"pol_1", "mbr_1"} if spent else set())


def test_the_values_given_are_not_changed() -> None:
    mine = build_account(100)
    decide_holds([build_hold(60)], {1: mine}, build_view())
    assert mine == build_account(100)


def test_a_new_day_and_month_forget_what_was_used_but_the_total_does_not() -> None:
    old = build_policy(10, 10, 25, day=to_utc_day(NOW) - 40, day_used=10,
                       month=to_utc_month(NOW) - 1, month_used=10, total_used=10)  # fmt: skip
    spender = SpendingKey("key_1", 1, "pol_1", None, None)
    holds = [build_hold(10, 1, key_id="key_1"), build_hold(10, 2, key_id="key_1")]
    decision = decide_holds(holds, {1: build_account(100)}, build_view(spender, old))
    first, second = decision.outcomes
    assert isinstance(first, AdmittedHold)
    assert isinstance(second, KeyLimitExceeded)


@pytest.mark.parametrize(
    ("limits", "reset_at"),
    [
        ((5, None, None), "2026-11-26T00:00:00Z"),
        ((5, 5, None), "2026-12-01T00:00:00Z"),
        ((5, 5, 5), None),
    ],
)
def test_a_cap_says_when_it_resets(
    limits: tuple[int | None, int | None, int | None], reset_at: str | None
) -> None:
    spender = SpendingKey("key_1", 1, "pol_1", None, None)
    wanted = [build_hold(6, key_id="key_1")]
    (refused,) = decide_holds(
        wanted, {1: build_account()}, build_view(spender, build_policy(*limits))
    ).outcomes
    assert isinstance(refused, KeyLimitExceeded)
    assert refused.members["resetAt"] == reset_at
    assert refused.members["limitMicrousd"] == 5
    assert refused.members["remainingUsd"] == "0.000005"


@pytest.mark.parametrize(
    "spender",
    [
        None,
        SpendingKey("key_1", 2, None, None, None),
        SpendingKey("key_1", 1, None, NOW, None),
        SpendingKey("key_1", 1, None, None, NOW - DAY),
    ],
    ids=["unknown", "of another account", "expired", "revoked"],
)
def test_a_key_that_may_not_spend_is_unauthorized(spender: SpendingKey | None) -> None:
    (refused,) = decide_holds(
        [build_hold(1, key_id="key_1")], {1: build_account()}, build_view(spender)
    ).outcomes
    assert isinstance(refused, Unauthorized)


@pytest.mark.parametrize("state", ["frozen", "closed"])
def test_an_account_that_is_not_active_spends_nothing(state: str) -> None:
    (refused,) = decide_holds(
        [build_hold(1)], {1: build_account(state=state)}, build_view()
    ).outcomes
    assert isinstance(refused, AccountFrozen)


def test_debt_refuses_and_shows_the_negative_balance() -> None:
    (refused,) = decide_holds(
        [build_hold(1)], {1: build_account(-50, debt_microusd=50)}, build_view()
    ).outcomes
    assert isinstance(refused, InsufficientCredits)
    assert refused.members["balanceUsd"] == "-0.00005"


@pytest.mark.parametrize("wrong", [build_hold(0), build_hold(-1), build_hold(1, book="test")])
def test_a_hold_of_nothing_or_of_the_other_book_is_a_mistake(wrong: Hold) -> None:
    with pytest.raises(ValueError, match="trf_0"):
        decide_holds([wrong], {1: build_account()}, build_view())
