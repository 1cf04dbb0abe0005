"""The affiliate programme: only on request, for the toolset `affiliate`."""

from gateway.tools.base import Tool

AFFILIATE = ("affiliate",)
PAGED = {"cursor": "", "limit": ""}
TOOLS = {
    "validateAffiliateCode": (
        Tool(
            name="affiliate_code_validate",
            title="Look up a referral code",
            toolsets=AFFILIATE,
            description="Whether a referral code brings people here, and whose it is.",
            hints="I",
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
            description="State, link, terms and payout settings of this account as an affiliate.",
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
            title="Sum up the affiliate",
            toolsets=AFFILIATE,
            description="Clicks, sign-ups and buyers of the last days, commission by state.",
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
            description="List commissions, the newest first; never who bought.",
            hints="RI",
            arguments={"state": "", **PAGED},
            promise=("data",),
        ),
    ),
    "listPayouts": (
        Tool(
            name="affiliate_payouts_list",
            title="List payouts",
            toolsets=AFFILIATE,
            description="List what was paid out, the newest first.",
            hints="RI",
            arguments=PAGED,
            promise=("data",),
        ),
    ),
    "listPayoutRequests": (
        Tool(
            name="affiliate_payout_requests_list",
            title="List payout requests",
            toolsets=AFFILIATE,
            description="List payout requests and what became of them, the newest first.",
            hints="RI",
            arguments=PAGED,
            promise=("data",),
        ),
    ),
    "requestPayout": (
        Tool(
            name="affiliate_payout_request",
            title="Ask for a payout",
            toolsets=AFFILIATE,
            description="Ask for a payout of approved commission, $25 at least, one at a time. "
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
            description="Say whose code brought this account here: once, within 14 days of the "
            "sign-up, before anything is bought.",
            arguments={"code": "", "referralToken": "Instead of code", "idempotencyKey": ""},
            promise=("boundCode",),
        ),
    ),
}
