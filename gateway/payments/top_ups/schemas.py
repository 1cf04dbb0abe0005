"""Auto top-up on the wire."""

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.kit.money import USD_PATTERN, parse_usd
from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    Dollars,
    Instant,
    Many,
    Microusd,
    NextCursor,
    Text,
    Url,
)
from gateway.kit.wire.id_types import Id
from gateway.kit.wire.models import Cursor, RequestModel, Usd, WireModel
from gateway.payments.schemas import PackageCode, ReturnPath
from gateway.payments.top_ups.states import OffReason, RuleState, TopUpState

MAX_MONTHLY_MICROS = 100_000 * 1_000_000


def _check_amount(text: str) -> str:
    if not 0 < parse_usd(text) <= MAX_MONTHLY_MICROS:
        raise ValueError("must be above 0 and at most 100000")
    return text


CurrencyCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{3}$",
        description="The currency to charge in; the package must have a price in it.",
        examples=["usd"],
    ),
]
Amount = Annotated[
    str,
    Field(
        pattern=USD_PATTERN,
        max_length=17,
        description="An amount in `currency`, as a decimal string.",
        examples=["50.00"],
    ),
    AfterValidator(_check_amount),
]
AmountShown = Annotated[
    str, Field(description="In `currency`.", json_schema_extra={"maxLength": 20})
]
Micros = Annotated[
    int,
    Field(
        description="The same amount in millionths of `currency`.",
        json_schema_extra={"minimum": 0, "maximum": 2**53 - 1},
    ),
]


class ChangeTopUp(RequestModel):
    """The terms of auto top-up: when to charge the saved card, for what, and how much at most."""

    threshold_usd: Annotated[Usd, AfterValidator(_check_amount)] = Field(
        description="Charge when less than this is available, in dollars; at most the package's"
        " credit.",
        examples=["5.00"],
    )
    package_code: PackageCode = Field(description="The package to buy.")
    currency: CurrencyCode = "usd"
    monthly_maximum: Amount = Field(
        description="The most to charge in a calendar month (UTC), tax included, in `currency`."
    )


class SaveCard(ChangeTopUp):
    """The terms that take effect once the person has saved a card."""

    return_path: ReturnPath = "/credits/top-up/return"


class CardPage(WireModel):
    """A page of Stripe that saves a card: send the person to `url`. It charges nothing."""

    session_id: Id = Field(description="The page at the payment provider.")
    url: Url = Field(description="Where the person saves the card.")


class ClaimCard(RequestModel):
    """The page on which the person saved a card."""

    session_id: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="The page at the payment provider."
    )


class SavedCardShown(WireModel):
    """The saved card, as its owner knows it; its number never reaches this gateway."""

    brand: Text = Field(description="Its brand, such as visa.")
    last4: Text = Field(description="Its last four digits.")
    saved_at: Instant = Field(description="When it was saved, in UTC.")
    saved_by: Text | None = Field(description="The address of whoever saved it, if they have one.")


class TopUpShown(WireModel):
    """One top-up: a charge of the saved card, or the try of one."""

    checkout_id: Id = Field(description="The checkout; its purchase is in the list of purchases.")
    state: TopUpState = Field(
        description="`charging` and `waiting` are in flight; the others are final."
    )
    package_code: Text = Field(description="The package.")
    currency: Text = Field(description="The currency of the amount.")
    amount: AmountShown = Field(description="The amount with tax, in `currency`.")
    amount_micros: Micros
    card_last4: Text = Field(description="The last four digits of the card.")
    decline_code: Text | None = Field(description="The bank's reason, if it declined.")
    confirm_url: Url | None = Field(
        description="While `waiting`: the page where the person confirms the charge to the bank."
    )
    confirm_until: Instant | None = Field(description="Until when it can be confirmed, in UTC.")
    created_at: CreatedAt
    ended_at: Instant | None = Field(description="When it ended, in UTC; null: it has not.")


class AutoTopUp(WireModel):
    """Auto top-up of this account in this mode; the terms are null if it was never set up."""

    livemode: bool = Field(description="True for real money, false for play money.")
    offered: bool = Field(description="Whether this gateway offers it now.")
    state: RuleState = Field(description="Whether it is on.")
    off_reason: OffReason | None = Field(description="Why it was turned off.")
    threshold_usd: Dollars | None = Field(
        description="Below this available credit it charges, in dollars."
    )
    threshold_microusd: Microusd | None
    package_code: Text | None = Field(description="The package that it buys.")
    currency: Text | None = Field(description="The currency that it charges in.")
    monthly_maximum: AmountShown | None = Field(
        description="The most it charges in a calendar month (UTC), tax included, in `currency`."
    )
    monthly_maximum_micros: Micros | None
    charged_this_month: AmountShown | None = Field(
        description="Charged this month, with what is in flight, in `currency`."
    )
    charged_this_month_micros: Micros | None
    card: SavedCardShown | None
    declines: Count = Field(description="Declined charges in a row; after three it is turned off.")
    retry_at: Instant | None = Field(description="It charges nothing before this time, in UTC.")
    in_flight: TopUpShown | None = Field(description="The top-up that is under way.")


class TopUpPage(RequestModel):
    """The page of top-ups to list."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        20, description="Maximum number of top-ups in a page."
    )


class TopUpList(WireModel):
    """A page of top-ups, newest first."""

    data: Many[TopUpShown] = Field(description="The top-ups.")
    next_cursor: NextCursor | None
