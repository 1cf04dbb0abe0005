"""The account: its balance, what is for sale, and its keys."""

from gateway.tools.base import Tool

ACCOUNT, ADMIN = ("account",), ("admin",)
KEY_SHOWN = ("keyId", "label", "keyPrefix", "scopes", "revokedAt", "expiresAt", "lastUsedAt")
TOOLS = {
    "getBalance": (
        Tool(
            name="account_balance",
            title="Read the balance",
            toolsets=ACCOUNT,
            description="What can be spent, what is held for running work, and this key's limits.",
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
            description="The credit packages for sale and the ways to pay.",
            hints="RI",
            arguments={"mode": ""},
            promise=("packages",),
        ),
    ),
}
