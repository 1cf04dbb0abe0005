"""Balances on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.models import Moment, OneOf, Request, Usd, Wire


class Bucket(Wire):
    """Credit of one kind that is left, and when it expires."""

    category: Literal["promo", "bonus", "earned", "paid"]
    remaining_usd: str
    remaining_microusd: int
    expires_at: str | None


class SpendPolicyShown(Wire):
    """What a key may spend, in dollars; null is no limit. The first two are for one plan."""

    auto_approve_usd: str | None
    confirm_up_to_usd: str | None
    daily_limit_usd: str | None
    monthly_limit_usd: str | None
    total_limit_usd: str | None


class Spent(Wire):
    """What counts against a key's caps: reserved and charged, in this UTC day and month, in all."""

    daily_usd: str
    daily_microusd: int
    monthly_usd: str
    monthly_microusd: int
    total_usd: str
    total_microusd: int


class KeyShown(Wire):
    """What the calling key may do and spend; `spent` is null for a key that never had a cap."""

    key_id: str
    scopes: list[str]
    spend_policy: SpendPolicyShown
    spent: Spent | None


class BalanceShown(Wire):
    """The balance of this account and mode: balance = available + held."""

    currency: Literal["USD"] = "USD"
    livemode: bool
    balance_usd: str
    balance_microusd: int
    available_usd: str
    available_microusd: int
    held_usd: str
    held_microusd: int
    debt_usd: str
    debt_microusd: int
    state: str
    frozen_reasons: list[str]
    low_balance: bool
    top_up_url: str
    buckets: list[Bucket]
    key: KeyShown | None = Field(None, description="The calling key; null for a session.")


class Consume(OneOf):
    """Credit to spend on something outside this gateway."""

    forms = (
        {"amountUsd": {"type": "string", "pattern": "[1-9]"}},
        {"amountMicrousd": {"type": "integer", "minimum": 1}},
    )

    amount_usd: Usd | None = Field(None, description="Dollars to spend.")
    amount_microusd: int | None = Field(None, ge=1, le=2**53 - 1, description="Or micro-USD.")
    description: str = Field("", max_length=200, description="What for.")


class Consumed(Wire):
    """Credit that was spent; `balance` is what is available after it."""

    transfer_id: str
    consumed_usd: str
    consumed_microusd: int
    balance_usd: str
    balance_microusd: int


class HistoryQuery(Request):
    """Which movements to list."""

    cursor: int | None = Field(
        None, ge=1, le=2**53 - 1, description="`nextCursor` of the previous page."
    )
    limit: int = Field(50, ge=1, le=500, description="Maximum number of movements to return.")
    since: Moment | None = Field(
        None, alias="from", description="Only movements at or after this time."
    )
    until: Moment | None = Field(None, alias="to", description="Only movements before this time.")


class Movement(Wire):
    """One movement; `amount` is signed, `balanceAfter` is what was available after it."""

    transfer_id: str
    at: str
    code: str
    phase: str
    reference: str
    amount_usd: str
    amount_microusd: int
    balance_after_usd: str
    balance_after_microusd: int
    description: str | None


class Movements(Wire):
    """A page of movements, newest first."""

    data: list[Movement]
    next_cursor: str | None
