"""Tools for the affiliate programme, in a toolset of their own that clients have to select."""

from gateway.tools.base import Tool

AFFILIATE = ("affiliate",)
PAGE_ARGUMENTS = {"cursor": "", "limit": ""}
TOOLS = {
    "validateAffiliateCode": (
        Tool(
            name="affiliate_code_validate",
            title="Look up a referral code",
            toolsets=AFFILIATE,
            description="Check whether a referral code is active, and whose it is.",
            hints="RI",
            arguments={"code": ""},
            promise=("valid",),
        ),
    ),
    "applyAsAffiliate": (
        Tool(
            name="affiliate_apply",
            title="Apply as an affiliate",
            toolsets=AFFILIATE,
            description="Apply for the affiliate programme; the operator decides. Set acceptTerms "
            "only after the user has accepted the terms.",
            hints="I",
            arguments={
                "displayName": "",
                "acceptTerms": "",
                "website": "",
                "promotionPlan": "",
                "desiredCode": "",
                "idempotencyKey": "",
            },
            promise=("affiliateId", "state", "code"),
        ),
    ),
    "getAffiliate": (
        Tool(
            name="affiliate_get",
            title="Read the affiliate",
            toolsets=AFFILIATE,
            description="This account's affiliate state, link, terms and payout settings.",
            hints="RI",
            promise=("state", "link"),
        ),
    ),
    "updateAffiliate": (
        Tool(
            name="affiliate_update",
            title="Change the affiliate",
            toolsets=AFFILIATE,
            description="Change name, website or code; payout settings only on the web page.",
            hints="I",
            arguments={"displayName": "", "website": "", "code": ""},
            promise=("state", "link"),
        ),
    ),
    "getAffiliateCode": (
        Tool(
            name="affiliate_code_get",
            title="Read the referral code",
            toolsets=AFFILIATE,
            description="This account's referral code and link.",
            hints="RI",
            promise=("code", "link"),
        ),
    ),
    "getAffiliateDashboard": (
        Tool(
            name="affiliate_dashboard",
            title="Affiliate dashboard",
            toolsets=AFFILIATE,
            description="Clicks, sign-ups and buyers in recent days, and commission by state.",
            hints="RI",
            arguments={"days": ""},
            promise=("availableUsd", "series"),
        ),
    ),
    "listCommissions": (
        Tool(
            name="affiliate_commissions_list",
            title="List commissions",
            toolsets=AFFILIATE,
            description="List commissions, newest first; buyers are not identified.",
            hints="RI",
            arguments={"state": "", **PAGE_ARGUMENTS},
            promise=("data",),
        ),
    ),
    "listPayouts": (
        Tool(
            name="affiliate_payouts_list",
            title="List payouts",
            toolsets=AFFILIATE,
            description="List completed payouts, newest first.",
            hints="RI",
            arguments=PAGE_ARGUMENTS,
            promise=("data",),
        ),
    ),
    "listPayoutRequests": (
        Tool(
            name="affiliate_payout_requests_list",
            title="List payout requests",
            toolsets=AFFILIATE,
            description="List payout requests and their states, newest first.",
            hints="RI",
            arguments=PAGE_ARGUMENTS,
            promise=("data",),
        ),
    ),
    "requestPayout": (
        Tool(
            name="affiliate_payout_request",
            title="Request a payout",
            toolsets=AFFILIATE,
            description="Request a payout of approved commission, at least $25, one at a time. "
            "Only if the user asked for it.",
            hints="D",
            arguments={"amountUsd": "", "method": "", "idempotencyKey": ""},
            promise=("id", "state", "amountUsd"),
        ),
    ),
    "bindAffiliateCode": (
        Tool(
            name="affiliate_code_bind",
            title="Bind a referral code",
            toolsets=AFFILIATE,
            description="Bind this account to a referral code: once, within 14 days of sign-up and "
            "before the first purchase.",
            hints="I",
            arguments={"code": "", "referralToken": "Instead of code", "idempotencyKey": ""},
            promise=("boundCode",),
        ),
    ),
}
