"""Balances on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.wire.field_types import (
    Dollars,
    ExpiresAt,
    Instant,
    Many,
    Microusd,
    NextCursor,
    Text,
    Url,
)
from gateway.kit.wire.id_types import Id, KeyId, TransferId
from gateway.kit.wire.models import Moment, OneOf, RequestModel, Usd, WireModel
from gateway.ledger.states import AccountState, Phase


class Bucket(WireModel):
    """The remaining credit of one kind, and its expiry."""

    category: Literal["promo", "bonus", "earned", "paid"] = Field(
        description="The kind of credit; kinds that expire are spent first."
    )
    remaining_usd: Dollars = Field(description="The amount left, in dollars.")
    remaining_microusd: Microusd
    expires_at: ExpiresAt | None = Field(description="When it expires, in UTC; null: never.")


class SpendPolicyShown(WireModel):
    """A key's spending limits in dollars; null: no limit. The first two are for one plan."""

    auto_approve_usd: Dollars | None = Field(
        description="Up to this nothing asks a person, in dollars."
    )
    confirm_up_to_usd: Dollars | None = Field(
        description="Up to this a yes in the client is enough, in dollars."
    )
    daily_limit_usd: Dollars | None = Field(description="Spending cap per UTC day, in dollars.")
    monthly_limit_usd: Dollars | None = Field(description="Spending cap per UTC month, in dollars.")
    total_limit_usd: Dollars | None = Field(description="Spending cap in total, in dollars.")


class Spent(WireModel):
    """Amounts reserved and charged by a key or a member: this UTC day and month, and in all."""

    daily_usd: Dollars = Field(description="In this UTC day, in dollars.")
    daily_microusd: Microusd
    monthly_usd: Dollars = Field(description="In this UTC month, in dollars.")
    monthly_microusd: Microusd
    total_usd: Dollars = Field(description="In all, in dollars.")
    total_microusd: Microusd


class MemberSpent(Spent):
    """Amounts reserved and charged by a member, with all of their keys and browsers."""


class KeyShown(WireModel):
    """The calling key's scopes and limits; `spent` is null for a key that never had a cap."""

    key_id: KeyId
    scopes: Many[Text] = Field(description="The scopes of the key.")
    spend_policy: SpendPolicyShown
    spent: Spent | None = Field(description="What counts against the caps of the key.")


class MemberLimits(WireModel):
    """The caps of a member of a team in dollars; null: no limit."""

    daily_limit_usd: Dollars | None = Field(description="Spending cap per UTC day, in dollars.")
    monthly_limit_usd: Dollars | None = Field(description="Spending cap per UTC month, in dollars.")
    total_limit_usd: Dollars | None = Field(description="Spending cap in total, in dollars.")


class MemberSpending(WireModel):
    """The caps of the calling member, which all of their keys and browsers share."""

    member_id: Id = Field(description="The membership, by id.")
    limits: MemberLimits
    spent: MemberSpent = Field(description="What counts against the caps of the member.")


class BalanceShown(WireModel):
    """The balance of this account and mode: balance = available + held."""

    currency: Literal["USD"] = Field("USD", description="Always USD.")
    livemode: bool = Field(description="True for real money, false for play money.")
    balance_usd: Dollars = Field(description="All credit, also what is held, in dollars.")
    balance_microusd: Microusd
    available_usd: Dollars = Field(description="The amount that can be spent, in dollars.")
    available_microusd: Microusd
    held_usd: Dollars = Field(description="Held for open jobs and requests, in dollars.")
    held_microusd: Microusd
    debt_usd: Dollars = Field(description="The amount owed after a reversed payment, in dollars.")
    debt_microusd: Microusd
    state: AccountState = Field(description="Whether the account can spend.")
    frozen_reasons: Many[Text] = Field(description="Why spending is frozen.")
    low_balance: bool = Field(description="Whether the balance is below the low-balance threshold.")
    top_up_url: Url = Field(description="The page where credit is bought.")
    buckets: Many[Bucket] = Field(description="The remaining credit of each kind.")
    key: KeyShown | None = Field(None, description="The calling key; null for a session.")
    member: MemberSpending | None = Field(
        None, description="The member of the team who calls; null: the owner of the account."
    )


class Consume(OneOf):
    """Credit to spend on something outside this gateway."""

    forms = (
        {"amountUsd": {"type": "string", "pattern": "[1-9]"}},
        {"amountMicrousd": {"type": "integer", "minimum": 1}},
    )

    amount_usd: Usd | None = Field(None, description="Dollars to spend.")
    amount_microusd: int | None = Field(None, ge=1, le=2**53 - 1, description="Or micro-USD.")
    description: str = Field("", max_length=200, description="Its purpose.")


class Consumed(WireModel):
    """Credit that was spent; `balance` is what is available after it."""

    transfer_id: TransferId
    consumed_usd: Dollars = Field(description="The amount spent, in dollars.")
    consumed_microusd: Microusd
    balance_usd: Dollars = Field(description="The balance available after it, in dollars.")
    balance_microusd: Microusd


class HistoryQuery(RequestModel):
    """The movements to list."""

    cursor: int | None = Field(
        None, ge=1, le=2**53 - 1, description="`nextCursor` of the previous page."
    )
    limit: int = Field(50, ge=1, le=500, description="Maximum number of movements to return.")
    since: Moment | None = Field(
        None, alias="from", description="Only movements at or after this time."
    )
    until: Moment | None = Field(None, alias="to", description="Only movements before this time.")


class Movement(WireModel):
    """One movement; `amount` is signed, `balanceAfter` is what was available after it."""

    transfer_id: TransferId
    at: Instant = Field(description="When it happened, in UTC.")
    code: Text = Field(description="The kind of movement.")
    phase: Phase = Field(description="Whether the price is held, charged or released.")
    reference: Text = Field(description="Its subject: a job, a purchase, a payment.")
    amount_usd: Dollars = Field(description="The amount, in dollars, with its sign.")
    amount_microusd: Microusd
    balance_after_usd: Dollars = Field(description="The balance available after it, in dollars.")
    balance_after_microusd: Microusd
    description: Text | None = Field(description="Its purpose.")


class Movements(WireModel):
    """A page of movements, newest first."""

    data: Many[Movement] = Field(description="The movements, newest first.")
    next_cursor: NextCursor | None
