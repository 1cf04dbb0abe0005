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
        description="The exact amount to forfeit: `forfeitUsd` as read. It will not be refunded.",
        examples=["0.00"],
    ),
]


class AccountSettings(Wire):
    """What holds for the account in this mode."""

    mode: Mode
    spend_policy: SpendPolicyShown = Field(description="Default limits of new keys.")


class ChangeAccountSettings(Request):
    """What to change; omitted fields stay."""

    spend_policy: SpendPolicy = Field(
        description="Default limits of new keys; existing keys keep theirs."
    )


class ClosingShown(Wire):
    """What closing the account would take."""

    blocked_by: list[Blocker] = Field(description="What prevents closing now; empty: nothing.")
    forfeit_usd: str = Field(
        description="Real money that would be forfeited: credit bought or earned, and commission."
    )
    forfeit_microusd: int
    expires_usd: str = Field(description="Free and bonus live credit that would expire.")
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
