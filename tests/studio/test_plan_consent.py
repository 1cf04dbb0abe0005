"""The consent that each kind of caller needs for a total, row by row of the table."""

from dataclasses import replace

import pytest

from gateway.kit.operation import Caller
from gateway.studio.plans.consent import decide_consent

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
