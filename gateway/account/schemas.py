"""The account on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.identity.keys.schemas import Mode, SpendPolicy
from gateway.kit.wire.field_types import Dollars, Instant, Many, Microusd
from gateway.kit.wire.id_types import AccountId
from gateway.kit.wire.models import RequestModel, Usd, WireModel
from gateway.ledger.schemas import SpendPolicyShown

Blocker = Literal["money_held", "debt", "account_frozen", "payout_open", "payment_open"]
Forfeit = Annotated[
    Usd,
    Field(
        description="The exact amount to forfeit: `forfeitUsd` as read. It will not be refunded.",
        examples=["0.00"],
    ),
]


class AccountSettings(WireModel):
    """The account's settings in this mode."""

    mode: Mode = Field(description="`live` is real money, `test` is play money.")
    spend_policy: SpendPolicyShown = Field(description="Default limits of new keys.")


class ChangeAccountSettings(RequestModel):
    """New settings; omitted fields stay."""

    spend_policy: SpendPolicy = Field(
        description="Default limits of new keys; existing keys keep theirs."
    )


class ClosingShown(WireModel):
    """The effects of closing the account."""

    blocked_by: Many[Blocker] = Field(description="What prevents closing now; empty: nothing.")
    forfeit_usd: Dollars = Field(
        description="Real money that would be forfeited: credit bought or earned, and commission."
    )
    forfeit_microusd: Microusd
    expires_usd: Dollars = Field(description="Free and bonus live credit that would expire.")
    expires_microusd: Microusd


class CloseAccount(RequestModel):
    """A request to close the account, and the credit given up."""

    forfeit_usd: Forfeit


class ClosedAccount(WireModel):
    """An account that is closed for good."""

    account_id: AccountId
    closed_at: Instant = Field(description="When it was closed, in UTC.")
    forfeit_usd: Dollars = Field(description="Real money that was forfeited, in dollars.")
    forfeit_microusd: Microusd
