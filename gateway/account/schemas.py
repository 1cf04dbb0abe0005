"""The account on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.identity.accounts.preferences import AutoKeep, Home
from gateway.identity.keys.schemas import Mode, SpendPolicy
from gateway.kit.wire.field_types import Dollars, Instant, Many, Microusd
from gateway.kit.wire.id_types import AccountId
from gateway.kit.wire.models import RequestModel, Since, Usd, WireModel
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
    home: Annotated[Home, Since("0.7", '"create"')] = Field(
        description="The first page after signing in, in both modes."
    )
    auto_keep: Annotated[AutoKeep, Since("0.7", '"all"')] = Field(
        description="Which results made on pages are kept for longer than 48 hours, in both modes."
    )
    auto_keep_now: Annotated[AutoKeep, Since("0.7", '"all"')] = Field(
        description="The same at present: from 80 % of the storage quota, `all` is `starred`."
    )
    mail_plans: Annotated[bool, Since("0.7", "False")] = Field(
        description="Whether it gets a mail when an agent's plan waits for a person."
    )
    mail_done: Annotated[bool, Since("0.7", "False")] = Field(
        description="Whether it gets a mail when a job of over a minute, made on pages, ends."
    )
    mail_statement: Annotated[bool, Since("0.7", "False")] = Field(
        description="Whether it gets a mail with last month's statement on the first of a month."
    )


class ChangeAccountSettings(RequestModel):
    """New settings; omitted fields stay."""

    spend_policy: SpendPolicy | None = Field(
        None, description="Default limits of new keys; existing keys keep theirs."
    )
    home: Home | None = Field(None, description="The first page after signing in.")
    auto_keep: AutoKeep | None = Field(
        None, description="Which results made on pages to keep for longer than 48 hours."
    )
    mail_plans: bool | None = Field(
        None, description="Mail when an agent's plan waits for a person."
    )
    mail_done: bool | None = Field(
        None, description="Mail when a job of over a minute, made on pages, ends."
    )
    mail_statement: bool | None = Field(
        None, description="Mail with last month's statement on the first of a month."
    )


class ClosingShown(WireModel):
    """The effects of closing the account."""

    blocked_by: Many[Blocker] = Field(
        description="The reasons that prevent closing now; empty: none."
    )
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
