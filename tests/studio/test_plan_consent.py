"""The consent that each kind of caller needs for a total, row by row of the table."""

from dataclasses import replace

import pytest

from gateway.kit.operation import Caller
from gateway.studio.plans.consent import (
    Expense,
    decide_consent,
    render_consent,
    require_consent,
)
from gateway.studio.plans.errors import ApprovalRequired

CENT = 10_000
KEY = Caller(
    account_id="acct_1",
    ledger_account=1,
    book="live",
    key_id="key_1",
    scopes=frozenset({"studio", "media", "account:read", "billing", "admin"}),
    auto_approve_microusd=0,
    confirm_up_to_microusd=0,
)
PERSON = replace(KEY, key_id=None, session_id="ses_1")
APPROVING_KEY = replace(KEY, scopes=frozenset({"studio", "studio:approve"}))
LIMITED_KEY = replace(KEY, auto_approve_microusd=CENT, confirm_up_to_microusd=3 * CENT)
TEST_KEY = replace(KEY, book="test", auto_approve_microusd=None, confirm_up_to_microusd=None)
CONFIRMING_KEY = replace(KEY, confirm_up_to_microusd=None)

ROWS = [
    (PERSON, 10**12, "auto"),
    (APPROVING_KEY, 10**12, "auto"),
    (TEST_KEY, 10**12, "auto"),
    (KEY, 0, "auto"),
    (KEY, 1, "approve"),
    (LIMITED_KEY, CENT, "auto"),
    (LIMITED_KEY, CENT + 1, "confirm"),
    (LIMITED_KEY, 3 * CENT, "confirm"),
    (LIMITED_KEY, 3 * CENT + 1, "approve"),
    (CONFIRMING_KEY, 10**12, "confirm"),
]


@pytest.mark.promise("plans: consent")
@pytest.mark.parametrize(("caller", "total", "expected"), ROWS)
def test_consent_is_as_the_table_says(caller: Caller, total: int, expected: str) -> None:
    assert decide_consent(caller, total) == expected


def refuse_expense(caller: Caller, total: int, *, confirmed: bool) -> ApprovalRequired:
    expense = Expense(kind="plan", total_microusd=total, approval_url="/plans/1")
    with pytest.raises(ApprovalRequired) as refused:
        require_consent(caller, expense, confirmed_in_client=confirmed)
    return refused.value


def test_a_yes_in_the_client_is_needed_and_enough_up_to_the_second_limit() -> None:
    expense = Expense(kind="plan", total_microusd=3 * CENT, approval_url="/plans/1")
    require_consent(LIMITED_KEY, expense, confirmed_in_client=True)
    asked = refuse_expense(LIMITED_KEY, 3 * CENT, confirmed=False)
    assert (asked.members["consent"], asked.members["approvalUrl"]) == ("confirm", "/plans/1")
    assert "$0.03" in asked.detail
    assert "up to $0.01 by itself" in asked.detail
    assert "not enough" not in asked.detail


def test_above_it_only_a_person_will_do_and_a_yes_is_said_to_be_not_enough() -> None:
    asked = refuse_expense(LIMITED_KEY, 3 * CENT + 1, confirmed=True)
    assert asked.members["consent"] == "approve"
    assert asked.members["totalMicrousd"] == 3 * CENT + 1
    assert asked.members["limitMicrousd"] == CENT
    assert asked.detail.endswith("A yes in the client is not enough.")


def test_who_needs_no_consent_is_never_refused() -> None:
    expense = Expense(kind="message", total_microusd=10**12, approval_url="/")
    for caller in (PERSON, APPROVING_KEY, TEST_KEY):
        require_consent(caller, expense, confirmed_in_client=False)


@pytest.mark.parametrize(("total", "human"), [(CENT, False), (CENT + 1, True), (10**12, True)])
def test_an_answer_says_whether_a_person_is_needed(total: int, human: bool) -> None:  # noqa: FBT001
    rendered = render_consent(LIMITED_KEY, total, "/plans/1")
    assert (rendered["requires_human_approval"], rendered["approval_url"]) == (human, "/plans/1")
