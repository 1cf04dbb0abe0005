"""The commercial side of an account for operators: its billing details and its credit codes."""

from typing import TypedDict

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.money import render_usd
from gateway.ledger.accounts.owners import BOOKS
from gateway.payments.billing.billing_details import load_billing_details
from gateway.payments.codes.operations import find_shown_state
from gateway.payments.codes.redemptions import list_redemptions

MOST_CODES = 20


class BillingRow(TypedDict):
    """The addressee of the invoices of an account, and where they are sent."""

    name: str | None
    country: str | None
    taxId: str | None
    email: str | None


class RedeemedCodeRow(TypedDict):
    """A credit code that an account redeemed: waiting, credited or lapsed."""

    codeId: str
    code: str
    mode: str
    state: str
    creditUsd: str
    creditMicrousd: int
    takenBackUsd: str
    takenBackMicrousd: int
    redeemedAt: str


async def load_billing(snapshot: Snapshot, account_id: str) -> BillingRow | None:
    """Load the billing details of an account; None if it has given none."""
    buyer = await load_billing_details(snapshot, account_id)
    row: BillingRow = {
        "name": buyer.name,
        "country": buyer.country,
        "taxId": buyer.tax_id,
        "email": buyer.email,
    }
    return row if any(row.values()) else None


async def list_redeemed_codes(snapshot: Snapshot, account_id: str) -> list[RedeemedCodeRow]:
    """List the newest codes that an account redeemed, in both books."""
    now = await get_database_time(snapshot)
    return [
        {
            "codeId": row.code.id,
            "code": row.code.label,
            "mode": row.code.book,
            "state": find_shown_state(row.redemption.state, row.code, now),
            "creditUsd": render_usd(row.redemption.credit_microusd),
            "creditMicrousd": row.redemption.credit_microusd,
            "takenBackUsd": render_usd(row.redemption.taken_back_microusd),
            "takenBackMicrousd": row.redemption.taken_back_microusd,
            "redeemedAt": to_iso(row.redemption.redeemed_at),
        }
        for row in await list_redemptions(snapshot, account_id, BOOKS, MOST_CODES)
    ]
