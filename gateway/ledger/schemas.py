"""Balances on the wire."""

from typing import Literal

from pydantic import Field, model_validator

from gateway.kit.models import Request, Usd, Wire


class Bucket(Wire):
    """Credit of one kind that is left, and when it expires."""

    category: Literal["promo", "bonus", "earned", "paid"]
    remaining_usd: str
    remaining_microusd: int
    expires_at: str | None


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


class Consume(Request):
    """Credit to spend on something outside this gateway."""

    amount_usd: Usd | None = Field(None, description="Dollars to spend.")
    amount_microusd: int | None = Field(None, ge=1, le=2**53 - 1, description="Or micro-USD.")
    description: str = Field("", max_length=200, description="What for.")

    @model_validator(mode="after")
    def _one(self) -> "Consume":
        if (self.amount_usd is None) == (self.amount_microusd is None):
            raise ValueError("give either amountUsd or amountMicrousd")
        return self


class Consumed(Wire):
    """Credit that was spent; `balance` is what is available after it."""

    transfer_id: str
    consumed_usd: str
    consumed_microusd: int
    balance_usd: str
    balance_microusd: int
