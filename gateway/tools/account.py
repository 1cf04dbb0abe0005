"""Tools for the account: its balance, packages for sale, and keys."""

from gateway.tools.base import Tool

ACCOUNT, ADMIN = ("account",), ("admin",)
KEY_FIELDS = (
    "id",
    "label",
    "keyPrefix",
    "mode",
    "scopes",
    "spendPolicy",
    "expiresAt",
    "lastUsedAt",
)
LISTED_KEY_FIELDS = (*KEY_FIELDS, "createdAt", "revokedAt")
USAGE_LINE_FIELDS = (
    *("day", "task", "keyId", "projectId"),
    *("jobs", "succeeded", "chargedUsd"),
)
PURCHASE_FIELDS = (
    *("id", "createdAt", "packageCode", "provider", "priceUsd", "creditUsd", "bonusUsd"),
    *("refundedUsd", "receiptNumber"),
)
TOOLS = {
    "getBalance": (
        Tool(
            name="account_balance",
            title="Read the balance",
            toolsets=ACCOUNT,
            description="What can be spent, what work holds, and this key's limits.",
            hints="RI",
            core=True,
            promise=("availableUsd", "heldUsd", "livemode"),
            result=(
                *("balanceUsd", "availableUsd", "heldUsd", "livemode", "lowBalance"),
                *("topUpUrl", "state", "key"),
            ),
        ),
    ),
    "listPackages": (
        Tool(
            name="account_packages",
            title="List credit packages",
            toolsets=ACCOUNT,
            description="Credit packages for sale, and payment methods.",
            hints="RI",
            arguments={"mode": ""},
            promise=("packages",),
            own_text=True,
        ),
    ),
    "getUsage": (
        Tool(
            name="account_usage",
            title="Read the spending",
            toolsets=ACCOUNT,
            description="What was spent, by day, task, key or project: at most 92 days, by default "
            "the last 30.",
            hints="RI",
            arguments={"groupBy": "", "from": "YYYY-MM-DD, UTC", "to": ""},
            promise=("totalUsd", "data"),
            result=(
                *("from", "to", "groupBy", "totalUsd"),
                *(f"data[].{name}" for name in USAGE_LINE_FIELDS),
            ),
        ),
    ),
    "listPurchases": (
        Tool(
            name="account_purchases",
            title="List purchases",
            toolsets=ACCOUNT,
            description="Purchases of credit, newest first, with what was refunded.",
            hints="RI",
            arguments={"cursor": "", "limit": ""},
            promise=("data",),
            result=(*(f"data[].{name}" for name in PURCHASE_FIELDS), "nextCursor"),
        ),
    ),
    "startStripeCheckout": (
        Tool(
            name="account_topup_link",
            title="Create a top-up link",
            toolsets=ACCOUNT,
            description="Create a link where the user buys one of account_packages. Show "
            "checkoutUrl.",
            hints="O",
            core=True,
            arguments={"packageCode": ""},
            promise=("checkoutUrl",),
            result=("checkoutId", "checkoutUrl", "priceUsd", "creditUsd", "expiresAt"),
        ),
    ),
    "startCryptoCheckout": (
        Tool(
            name="account_crypto_link",
            title="Create a USDC payment link",
            toolsets=("payments",),
            description="Open a USDC checkout for a package from account_packages. Charges nothing "
            "itself: show amount, address, network and uri to the user, or checkoutUrl if any.",
            hints="O",
            arguments={"packageCode": ""},
            promise=("address", "uri", "checkoutUrl"),
            result=(
                *("checkoutId", "network", "asset", "address", "amount", "uri"),
                *("checkoutUrl", "priceUsd", "expiresAt"),
            ),
        ),
    ),
    "listKeys": (
        Tool(
            name="key_list",
            title="List API keys",
            toolsets=ADMIN,
            description="List the account's API keys, newest first, without their secrets.",
            hints="RI",
            arguments={"cursor": "", "limit": ""},
            promise=("data",),
            result=(*(f"data[].{name}" for name in LISTED_KEY_FIELDS), "nextCursor"),
        ),
    ),
    "createKey": (
        Tool(
            name="key_create",
            title="Create an API key",
            toolsets=ADMIN,
            description="Create a key within this one's limits. apiKey is shown once.",
            arguments={
                "label": "",
                "scopes": "",
                "spendPolicy": "",
                "expiresAt": "",
                "mode": "",
                "idempotencyKey": "",
            },
            nested={
                "spendPolicy": (
                    *("autoApproveUsd", "confirmUpToUsd"),
                    *("dailyLimitUsd", "monthlyLimitUsd", "totalLimitUsd"),
                )
            },
            promise=("id", "apiKey"),
            result=(*KEY_FIELDS, "apiKey", "alreadyShown"),
        ),
    ),
    "revokeKey": (
        Tool(
            name="key_revoke",
            title="Revoke an API key",
            toolsets=ADMIN,
            description="Revoke an API key at once and permanently; running jobs finish.",
            hints="DI",
            arguments={"keyId": "", "keyPrefix": "Instead of keyId"},
            promise=("id", "revokedAt"),
        ),
    ),
}
