"""The consent that each kind of caller needs for a total, row by row of the table."""

from dataclasses import replace

import pytest

from gateway.kit.operation import Caller
from gateway.studio.plans.consent import consent_of

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
APPROVER = replace(KEY, scopes=frozenset({"studio", "studio:approve"}))
LIMITED = replace(KEY, auto_approve_microusd=CENT, confirm_up_to_microusd=3 * CENT)
TEST = replace(KEY, book="test", auto_approve_microusd=None, confirm_up_to_microusd=None)
ASKING = replace(KEY, confirm_up_to_microusd=None)

ROWS = [
    (PERSON, 10**12, "auto"),
    (APPROVER, 10**12, "auto"),
    (TEST, 10**12, "auto"),
    (KEY, 0, "auto"),
    (KEY, 1, "approve"),
    (LIMITED, CENT, "auto"),
    (LIMITED, CENT + 1, "confirm"),
    (LIMITED, 3 * CENT, "confirm"),
    (LIMITED, 3 * CENT + 1, "approve"),
    (ASKING, 10**12, "confirm"),
]


@pytest.mark.promise("plans: consent")
@pytest.mark.parametrize(("caller", "total", "expected"), ROWS)
def test_consent_is_as_the_table_says(caller: Caller, total: int, expected: str) -> None:
    assert consent_of(caller, total) == expected
