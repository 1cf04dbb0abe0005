"""Referral tokens: ours, whole, and of the last thirty days, or none."""

import pytest

from gateway.kit.clock import DAY, SECOND
from gateway.kit.referrals import ReferralClick, ReferralTokens

CLICKED_AT = 1_795_564_800 * SECOND
CLICK = ReferralClick("ANN-10", "clk_1", CLICKED_AT)
OUR_TOKENS = ReferralTokens({"new": b"new", "old": b"old"})


def test_a_token_says_whose_link_it_was() -> None:
    assert OUR_TOKENS.read_click(OUR_TOKENS.sign_click(CLICK), CLICKED_AT) == CLICK
    assert (
        OUR_TOKENS.read_click(ReferralTokens({"old": b"old"}).sign_click(CLICK), CLICKED_AT + DAY)
        == CLICK
    )


@pytest.mark.parametrize("now", [CLICKED_AT - SECOND, CLICKED_AT + 30 * DAY])
def test_a_token_counts_for_thirty_days(now: int) -> None:
    assert OUR_TOKENS.read_click(OUR_TOKENS.sign_click(CLICK), now) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        ReferralTokens({"new": b"theirs"}).sign_click(CLICK),
        "eyJhbGciOiJub25lIn0.e30.",
    ],
)
def test_a_token_that_is_not_ours_is_none(token: str) -> None:
    assert OUR_TOKENS.read_click(token, CLICKED_AT) is None
