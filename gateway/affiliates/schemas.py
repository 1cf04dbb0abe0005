"""The affiliate programme on the wire. Nothing here names a buyer."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gateway.affiliates.states import AffiliateState, CommissionState, PayoutState
from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    Dollars,
    ExpiresAt,
    Instant,
    Many,
    Microusd,
    NextCursor,
    Text,
)
from gateway.kit.wire.id_types import AffiliateId, Id
from gateway.kit.wire.models import Cursor, OneOf, RequestModel, Usd, WireModel
from gateway.kit.wire.urls import is_parsable_url

CommissionKind = Literal["commission", "clawback", "restored"]
PayoutMethod = Literal["usdc", "paypal", "bank", "account_credit"]
GivenCode = Annotated[
    str,
    Field(min_length=1, max_length=64, description="A referral code.", examples=["ANN-10"]),
]
OwnCode = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9-]{4,24}$",
        description="4 to 24 letters, digits and hyphens; case-insensitive.",
        examples=["ANN-10"],
    ),
]
DisplayName = Annotated[
    str,
    Field(
        min_length=2,
        max_length=60,
        pattern=r"^[^\x00-\x1f\x7f-\x9f<>]+$",
        description="The name shown to visitors.",
        examples=["Ann"],
    ),
]


def _readable(url: str) -> str:
    if not is_parsable_url(url):
        raise PydanticCustomError("not_a_url", "must be a URL such as https://example.com")
    return url


Website = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r'^https?://[^\s<>"\x00-\x1f\x7f-\x9f]+$',
        description="Where the links will be.",
        examples=["https://example.com"],
    ),
    AfterValidator(_readable),
]
Limit = Annotated[int, Field(ge=1, le=100, description="Maximum number of items in a page.")]


class FollowLink(RequestModel):
    """A link that a person follows; what advertisers append to it (`utm_source`) is ignored."""

    model_config = RequestModel.model_config | {"extra": "ignore"}

    code: GivenCode
    to: Annotated[str, Field(max_length=100, examples=["/api-docs"])] | None = Field(
        None, description="A page of this site from a fixed list; otherwise the home page."
    )


class Followed(WireModel):
    """A redirect to the site, with the cookie `kt_ref` if the code is active."""


class ValidateCode(RequestModel):
    """A code to look up."""

    code: GivenCode


class CodeValidity(WireModel):
    """A referral code, and if it is active."""

    valid: bool = Field(description="Whether it is active.")
    code: Text = Field(description="The code, as it is written.")
    display_name: Text | None = Field(description="The name shown to visitors.")


class CaptureClick(RequestModel):
    """A click on a link, from a page or program that has no cookies of ours."""

    code: GivenCode
    click_id: (
        Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,100}$", examples=["c-1"])] | None
    ) = Field(None, description="Your own name for the click, kept with the sign-up.")
    landing_path: Annotated[str, Field(max_length=500, examples=["/"])] | None = Field(
        None,
        description="Where the visitor landed. Accepted but not kept: clicks are only counted.",
    )
    referrer: Annotated[str, Field(max_length=500)] | None = Field(
        None, description="Where the visitor came from. Accepted but not kept."
    )


class CapturedClick(WireModel):
    """A recorded click; the code of a visitor's first click counts."""

    captured: bool = Field(description="Whether the code is active.")
    code: Text = Field(description="The code that counts: that of the first click.")
    referral_token: Text | None = Field(description="Send it at sign-up if there are no cookies.")
    expires_at: ExpiresAt | None


class ApplyAsAffiliate(RequestModel):
    """An application to join."""

    display_name: DisplayName
    accept_terms: Literal[True] = Field(
        description="Must be true: the programme's terms are accepted."
    )
    website: Website | None = None
    promotion_plan: Annotated[str, Field(max_length=2000)] | None = Field(
        None, description="How the links will be promoted; the operator reads it."
    )
    desired_code: OwnCode | None = Field(None, description="Default: one is generated.")


class AppliedAsAffiliate(WireModel):
    """An application that the operator decides."""

    affiliate_id: AffiliateId
    state: AffiliateState = Field(description="Its state.")
    code: Text = Field(description="The referral code.")


class AffiliateShown(WireModel):
    """An affiliate, its link and the terms."""

    affiliate_id: AffiliateId
    state: AffiliateState = Field(description="Its state.")
    display_name: Text = Field(description="The name shown to visitors.")
    website: Text | None = Field(description="Where the links are.")
    code: Text = Field(description="The referral code.")
    link: Text = Field(description="The referral link of its code.")
    rate_bps: Count = Field(description="The commission, in hundredths of a percent.")
    cookie_days: Count = Field(description="Days for which a click counts.")
    hold_days: Count = Field(description="Days until a commission is approved.")
    min_payout_usd: Dollars = Field(description="The smallest payout, in dollars.")
    min_payout_microusd: Microusd
    payout_method: PayoutMethod | None = Field(description="How payouts are made.")
    payout_destination_masked: Text | None = Field(description="Where payouts go, masked.")
    payouts_blocked_until: Instant | None = Field(description="When payouts resume, in UTC.")
    bound_code: Text | None = Field(description="The code this account is bound to, if any.")


class ChangeAffiliate(RequestModel):
    """New values; omitted fields stay. Payout fields need a browser session."""

    display_name: DisplayName | None = None
    website: Website | None = None
    code: OwnCode | None = Field(
        None, description="A new code, once every 30 days; links with the old one still count."
    )
    payout_method: PayoutMethod | None = Field(None, description="How payouts are made.")
    payout_destination: Annotated[str, Field(min_length=1, max_length=254)] | None = Field(
        None,
        description="A wallet on Base for usdc, an address for paypal, an account for bank; none "
        "for account_credit.",
    )


class AffiliateCodeShown(WireModel):
    """A code and its link."""

    code: Text = Field(description="The referral code.")
    link: Text = Field(description="The referral link of this code.")
    state: AffiliateState = Field(description="Its state.")


class DashboardQuery(RequestModel):
    """The days to show."""

    days: Annotated[int, Field(ge=1, le=365, description="UTC days, including today.")] = 30


class DashboardDay(WireModel):
    """One UTC day."""

    date: Text = Field(description="The day, as in 2026-11-25.")
    clicks: Count = Field(description="How often a link was followed.")
    sign_ups: Count = Field(description="How many people signed up.")
    commission_usd: Dollars = Field(description="The commission, in dollars.")
    commission_microusd: Microusd


class Dashboard(WireModel):
    """Clicks and people within the days; money of all time, as the ledger has it.

    All commission ever made is pending, on hold, approved, paid or reversed.
    """

    clicks: Count = Field(description="How often a link was followed.")
    sign_ups: Count = Field(description="How many people signed up.")
    buyers: Count = Field(description="How many people bought.")
    pending_usd: Dollars = Field(description="Not approved yet, in dollars.")
    pending_microusd: Microusd
    approved_usd: Dollars = Field(
        description="Approved and not paid out, less clawbacks, in dollars."
    )
    approved_microusd: Microusd
    in_payout_usd: Dollars = Field(description="In requested payouts, in dollars.")
    in_payout_microusd: Microusd
    paid_usd: Dollars = Field(description="Paid out, in dollars.")
    paid_microusd: Microusd
    reversed_usd: Dollars = Field(description="Taken back by refunds and disputes, in dollars.")
    reversed_microusd: Microusd
    hold_usd: Dollars = Field(description="On hold until the operator decides, in dollars.")
    hold_microusd: Microusd
    available_usd: Dollars = Field(description="Approved less what is in a payout, in dollars.")
    available_microusd: Microusd
    series: Many[DashboardDay] = Field(description="The same by UTC day.")


class CommissionQuery(RequestModel):
    """Commissions to list."""

    state: CommissionState | None = Field(None, description="Its state.")
    cursor: Cursor | None = None
    limit: Limit = 20


class CommissionShown(WireModel):
    """A commission, or its change by a refund or dispute: negative if it was reduced."""

    id: Id = Field(description="The commission.")
    kind: CommissionKind = Field(description="Its kind.")
    state: CommissionState = Field(description="Its state.")
    purchase_usd: Dollars = Field(description="The purchase it is for, in dollars.")
    purchase_microusd: Microusd
    commission_usd: Dollars = Field(description="The commission, in dollars.")
    commission_microusd: Microusd
    rate_bps: Count = Field(description="The commission, in hundredths of a percent.")
    created_at: CreatedAt
    approve_at: Instant = Field(description="When it will be approved unless refunded, in UTC.")


class Commissions(WireModel):
    """A page of commissions."""

    data: Many[CommissionShown] = Field(description="The commissions.")
    next_cursor: NextCursor | None


class AffiliatePage(RequestModel):
    """The page to list."""

    cursor: Cursor | None = None
    limit: Limit = 20


class PayoutShown(WireModel):
    """A payout that was made."""

    id: Id = Field(description="The payout.")
    amount_usd: Dollars = Field(description="The amount paid out, in dollars.")
    amount_microusd: Microusd
    method: PayoutMethod = Field(description="How it was paid.")
    destination_masked: Text | None = Field(description="Where it went, masked.")
    reference: Text | None = Field(description="The payment's reference at the place it was made.")
    paid_at: Instant | None = Field(description="When it was paid, in UTC.")


class Payouts(WireModel):
    """A page of payouts."""

    data: Many[PayoutShown] = Field(description="The payouts.")
    next_cursor: NextCursor | None


class RequestPayout(RequestModel):
    """A payout to request."""

    amount_usd: Usd | None = Field(None, description="Default: everything available.")
    method: PayoutMethod | None = Field(
        None, description="Default: the configured one; account_credit is paid at once."
    )


class PayoutRequestShown(WireModel):
    """A payout request and its state."""

    id: Id = Field(description="The request.")
    amount_usd: Dollars = Field(description="The amount requested, in dollars.")
    amount_microusd: Microusd
    method: PayoutMethod = Field(description="How it is to be paid.")
    state: PayoutState = Field(description="Its state.")
    reason: Text | None = Field(description="Why it was rejected or failed.")
    created_at: CreatedAt
    decided_at: Instant | None = Field(description="When it was decided, in UTC.")


class PayoutRequests(WireModel):
    """A page of payout requests."""

    data: Many[PayoutRequestShown] = Field(description="The requests.")
    next_cursor: NextCursor | None


class BindCode(OneOf):
    """The referral code or token to bind."""

    forms = ({"code": {"type": "string"}}, {"referralToken": {"type": "string"}})

    code: GivenCode | None = None
    referral_token: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="The token of a captured click."
    )


class BoundCode(WireModel):
    """The code that counts for this account from now on."""

    bound_code: Text = Field(description="The code this account is bound to, if any.")
    bound_at: Instant = Field(description="When the code was bound, in UTC.")


class BindingShown(WireModel):
    """The account's referral code; without one, the time until which it can be bound."""

    bound_code: Text | None = Field(description="The code this account is bound to, if any.")
    bound_at: Instant | None = Field(description="When the code was bound, in UTC.")
    bindable_until: Instant | None = Field(
        description="Null if it is bound, has bought, or is too old."
    )
