"""The account on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.identity.schemas import Mode, SpendPolicy
from gateway.kit.models import Request, Usd, Wire
from gateway.ledger.schemas import SpendPolicyShown

Blocker = Literal["money_held", "debt", "account_frozen", "payout_open", "payment_open"]
Forfeit = Annotated[
    Usd,
    Field(
        description="What is given up, exactly: `forfeitUsd` of the reading. It is not paid back.",
        examples=["0.00"],
    ),
]


class AccountSettings(Wire):
    """What holds for the account in this mode."""

    mode: Mode
    spend_policy: SpendPolicyShown = Field(description="What a new key may spend, if none is said.")


class ChangeAccountSettings(Request):
    """What to change; what is not given stays."""

    spend_policy: SpendPolicy = Field(
        description="What a new key may spend, if none is said; keys that are there keep theirs."
    )


class ClosingShown(Wire):
    """What closing the account would take."""

    blocked_by: list[Blocker] = Field(description="What must be over before; empty: nothing.")
    forfeit_usd: str = Field(description="Real money: credit bought or earned, and commission.")
    forfeit_microusd: int
    expires_usd: str = Field(description="Free and bonus credit of live mode that ends with it.")
    expires_microusd: int


class CloseAccount(Request):
    """That the account is to be closed, and what is given up with it."""

    forfeit_usd: Forfeit


class ClosedAccount(Wire):
    """An account that is closed for good."""

    account_id: str
    closed_at: str
    forfeit_usd: str
    forfeit_microusd: int
