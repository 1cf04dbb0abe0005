"""The company side of an account for operators: team, billing details, codes and budgets."""

from collections.abc import Mapping
from typing import TypedDict

from gateway.identity.accounts.account_search import list_addresses
from gateway.identity.teams import invitations, memberships
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Database, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.money import render_usd
from gateway.ledger.accounts.owners import BOOKS
from gateway.payments.billing.billing_details import load_billing_details
from gateway.payments.codes.operations import find_shown_state
from gateway.payments.codes.redemptions import list_redemptions
from gateway.spending.budget_rendering import render_budget
from gateway.spending.budgets import list_budget_progress

MOST_CODES = 20


class BillingRow(TypedDict):
    """The addressee of the invoices of an account, and where they are sent."""

    name: str | None
    country: str | None
    taxId: str | None
    email: str | None


class MemberRow(TypedDict):
    """A member of a team, or one whose invitation is open: then there is no account yet."""

    memberId: str | None
    accountId: str | None
    emails: list[str]
    role: str
    since: str


class TeamRow(TypedDict):
    """A team of another account in which an account's person works."""

    accountId: str
    label: str
    role: str


class BudgetRow(TypedDict):
    """A budget of an account, and what was spent of it this month; it refuses nothing."""

    budgetId: str
    mode: str
    subject: str
    subjectId: str | None
    amountUsd: str
    amountMicrousd: int
    spentUsd: str
    spentMicrousd: int
    percent: int


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


async def list_team_members(snapshot: Snapshot, account_id: str) -> list[MemberRow]:
    """List the members of an account, without its owner, and its open invitations."""
    members = await memberships.list_members(snapshot, account_id)
    emails = await list_addresses(snapshot, [row.person_id for row in members])
    rows: list[MemberRow] = [
        {
            "memberId": row.id,
            "accountId": row.person_id,
            "emails": emails[row.person_id],
            "role": row.role,
            "since": to_iso(row.created_at),
        }
        for row in members
    ]
    invited: list[MemberRow] = [
        {
            "memberId": None,
            "accountId": None,
            "emails": [row.email],
            "role": row.role,
            "since": to_iso(row.created_at),
        }
        for row in await invitations.list_open_invitations(snapshot, account_id)
    ]
    return [*rows, *invited]


async def list_own_teams(snapshot: Snapshot, account_id: str) -> list[TeamRow]:
    """List the teams of others in which an account's person works."""
    _, *teams = await memberships.list_teams(snapshot, account_id)
    return [{"accountId": row.id, "label": row.label, "role": role} for row, role in teams]


async def list_account_budgets(
    database: Database, account_id: str, numbers: Mapping[str, int]
) -> list[BudgetRow]:
    """List the budgets of an account in both books; `numbers` are its ledger accounts."""
    rows: list[BudgetRow] = []
    for book, number in numbers.items():
        for progress in await list_budget_progress(database, account_id, number):
            shown = render_budget(progress, ())
            rows.append(
                {
                    "budgetId": shown.budget_id,
                    "mode": book,
                    "subject": shown.subject,
                    "subjectId": shown.subject_id,
                    "amountUsd": shown.amount_usd,
                    "amountMicrousd": shown.amount_microusd,
                    "spentUsd": shown.spent_usd,
                    "spentMicrousd": shown.spent_microusd,
                    "percent": shown.percent,
                }
            )
    return rows


async def list_redeemed_codes(snapshot: Snapshot, account_id: str) -> list[RedeemedCodeRow]:
    """List the newest codes that an account redeemed, in both books."""
    now = await get_database_time(snapshot)
    return [
        {
            "codeId": row.code.id,
            "code": row.code.label,
            "mode": row.code.book,
            "state": find_shown_state(row, now),
            "creditUsd": render_usd(row.redemption.credit_microusd),
            "creditMicrousd": row.redemption.credit_microusd,
            "takenBackUsd": render_usd(row.redemption.taken_back_microusd),
            "takenBackMicrousd": row.redemption.taken_back_microusd,
            "redeemedAt": to_iso(row.redemption.redeemed_at),
        }
        for row in await list_redemptions(snapshot, account_id, BOOKS, MOST_CODES)
    ]
