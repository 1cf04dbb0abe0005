"""Referral tokens: ours, whole, and of the last thirty days, or none."""

import pytest

from gateway.kit.clock import DAY, SECOND
from gateway.kit.referrals import Referral, Referrals

AT = 1_795_564_800 * SECOND
CLICK = Referral("ANN-10", "clk_1", AT)
OURS = Referrals({"new": b"new", "old": b"old"})


def test_a_token_says_whose_link_it_was() -> None:
    assert OURS.read(OURS.token(CLICK), AT) == CLICK
    assert OURS.read(Referrals({"old": b"old"}).token(CLICK), AT + DAY) == CLICK


@pytest.mark.parametrize("now", [AT - SECOND, AT + 30 * DAY])
def test_a_token_counts_for_thirty_days(now: int) -> None:
    assert OURS.read(OURS.token(CLICK), now) is None


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", Referrals({"new": b"theirs"}).token(CLICK), "eyJhbGciOiJub25lIn0.e30."],
)
def test_a_token_that_is_not_ours_is_none(token: str) -> None:
    assert OURS.read(token, AT) is None
